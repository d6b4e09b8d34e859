"""What is drift of a dataset, and what it does to a run: severities and limits, declared beside the datasets.

The defaults are quiet on usual lakes (`tests/flows/test_column_drift.py`). What a dataset or one of its columns needs
otherwise stands in `sql/datasets.py`:

    drift=DriftPolicy(of_columns={"userid": ColumnPolicy(filled="warn"), "page": ColumnPolicy(known="quarantine")})
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["warn", "fail"]
"""A message in the log and an event for alerts, or the end of the run before the star is touched."""


@dataclass(frozen=True)
class ColumnPolicy:
    """What a change of a column, or of the key that COPY fills it from, does to a run; and how large it must be.

    `gone`, `case`, `text` and `nested`: the key is gone, is spelt in another case, has text where there were numbers,
    or objects or arrays in `nested_share` of the rows that have it. `filled`: it is empty, and was not. `there`:
    a value of few, or a trait, is gone that `known_share` of the rows had. `share`: the share of rows with a value, or
    with one of few, is further from the mean of the batches before than `least_move` and `spreads` of their standard
    deviations. `known`: a value that was never seen has `known_share` of the rows, which can be quarantined, within the
    budget of the run.
    """

    gone: Severity = "warn"
    case: Severity = "warn"
    text: Severity = "warn"
    nested: Severity = "fail"
    nested_share: float = 0.1
    filled: Severity = "fail"
    there: Severity = "warn"
    share: Severity = "warn"
    least_move: float = 0.15
    spreads: float = 6
    known: Severity | Literal["quarantine"] = "warn"
    known_share: float = 0.05


@dataclass(frozen=True)
class VolumePolicy:
    """How many rows a day may have, and whether days, or plays of a day, may be missing.

    A day is held against the same weekdays before it. It is unusual where its rows are further from their median than
    `spreads` times the median absolute deviation of all days of these weeks, each from its own weekday's median; all in
    logarithms, so that a half and a double are as far. Little history says nothing: a day that fewer than `weekdays`
    of them have come before, or whose median is below `rows`. At most eight weeks are read. Plays of a batch that were
    there already, or are in it twice, are a warning where they are `repeated_share` of them.
    """

    missing: Severity = "warn"
    unusual: Severity = "warn"
    plays: Severity = "fail"
    weeks: int = 8
    weekdays: int = 5
    rows: int = 30
    spreads: float = 3.5
    least_spread: float = 0.1
    repeated_share: float = 0.1


@dataclass(frozen=True)
class DriftPolicy:
    """The policies of a dataset: of keys that no column takes, of its columns and those that differ, of its days."""

    unknown: Severity = "warn"
    columns: ColumnPolicy = field(default_factory=ColumnPolicy)
    of_columns: Mapping[str, ColumnPolicy] = field(default_factory=dict)
    volume: VolumePolicy = field(default_factory=VolumePolicy)

    def of(self, column: str | None) -> ColumnPolicy:
        """Return the policy of a column."""
        return self.of_columns.get(column or "", self.columns)
