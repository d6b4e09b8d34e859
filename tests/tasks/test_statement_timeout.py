"""Whoever waits for a lock limits one statement, and leaves the limit of all others as the warehouse has it."""

import pytest

import sql
from tasks.provision.provisioning import _lock_tables
from warehouse import WarehouseConnection


@pytest.mark.parametrize(("limit_ms", "shown"), [(90_000, "90s"), (0, "0")])
def test_a_lock_leaves_the_limit_of_the_session_as_it_was(
    connection: WarehouseConnection,
    schema: str,
    limit_ms: int,
    shown: str,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout TO %s", (limit_ms,))
        sql.run(cursor, "create/batches")
        assert _lock_tables(connection, schema)
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchall() == [(shown,)]
