"""The results of suites, as plain values without the library's types."""

from collections.abc import Sequence
from dataclasses import dataclass

from lake.printable import printable, printable_lines
from sql.datasets import is_personal

EXAMPLES_LIMIT = 20
_VALUES_NAMED = 3
_CHARACTERS_SHOWN = 80


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

    locations: tuple[str, ...] = ()
    """The lineage of the first of these rows, such as file, line and value, if the caller has looked it up."""

    @property
    def subject(self) -> str:
        """What it is about: a column, or else the table."""
        return f"{self.table}.{self.column}" if self.column else self.table

    @property
    def shown(self) -> list[dict[str, object]]:
        """The examples without personal values, which must not leave the warehouse."""
        return [{name: value for name, value in row.items() if not is_personal(name)} for row in self.examples]

    def __str__(self) -> str:
        facts = ", ".join(self._facts())
        about = f"{facts}{'; ' if facts else ''}{self.description}"
        return printable(f"{self.subject}: {self._values()}{self.reason} ({about})")

    def _facts(self) -> list[str]:
        if self.unexpected_count is None:
            return []
        facts = ["1 row" if self.unexpected_count == 1 else f"{self.unexpected_count:,} rows"]
        known = [(name, value) for row in self.shown[:1] for name, value in row.items() if name != self.column]
        if known:
            facts.append("first " + ", ".join(f"{name} {_show(value)}" for name, value in known))
        return facts

    def _values(self) -> str:
        if self.column is None:
            return ""
        values = list(dict.fromkeys(_show(row[self.column]) for row in self.shown if self.column in row))
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
    """Rows break critical expectations; the message has one line for each, unless the caller knows more of the rows."""

    def __init__(self, results: Sequence[SuiteResult], message: str = "") -> None:
        self.results = tuple(results)
        critical = [violation for result in self.results for violation in result.critical]
        super().__init__(printable_lines(message) or "\n".join(describe_violations(critical)))

    def __reduce__(self) -> tuple[type["ExpectationsFailed"], tuple[tuple[SuiteResult, ...], str]]:
        return (type(self), (self.results, str(self)))


def describe_violations(violations: Sequence[Violation]) -> list[str]:
    """Put each violation into words, but what could not be checked for one reason into one line."""
    lines = [str(violation) for violation in violations if violation.checked]
    unchecked: dict[str, list[Violation]] = {}
    for violation in violations:
        if not violation.checked:
            unchecked.setdefault(violation.reason, []).append(violation)
    for first, *others in unchecked.values():
        more = f"; and {len(others):,} more expectations" if others else ""
        about = f"{first.expectation}: {first.description}{more}"
        lines.append(printable(f"{first.subject}: {first.reason} ({about})"))
    return lines


def raise_if_critical(results: Sequence[SuiteResult], also: str = "") -> None:
    """Do nothing, unless a critical expectation failed; `also` is what else is wrong then.

    Raises:
        ExpectationsFailed: at least one did; mend the rows that the message names, or quarantine them.
    """
    critical = [violation for result in results for violation in result.critical]
    if critical:
        raise ExpectationsFailed(results, "\n".join([*describe_violations(critical), also]) if also else "")


def _show(value: object) -> str:
    if value is None:
        return "NULL"
    return repr(value[:_CHARACTERS_SHOWN]) if isinstance(value, str) else str(value)
