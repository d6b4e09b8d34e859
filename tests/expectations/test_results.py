"""What is said of a violation, and when it stops a run."""

import pickle
from dataclasses import replace

import pytest

from expectations.results import ExpectationsFailed, SuiteResult, Violation, raise_if_critical

GOLD = Violation(
    table="staging_events",
    expectation="expect_column_values_to_be_in_set",
    column="level",
    severity="critical",
    description="level is free or paid",
    reason="is not one of free, paid",
    unexpected_count=2,
    examples=({"sessionid": 5, "level": "gold"}, {"sessionid": 6, "level": None}),
)


def result(*violations: Violation) -> SuiteResult:
    return SuiteResult("staging_events", 3, len(violations), violations, 0.1)


@pytest.mark.parametrize(
    ("violation", "said"),
    [
        (
            GOLD,
            "staging_events.level: 'gold', NULL is not one of free, paid "
            "(2 rows, first sessionid 5; level is free or paid)",
        ),
        (
            replace(GOLD, place="file:///a.json line 3"),
            "staging_events.level: 'gold', NULL is not one of free, paid "
            "(2 rows, first at file:///a.json line 3, with sessionid 5; level is free or paid)",
        ),
        (
            replace(GOLD, unexpected_count=12345, examples=tuple({"level": level} for level in "abcd")),
            "staging_events.level: 'a', 'b', 'c', ... is not one of free, paid (12,345 rows; level is free or paid)",
        ),
        (
            Violation("users", "no_matter", None, "critical", "users has rows", "has 0 rows"),
            "users: has 0 rows (users has rows)",
        ),
    ],
)
def test_a_violation_says_where_what_why_and_how_many(violation: Violation, said: str) -> None:
    assert str(violation) == said


def test_a_warning_stops_nothing() -> None:
    warned = result(replace(GOLD, severity="warning"))
    raise_if_critical([warned])
    assert (warned.critical, len(warned.warnings)) == ((), 1)


def test_a_failure_has_one_line_for_each_critical_violation() -> None:
    with pytest.raises(ExpectationsFailed) as failure:
        raise_if_critical([result(GOLD, replace(GOLD, severity="warning")), result(replace(GOLD, table="users"))])
    assert str(failure.value).splitlines() == [str(GOLD), str(replace(GOLD, table="users"))]


def test_a_failure_survives_pickling() -> None:
    failure = pickle.loads(pickle.dumps(ExpectationsFailed([result(GOLD)])))
    assert (str(failure), failure.results) == (str(GOLD), (result(GOLD),))
