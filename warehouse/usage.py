"""Usage: what a run has asked of its warehouse so far, as far as this side knows."""

from datetime import timedelta
from threading import Lock

from lake.clock import utc_now

CLOCKS_DIFFER = timedelta(minutes=1)


class Usage:
    """The requests that all sessions of a warehouse were sent, how long these took (s, side by side), and sessions.

    No dataclass: Prefect looks into the fields of one that a task is given, and these change while it looks.
    """

    def __init__(self) -> None:
        self.requests = 0
        self.seconds = 0.0
        self.since = utc_now() - CLOCKS_DIFFER
        """Before the first of them by the warehouse's clock too: numbers of sessions are used again."""
        self._session_ids = set[int]()
        self._lock = Lock()

    @property
    def counts(self) -> dict[str, float]:
        """The requests and their seconds, by the columns of `batches`."""
        return {"requests": self.requests, "request_s": self.seconds}

    @property
    def session_ids(self) -> tuple[int, ...]:
        """The numbers of the sessions so far."""
        with self._lock:
            return tuple(self._session_ids)

    def add(self, session_id: int, seconds: float) -> None:
        """Count a request."""
        with self._lock:
            self.requests += 1
            self.seconds += seconds
            self._session_ids.add(session_id)
