"""Row conditions: SQL predicates of the rows that break an expectation about single values, and the reasons.

Great Expectations has such SQL too, but leaves out the parentheses around a batch that is a query, and writes
timestamps as Python does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Arguments = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """One type of expectation: the condition that its bad rows meet, and the reason for people."""

    condition: Callable[[Arguments], str]
    reason: Callable[[Arguments], str]


def _literal(value: object) -> str:
    if isinstance(value, list):
        return "(" + ", ".join(_literal(each) for each in value) + ")"
    if isinstance(value, str | datetime):
        return "'" + str(value).replace("'", "''") + "'"
    return _words(value)


def _words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_words(each) for each in value)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _is_outside(arguments: Arguments) -> str:
    column, low, high = arguments["column"], arguments.get("min_value"), arguments.get("max_value")
    below = "<=" if arguments.get("strict_min") else "<"
    conditions = [f"{column} {below} {_literal(low)}"] if low is not None else []
    return " OR ".join(conditions + ([f"{column} > {_literal(high)}"] if high is not None else []))


def _bounds(arguments: Arguments) -> str:
    low, high = arguments.get("min_value"), arguments.get("max_value")
    least = "more than" if arguments.get("strict_min") else "at least"
    bounds = [f"{least} {_words(low)}"] if low is not None else []
    return " and ".join(bounds + ([f"at most {_words(high)}"] if high is not None else []))


KINDS: Mapping[str, Kind] = {
    "expect_column_values_to_not_be_null": Kind(
        lambda arguments: f"{arguments['column']} IS NULL",
        lambda _: "is not allowed",
    ),
    "expect_column_values_to_be_in_set": Kind(
        lambda arguments: f"{arguments['column']} NOT IN {_literal(arguments['value_set'])}",
        lambda arguments: f"is not one of {_words(arguments['value_set'])}",
    ),
    "expect_column_values_to_not_be_in_set": Kind(
        lambda arguments: f"{arguments['column']} IN {_literal(arguments['value_set'])}",
        lambda _: "is not allowed",
    ),
    "expect_column_values_to_be_between": Kind(
        _is_outside,
        lambda arguments: f"is not {_bounds(arguments)}",
    ),
    "expect_column_values_to_match_regex": Kind(
        lambda arguments: f"NOT ({arguments['column']} ~ {_literal(arguments['regex'])})",
        lambda arguments: f"does not match {arguments['regex']}",
    ),
}
