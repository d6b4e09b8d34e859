"""What can go wrong below the seam: the root of the one tree of errors, which `warehouse.errors` draws whole.

They are defined in the lowest room, since all others derive from them.
"""

from lake.printable import printable


class WarehouseError(Exception):
    """A failure with a message meant for the person who runs the pipeline, given line by line.

    A line end within a line comes from a name or a value, and is written out like all that cannot be seen.
    """

    def __init__(self, *lines: str) -> None:
        super().__init__(*map(printable, lines))

    def __str__(self) -> str:
        return "\n".join(self.args)


class WarehouseUnavailable(WarehouseError):
    """The warehouse cannot be started or reached."""


class StorageError(WarehouseError):
    """A URL in the lake that is malformed, missing, empty or not readable."""
