"""What is drift of a dataset, and what it does to a run: severities and limits, declared beside the datasets.

The defaults are quiet on usual lakes, which `tests/flows/test_usual_lakes.py` holds them to.
"""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["warn", "fail"]
"""A message in the log and an event for alerts, or the end of the run before the star is touched."""


@dataclass(frozen=True)
class VolumePolicy:
    """How many rows a day may have, and whether days may be missing.

    A day is held against the same weekdays before it. It is unusual where its rows are further from their median than
    `spreads` times the median absolute deviation of all days of these weeks, each from its own weekday's median; all in
    logarithms, so that a half and a double are as far. Little history says nothing: a day that fewer than `weekdays`
    of them have come before, or whose median is below `rows`.
    """

    missing: Severity = "warn"
    unusual: Severity = "warn"
    weeks: int = 8
    weekdays: int = 4
    rows: int = 30
    spreads: float = 3.5
    least_spread: float = 0.1
