"""A figure: how long (or how much) something of this project takes beside something else, measured in turns."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Scale:
    """How large a row is measured: events of its lake, and how often each thing is measured."""

    events: int = 1_000_000
    rounds: int = 5

    def at_most(self, rounds: int) -> int:
        """Return how often to measure what takes too long to be measured more often than this."""
        return min(self.rounds, rounds)


@dataclass(frozen=True)
class Figure:
    """One thing measured beside another one.

    `values` and `reference_values` were taken in turns, one pair a round. `peak_mb` is the most memory that the
    measured process held, `reference_peak_mb` that of the other. A limit is what the figure must not exceed.
    """

    case: str
    values: tuple[float, ...]
    reference: str
    reference_values: tuple[float, ...]
    unit: str = "s"
    peak_mb: float | None = None
    reference_peak_mb: float | None = None
    ratio_limit: float | None = None
    value_limit: float | None = None
    note: str = ""
    row: str = ""

    @property
    def value(self) -> float:
        """The median of what was measured."""
        return statistics.median(self.values)

    @property
    def reference_value(self) -> float:
        """The median of what it was measured beside."""
        return statistics.median(self.reference_values)

    @property
    def ratios(self) -> tuple[float, ...]:
        """The ratio of each round: what slows the whole machine down slows both sides of it."""
        pairs = zip(self.values, self.reference_values, strict=True)
        return tuple(value / reference for value, reference in pairs)

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return statistics.median(self.ratios)

    @property
    def is_within_limits(self) -> bool:
        """Whether the figure keeps the limits that it has."""
        limits = ((self.ratio, self.ratio_limit), (self.value, self.value_limit))
        return all(limit is None or figure <= limit for figure, limit in limits)

    def as_record(self) -> dict[str, Any]:
        """Return the figure as JSON keeps it, with its medians for whoever reads that."""
        return asdict(self) | {"value": self.value, "reference_value": self.reference_value, "ratio": self.ratio}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """Read a figure from JSON."""
        fields = {name: record[name] for name in cls.__dataclass_fields__ if name in record}
        for name in ("values", "reference_values"):
            fields[name] = tuple(fields[name])
        return cls(**fields)


@dataclass(frozen=True)
class Measured:
    """What one process reports of itself; `part_s` is how many of its seconds went into what a row looks at apart."""

    seconds: float
    peak_mb: float
    note: str = ""
    part_s: float = 0.0


def figure(case: str, measured: Sequence[Measured], reference: str, beside: Sequence[Measured], **more: Any) -> Figure:
    """Make a figure of the seconds and the memory of two series of processes."""
    return Figure(
        case=case,
        values=_seconds(measured),
        reference=reference,
        reference_values=_seconds(beside),
        peak_mb=max(each.peak_mb for each in measured),
        reference_peak_mb=max(each.peak_mb for each in beside),
        **more,
    )


def _seconds(measured: Iterable[Measured]) -> tuple[float, ...]:
    return tuple(each.seconds for each in measured)
