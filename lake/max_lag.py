"""How old the newest event of a lake may be: `36h` is an error from there on, `24h/36h` a warning before that."""

import re
from dataclasses import dataclass
from datetime import timedelta

AGE = r"[1-9][0-9]{0,4}[mhd]"
PATTERN = rf"^({AGE}/)?{AGE}$"
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class MaxLag:
    """The age from which on it is an error, and the one from which on it is a warning, if there is one."""

    error: timedelta
    warning: timedelta | None = None

    def severity(self, lag: timedelta | None) -> str:
        """Return `error`, `warning`, or nothing; that no event is loaded (None) is an error."""
        if lag is None or lag > self.error:
            return "error"
        return "warning" if self.warning is not None and lag > self.warning else ""


def parse_max_lag(text: str | None) -> MaxLag | None:
    """Read a limit of the age; None where there is none.

    Raises:
        ValueError: it is no such limit, or warns later than it fails.
    """
    if text is None:
        return None
    if not re.fullmatch(PATTERN, text):
        raise ValueError(f"{text!r} is no limit of an age: give 36h, or 24h/36h to be warned before (m, h or d)")
    *warning, error = (timedelta(**{UNITS[each[-1]]: int(each[:-1])}) for each in text.split("/"))
    if warning and warning[0] >= error:
        raise ValueError(f"{text!r} warns no earlier than it fails: give the smaller age first, such as 24h/36h")
    return MaxLag(error, *warning)
