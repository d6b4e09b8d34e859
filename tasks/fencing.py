"""Fencing: a transaction that writes begins by checking that its run still holds the warehouse.

A run holds the warehouse by a lease with a fencing number, and so long as no higher number is in `leases`. A run that
lost its lease (its machine slept, its connections were cut, the server was restarted) need not know it: so each
transaction that writes first locks a table, and then reads the latest number.

- The lock makes the check exact, where reading alone would not: a transaction sees what was committed when it began,
  and could commit after another run took the warehouse. Whoever takes it locks `run_lock` too, and so waits for all
  that was checked before. Staging tables are filled two at a time, and each is its own lock: the next run locks it as
  well before it clears it. Nobody else reads what is locked: readers of the star and of the audit tables never wait.
- No check conflicts with a heartbeat (Redshift's error 1023): checks read `leases`, which only grows as a run takes the
  warehouse; heartbeats go to `heartbeats`, which no transaction that writes anything else reads. A transaction that
  fills staging may be passed by one that takes the warehouse, which reads nothing of what the first one writes: without
  a circle there is no conflict (Redshift guide, c_serial_isolation).
"""

from contextvars import ContextVar
from datetime import datetime

import sql
from warehouse import WarehouseBusy

HELD: ContextVar[int | None] = ContextVar("held", default=None)
"""The fencing number by which this run holds its warehouse; None in what is no run, and has no lease to lose."""
LARGEST = (1 << 63) - 1


def fencing_number() -> int:
    """Return the number by which this run holds its warehouse; of what is no run, one that no other exceeds."""
    held = HELD.get()
    return LARGEST if held is None else held


def fence(cursor: sql.Cursor, lock: str = "run_lock") -> datetime:
    """Check, as the first thing in a transaction that writes, that this run still holds the warehouse.

    It locks the staging table that the transaction fills, or else `run_lock`.

    Return when that was, by the warehouse's clock; of what is no run, the beginning of time.

    Raises:
        WarehouseBusy: another run has taken it over; the message has its name and when that was.
    """
    if (held := HELD.get()) is None:
        return datetime(1970, 1, 1)
    [latest] = sql.fetch_at_once(cursor, "fence/lock", {"lock": lock})
    if latest["fencing_number"] != held:
        raise WarehouseBusy(
            f"run {latest['flow_run_name']!r} took the warehouse over at {latest['taken_at']} UTC: this run had shown "
            "no sign of life for too long, or somebody asked for it with --take-over. It stopped before it changed "
            "anything more; run again when that run has ended, to load what it has not"
        )
    checked_at: datetime = latest["checked_at"]
    return checked_at
