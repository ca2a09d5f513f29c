#!/usr/bin/env bash
# What `action.yml` runs: install heaplint, annotate the lines of the change, write the summary of the job.
set -euo pipefail

python=$(command -v python3 || command -v python)
apart=$RUNNER_TEMP/heaplint
"$python" -m pip install --quiet --disable-pip-version-check --upgrade --target "$apart" \
  "heaplint${HEAPLINT_VERSION:+==$HEAPLINT_VERSION}"
export PYTHONPATH=$apart${PYTHONPATH:+:$PYTHONPATH}

# Lists may go over several lines.
IFS=$' \t\n' read -r -d '' -a arguments <<<"$HEAPLINT_ARGS" || true
IFS=$' \t\n' read -r -d '' -a sources <<<"$HEAPLINT_SRC" || true
check=("$python" -m heaplint check ${arguments[@]+"${arguments[@]}"})

"${check[@]}" --exit-zero --output-format markdown -- ${sources[@]+"${sources[@]}"} >>"$GITHUB_STEP_SUMMARY" || true
status=0
"${check[@]}" --output-format github -- ${sources[@]+"${sources[@]}"} || status=$?
echo "exit-code=$status" >>"$GITHUB_OUTPUT"
exit "$status"
