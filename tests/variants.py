"""Of the values that a test is tried with, some each time; the others, which try the same again, are left to others."""

from collections.abc import Iterable

import pytest


def often(
    values: Iterable[object], of_them: Iterable[object] | int = 1, other: pytest.MarkDecorator = pytest.mark.long
) -> list[object]:
    """Mark each value but these, or but the first ones."""
    given = list(values)
    kept = given[:of_them] if isinstance(of_them, int) else list(of_them)
    return [each if each in kept else _marked(each, other) for each in given]


def _marked(value: object, mark: pytest.MarkDecorator) -> object:
    return pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=mark)
