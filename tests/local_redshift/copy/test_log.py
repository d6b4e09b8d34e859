"""What the system tables keep of loads: as much of a file's name as on Redshift, and no longer than there."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tasks.batch import Batch
from tasks.provision.provisioning import renew_tables
from tasks.stage.work_folders import delete_work_folders
from tests.state import plain_connection
from warehouse import WarehouseConnection, open_warehouse
from warehouse.local import LocalWarehouse

KEPT = """
    SELECT COUNT(*) FROM redshift._loads WHERE query_id = %(id)s
    UNION ALL SELECT COUNT(*) FROM redshift._load_files WHERE query_id = %(id)s
    UNION ALL SELECT COUNT(*) FROM redshift._load_errors WHERE query_id = %(id)s
    UNION ALL SELECT COUNT(*) FROM redshift._load_repairs WHERE query_id = %(id)s
"""


def copy(connection: WarehouseConnection, folder: Path) -> int:
    """COPY a file with a good row, a bad one and one to repair; return the number of the COPY."""
    (folder / "a.json").write_bytes(b'{"id":"1"}\n{"id":"x"}\n{"name":"\xff"}\n')
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS t (id BIGINT, name VARCHAR(10))")
        cursor.execute(f"COPY t FROM 'file://{folder}/a.json' IAM_ROLE default JSON 'auto' MAXERROR 9 ACCEPTINVCHARS")
        cursor.execute("SELECT PG_LAST_COPY_ID()")
        ((query_id,),) = cursor.fetchall()
    return int(query_id)


def kept(query_id: int) -> list[int]:
    """Count what is kept of a COPY: itself, files, errors and repairs."""
    with closing(plain_connection()) as connection, connection.cursor() as cursor:
        cursor.execute(KEPT, {"id": query_id})
        return [count for (count,) in cursor.fetchall()]


def grow_old(query_id: int, days: int) -> None:
    """Pretend that a COPY was some days ago."""
    with closing(plain_connection()) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SET redshift.emulator TO on")
        cursor.execute(
            "UPDATE redshift._loads SET start_time = start_time - %s * INTERVAL '1 day' WHERE query_id = %s",
            (days, query_id),
        )


def test_a_copy_deletes_what_is_kept_of_those_of_more_than_a_week_ago(
    connection: WarehouseConnection, tmp_path: Path
) -> None:
    old, recent = copy(connection, tmp_path), copy(connection, tmp_path)
    assert kept(old) == [1, 1, 1, 1]
    grow_old(old, days=8)
    grow_old(recent, days=6)
    last = copy(connection, tmp_path)
    assert [kept(each) for each in (old, recent, last)] == [[0] * 4, [1] * 4, [1] * 4]


def test_reset_empties_the_load_history(connection: WarehouseConnection, schema: str, tmp_path: Path) -> None:
    loaded = copy(connection, tmp_path)
    renew_tables.fn(open_warehouse("local", schema), 10.0)
    assert kept(loaded) == [0] * 4


def test_a_run_that_copies_nothing_forgets_loads_of_more_than_a_week_ago(
    connection: WarehouseConnection, schema: str, tmp_path: Path
) -> None:
    old, recent = copy(connection, tmp_path), copy(connection, tmp_path)
    grow_old(old, days=8)
    started_at = datetime.now(UTC).replace(tzinfo=None)
    delete_work_folders.fn(LocalWarehouse(schema), Batch(1, started_at, f"file://{tmp_path}/none/"))
    assert [kept(each) for each in (old, recent)] == [[0] * 4, [1] * 4]


@pytest.mark.parametrize("letters", ["x" * 120, "é" * 60])
def test_a_name_is_cut_to_256_bytes(connection: WarehouseConnection, tmp_path: Path, letters: str) -> None:
    folder = tmp_path / letters / letters / letters
    folder.mkdir(parents=True)
    copy(connection, folder)
    name = f"file://{folder}/a.json".encode()[:256].decode(errors="ignore")
    kept_as = {"stl_load_commits": "filename", "stl_load_errors": "filename", "stl_replacements": "filename"}
    for table, column in {**kept_as, "sys_load_detail": "file_name", "sys_load_error_detail": "file_name"}.items():
        query_id = "query" if column == "filename" else "query_id"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT TRIM({column}) FROM {table} WHERE {query_id} = PG_LAST_COPY_ID()")
            assert cursor.fetchall() == [(name,)]
