"""What is said of a violation, and when it stops a run."""

import pickle
from dataclasses import replace

import pytest

from expectations.running.results import ExpectationsFailed, SuiteResult, Violation, raise_if_critical

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
            replace(GOLD, column="gender", examples=({"userid": 5, "gender": "Canary"},)),
            "staging_events.gender: is not one of free, paid (2 rows, first userid 5; level is free or paid)",
        ),
        (
            replace(GOLD, examples=({"userid": 5, "firstname": "Canary", "level": "gold"},)),
            "staging_events.level: 'gold' is not one of free, paid (2 rows, first userid 5; level is free or paid)",
        ),
        (
            replace(GOLD, unexpected_count=1, examples=({"level": "x" * 65_535},)),
            f"staging_events.level: '{'x' * 80}' is not one of free, paid (1 row; level is free or paid)",
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


def test_one_critical_violation_is_enough_and_what_else_is_wrong_is_told_with_it() -> None:
    raise_if_critical([result()], "songplays lacks 1 row")
    with pytest.raises(ExpectationsFailed) as failure:
        raise_if_critical([result(), result(GOLD)], "songplays lacks 1 row")
    assert str(failure.value).splitlines() == [str(GOLD), "songplays lacks 1 row"]


def test_what_could_not_be_checked_for_one_reason_is_one_line_that_names_the_first() -> None:
    unchecked = replace(GOLD, checked=False, reason="could not be checked: division by zero")
    with pytest.raises(ExpectationsFailed) as failure:
        raise_if_critical([result(unchecked, replace(unchecked, column="auth"), replace(unchecked, reason="else"))])
    assert str(failure.value).splitlines() == [
        "staging_events.level: could not be checked: division by zero "
        "(expect_column_values_to_be_in_set: level is free or paid; and 1 more expectations)",
        "staging_events.level: else (expect_column_values_to_be_in_set: level is free or paid)",
    ]


@pytest.mark.parametrize(("message", "said"), [("", str(GOLD)), ("a.json line 7: bad", "a.json line 7: bad")])
def test_a_failure_survives_pickling(message: str, said: str) -> None:
    failure = pickle.loads(pickle.dumps(ExpectationsFailed([result(GOLD)], message)))
    assert (str(failure), failure.results) == (said, (result(GOLD),))
