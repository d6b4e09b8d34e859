"""What keeps the embedded server from running. Messages name the folder; callers know more names of it, and commands.

WarehouseUnavailable
├── HomeUnusable    files cannot be written to the folder of the server's state
└── ServerStuck     a server runs that takes no connections: it has to be stopped
"""

from pathlib import Path

from lake.errors import WarehouseUnavailable


class HomeUnusable(WarehouseUnavailable):
    """Files cannot be written to the folder of the server's state, for this reason."""

    def __init__(self, home: Path, reason: str) -> None:
        super().__init__(f"{home} cannot be used ({reason}): name a folder you can write")
        self.home, self.reason = home, reason

    def __reduce__(self) -> tuple[type["HomeUnusable"], tuple[Path, str]]:
        """Let the error be pickled, as it is when it is raised in another process."""
        return type(self), (self.home, self.reason)


class ServerStuck(WarehouseUnavailable):
    """A server runs that takes no connections; the message ends with "stop the server"."""
