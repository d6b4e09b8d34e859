"""The log of the embedded PostgreSQL: bounded, and read from its end."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

LOG_BYTES = 10 << 20
TAIL_BYTES = 64 << 10
CRASH = re.compile("PANIC:|was terminated by signal")
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
    """Cut a long log down to its last lines; its server keeps appending to the new end."""
    if log.exists() and log.stat().st_size > LOG_BYTES:
        last = tail(log)[1:]
        os.truncate(log, 0)
        with log.open("a") as file:
            file.writelines(f"{line}\n" for line in last)


def crash_report(log: Path) -> str:
    """Return the lines that a log has of a crash in the last minute, or where the log is."""
    since = f"{datetime.now(UTC) - RECENTLY:%Y-%m-%d %H:%M:%S}"
    lines = [line for line in tail(log) if line[: len(since)] >= since and CRASH.search(line)]
    return f"last lines of {log}: {' / '.join(lines)}" if lines else f"its log is {log}"
