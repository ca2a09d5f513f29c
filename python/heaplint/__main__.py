"""`python -m heaplint`: run the binary that was installed with this package."""

import os
import sys

from heaplint._find_heaplint import find_heaplint_bin


def main():
    # type: () -> int
    binary = find_heaplint_bin()
    arguments = [binary, *sys.argv[1:]]
    if sys.platform != "win32":
        # The exit code and the signals are the binary's own.
        os.execv(binary, arguments)
    import subprocess

    try:
        return subprocess.run(arguments).returncode
    except KeyboardInterrupt:
        return 2


if __name__ == "__main__":
    sys.exit(main())
