"""What a suite found, in plain values that outlive the library that found it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

EXAMPLES_LIMIT = 20
_VALUES_NAMED = 3


@dataclass(frozen=True)
class Violation:
    """One expectation that the rows at hand do not meet."""

    table: str
    expectation: str
    """Its type, or the rule's own short name where it is a query."""
    column: str | None
    severity: str
    """`critical` or `warning`."""
    description: str
    reason: str
    """What is wrong with the values, such as `is not one of free, paid`."""
    unexpected_count: int | None = None
    """How many rows break it; None where it is not about rows, or could not be checked."""
    examples: tuple[dict[str, object], ...] = ()
    """At most 20 of the rows that break it: what identifies them, and the values at fault."""
    query: str | None = None
    """SQL that finds all of them."""
    condition: str | None = None
    """What a row that breaks it meets, in SQL over its own columns; None where it is not about single rows."""
    checked: bool = True
    """Whether it could be checked; if not, it is critical, and `reason` says why."""
    place: str | None = None
    """Where the first of the examples was read, such as a file and a line: for a caller to add who can find out."""

    def __str__(self) -> str:
        subject = f"{self.table}.{self.column}" if self.column else self.table
        facts = ", ".join(self._facts())
        return f"{subject}: {self._values()}{self.reason} ({facts}{'; ' if facts else ''}{self.description})"

    def _facts(self) -> list[str]:
        if self.unexpected_count is None:
            return []
        facts = ["1 row" if self.unexpected_count == 1 else f"{self.unexpected_count:,} rows"]
        if self.place:
            facts.append(f"first at {self.place}")
        known = [(name, value) for row in self.examples[:1] for name, value in row.items() if name != self.column]
        if known:
            facts.append(
                ("with " if self.place else "first ") + ", ".join(f"{name} {_show(value)}" for name, value in known)
            )
        return facts

    def _values(self) -> str:
        if self.column is None:
            return ""
        values = list(dict.fromkeys(_show(row[self.column]) for row in self.examples if self.column in row))
        more = ", ..." if len(values) > _VALUES_NAMED else ""
        return ", ".join(values[:_VALUES_NAMED]) + more + " " if values else ""


@dataclass(frozen=True)
class SuiteResult:
    """What one suite found in one table."""

    table: str
    passed: int
    failed: int
    violations: tuple[Violation, ...]
    seconds: float

    @property
    def critical(self) -> tuple[Violation, ...]:
        """Return the violations that stop a run."""
        return tuple(violation for violation in self.violations if violation.severity == "critical")

    @property
    def warnings(self) -> tuple[Violation, ...]:
        """Return the violations that are only reported."""
        return tuple(violation for violation in self.violations if violation.severity != "critical")


class ExpectationsFailed(Exception):
    """Rows break critical expectations; the message has one line for each."""

    def __init__(self, results: Sequence[SuiteResult]) -> None:
        self.results = tuple(results)
        critical = [violation for result in self.results for violation in result.critical]
        lines = [str(violation) for violation in critical if violation.checked]
        unchecked = [violation for violation in critical if not violation.checked]
        for reason, count in Counter(violation.reason for violation in unchecked).items():
            table = next(violation.table for violation in unchecked if violation.reason == reason)
            lines.append(f"{table}: {reason} ({count} expectations)")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type["ExpectationsFailed"], tuple[tuple[SuiteResult, ...]]]:
        return (type(self), (self.results,))


def raise_if_critical(results: Sequence[SuiteResult]) -> None:
    """Do nothing, unless a critical expectation failed.

    Raises:
        ExpectationsFailed: at least one did; mend the rows that the message names, or quarantine them.
    """
    if any(result.critical for result in results):
        raise ExpectationsFailed(results)


def _show(value: object) -> str:
    if value is None:
        return "NULL"
    return repr(value) if isinstance(value, str) else str(value)
