"""What is wrong with a statement before it is sent."""

import psycopg2

from lake.errors import WarehouseError


class UntranslatableSql(WarehouseError):
    """A statement that the local warehouse refuses because it could not behave as Redshift does.

    `reason` is the message without the place; `position` is that place in the text, from 0, where it is known.
    """

    def __init__(self, reason: str, position: int | None = None, place: str = "") -> None:
        super().__init__(f"{reason} ({place})" if place else reason)
        self.reason = reason
        self.position = position


def reworded(error: psycopg2.Error, message: str) -> psycopg2.Error:
    """Give the error another text; it keeps its SQLSTATE and the other fields of the server's answer."""
    error.args = (f"{message}\n",)
    state = {"pgcode": error.pgcode, "pgerror": f"ERROR:  {message}\n"}
    error.__setstate__(state)  # type: ignore[no-untyped-call]  # both are read-only otherwise
    return error
