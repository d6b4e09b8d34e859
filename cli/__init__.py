"""The `sparkify` command: arguments, progress, what is printed."""

from time import monotonic

BEGAN_S = monotonic()
"""When the process began, but for Python's own start (monotonic)."""
