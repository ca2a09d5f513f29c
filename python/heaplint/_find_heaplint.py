"""Where the binary is, however the package was installed."""

import os
import sys
import sysconfig


def find_heaplint_bin():
    # type: () -> str
    """The path of the binary. FileNotFoundError when it is nowhere, with the places looked at."""
    name = "heaplint" + (sysconfig.get_config_var("EXE") or "")
    tried = []
    for directory in _directories():
        path = os.path.join(directory, name)
        if os.path.isfile(path):
            return path
        if path not in tried:
            tried.append(path)
    raise FileNotFoundError("the heaplint binary is in none of: " + ", ".join(tried))


def _directories():
    """Directories of scripts: the environment's, that of its base, and beside this package."""
    yield sysconfig.get_path("scripts")
    yield sysconfig.get_path("scripts", vars={"base": sys.base_prefix})
    package = os.path.dirname(os.path.abspath(__file__))
    packages = os.path.dirname(package)
    scripts = "Scripts" if sys.platform == "win32" else "bin"
    # `pip install --prefix`, `uv run --with`: prefix/lib/python3.x/site-packages, or prefix/Lib/site-packages.
    above = packages
    for _ in range(3):
        above = os.path.dirname(above)
        yield os.path.join(above, scripts)
    # `pip install --target`, which says `bin` everywhere.
    yield os.path.join(packages, "bin")
    if sys.version_info >= (3, 10):
        user = sysconfig.get_preferred_scheme("user")
    elif os.name == "nt":
        user = "nt_user"
    elif sys.platform == "darwin" and getattr(sys, "_framework", None):
        user = "osx_framework_user"
    else:
        user = "posix_user"
    yield sysconfig.get_path("scripts", scheme=user)
