"""What is wrong with a statement before it is sent."""

from lake.errors import WarehouseError


class UntranslatableSql(WarehouseError):
    """A statement that the local warehouse refuses because it could not behave as Redshift does.

    `reason` is the message without the place; `position` is that place in the text, from 0, where it is known.
    """

    def __init__(self, reason: str, position: int | None = None, place: str = "") -> None:
        super().__init__(f"{reason} ({place})" if place else reason)
        self.reason = reason
        self.position = position
