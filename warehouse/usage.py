"""Usage: what a run has asked of its warehouse so far, as far as this side knows."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from lake.clock import utc_now

CLOCKS_DIFFER = timedelta(minutes=1)


@dataclass
class Usage:
    """The requests that all sessions of a warehouse were sent, how long these took (s, side by side), and sessions."""

    requests: int = 0
    seconds: float = 0.0
    session_ids: set[int] = field(default_factory=set)
    since: datetime = field(default_factory=lambda: utc_now() - CLOCKS_DIFFER)
    """Before the first of them by the warehouse's clock too: numbers of sessions are used again."""
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def counts(self) -> dict[str, float]:
        """The requests and their seconds, by the columns of `batches`."""
        return {"requests": self.requests, "request_s": self.seconds}

    def add(self, session_id: int, seconds: float) -> None:
        """Count a request."""
        with self._lock:
            self.requests += 1
            self.seconds += seconds
            self.session_ids.add(session_id)
