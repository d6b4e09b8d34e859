"""The log of the embedded PostgreSQL: bounded, and read from its end."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

LOG_BYTES = 10 << 20
TAIL_BYTES = 64 << 10
FATE = re.compile("PANIC:|was terminated by signal")
RECENTLY = timedelta(minutes=1)


def tail(log: Path) -> list[str]:
    """Return the last lines of a log; none if it is not there."""
    try:
        with log.open("rb") as file:
            file.seek(max(file.seek(0, os.SEEK_END) - TAIL_BYTES, 0))
            return file.read().decode(errors="replace").splitlines()
    except OSError:
        return []


def trim(log: Path) -> None:
    """Leave a log that has grown long its last lines; its server appends to it, and goes on at the new end."""
    if log.exists() and log.stat().st_size > LOG_BYTES:
        last = tail(log)[1:]
        os.truncate(log, 0)
        with log.open("a") as file:
            file.writelines(f"{line}\n" for line in last)


def last_words(log: Path) -> str:
    """Say where a log is, and what it has of a crash just now."""
    since = f"{datetime.now(UTC) - RECENTLY:%Y-%m-%d %H:%M:%S}"
    said = [line for line in tail(log) if line[: len(since)] >= since and FATE.search(line)]
    return f"last lines of {log}: {' / '.join(said)}" if said else f"its log is {log}"
