"""The time as columns of type TIMESTAMP have it."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the time in UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)
