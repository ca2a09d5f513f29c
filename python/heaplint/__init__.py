"""heaplint finds what makes Python programs use too much memory. The program is a binary beside this package."""

from heaplint._find_heaplint import find_heaplint_bin

__all__ = ["find_heaplint_bin"]
