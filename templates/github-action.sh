#!/usr/bin/env bash
# What `action.yml` runs: install heaplint, annotate the lines of the change, write the summary of the job.
set -euo pipefail

python=$(command -v python3 || command -v python)
apart=$RUNNER_TEMP/heaplint
"$python" -m pip install --quiet --disable-pip-version-check --upgrade --target "$apart" \
  "heaplint${HEAPLINT_VERSION:+==$HEAPLINT_VERSION}"
export PYTHONPATH=$apart${PYTHONPATH:+:$PYTHONPATH}

read -r -a arguments <<<"$HEAPLINT_ARGS"
read -r -a sources <<<"$HEAPLINT_SRC"
check=("$python" -m heaplint check ${arguments[@]+"${arguments[@]}"})

"${check[@]}" --exit-zero --output-format markdown -- "${sources[@]}" >>"$GITHUB_STEP_SUMMARY" || true
status=0
"${check[@]}" --output-format github -- "${sources[@]}" || status=$?
echo "exit-code=$status" >>"$GITHUB_OUTPUT"
exit "$status"
