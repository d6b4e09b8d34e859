"""Give a task a large value that Prefect does not look into."""

from typing import TypeVar, cast

from prefect.utilities import annotations

T = TypeVar("T")


def opaque(value: T) -> T:
    """Mark an argument of a task as opaque to Prefect: there is no future in it to wait for.

    Prefect would look into each of its parts three times: of 100,000 files that takes longer than to load them.
    """
    return cast("T", annotations.opaque(value))
