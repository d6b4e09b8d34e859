"""What a run has used: requests and seconds, and on Redshift what the history of queries tells of its sessions.

RPU-seconds are not among it: only a superuser may see them, and they are those of all users together (Redshift guide,
SYS_SERVERLESS_USAGE).
"""

import sql
from tasks.best_effort import best_effort
from tasks.session import session
from tasks.wording import counted
from warehouse import Warehouse
from warehouse.local import LocalWarehouse


def describe_usage(warehouse: Warehouse, *, is_worth_a_query: bool) -> str:
    """Return what this run has used of its warehouse so far; where it is worth a query, what Redshift tells too."""
    told = f"{counted(warehouse.usage.requests, 'request')} in {warehouse.usage.seconds:.1f} s"
    if not is_worth_a_query or isinstance(warehouse, LocalWarehouse):
        return told
    with best_effort("what Redshift used is not known", "sys_query_history may have it later"):
        told += _of_redshift(warehouse)
    return told


def _of_redshift(warehouse: Warehouse) -> str:
    """Read what the history has of these sessions by now; its rows may come late, or never."""
    sessions = {"session_ids": warehouse.usage.session_ids, "since": warehouse.usage.since}
    with session(warehouse) as connection, connection, connection.cursor() as cursor:
        [used] = sql.fetch_named(cursor, "inspect/usage", **sessions)
    if not used["queries"]:
        return "; the history of queries does not tell of them yet"
    return (
        f"; on Redshift {counted(used['queries'], 'statement')}: {used['execution_s']:.1f} s of work, "
        f"{used['compile_s']:.1f} s of compilation, {used['queue_s']:.1f} s in queues, "
        f"{float(used['scanned_bytes']) / 1e6:,.1f} MB scanned"
    )
