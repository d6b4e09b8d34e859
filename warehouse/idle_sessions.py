"""Idle sessions: what tasks use one after the other, since each that is opened costs a login and a statement."""

import time

from warehouse.connection import WarehouseConnection

FRESH_S = 60.0
"""How long a session that nobody uses is taken to be there still."""


class IdleSessions:
    """The sessions of a warehouse that nobody uses, each with when it was left; a machine that sleeps counts too."""

    def __init__(self) -> None:
        self._idle: list[tuple[float, WarehouseConnection]] = []

    def take(self) -> WarehouseConnection | None:
        """Return one that was used within the last minute, if there is one; others are closed."""
        while self._idle:
            left_at, connection = self._idle.pop()
            if 0 <= time.time() - left_at < FRESH_S and not connection.closed:
                return connection
            connection.close()
        return None

    def leave(self, connection: WarehouseConnection) -> None:
        """Keep one for whoever comes next."""
        self._idle.append((time.time(), connection))
