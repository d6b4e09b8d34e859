"""Retraction: which files a URL names is judged by what is loaded, since the lake may have them no more."""

from contextlib import closing
from datetime import UTC, datetime

import pytest
from prefect.logging import disable_run_logger

from tasks.batch import Batch
from tasks.discover.retraction import find_retraction
from tasks.provision.provisioning import provision
from warehouse import StorageError, WarehouseConnection, open_warehouse

LOADED = ["2018-1", "2018-1/a", "2018-1/b", "2018-10/a", "2018-11", "2019/a"]


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("2018-1", ["2018-1"]),
        ("2018-1/", ["2018-1/a", "2018-1/b"]),
        ("2018-1*", ["2018-1", "2018-1/a", "2018-1/b", "2018-10/a", "2018-11"]),
        ("2018-10", ["2018-10/a"]),
        ("2019", ["2019/a"]),
        ("201", LOADED),
        ("20*/", []),
        ("2018-10*", ["2018-10/a"]),
        ("2018-1/c", []),
        ("2018-12", []),
    ],
)
def test_a_url_is_a_file_or_else_a_folder_or_else_what_begins_so(
    connection: WarehouseConnection, schema: str, name: str, named: list[str]
) -> None:
    warehouse = open_warehouse("local", schema)
    provision.fn(warehouse)
    now = datetime.now(UTC)
    with closing(warehouse.connect()) as other, other, other.cursor() as cursor:
        for batch_id, file in enumerate(LOADED):
            cursor.execute(
                "INSERT INTO loaded_files VALUES (%s, 'x', 1, %s, 'events', %s, 1, 1, 0, TRUE, NULL, NULL)",
                (f"s3://lake/log/{file}", now, batch_id),
            )
    with disable_run_logger():
        files = f"s3://lake/log/{name}"
        if not named:
            with pytest.raises(StorageError, match="none of what is loaded came from there"):
                find_retraction.fn(warehouse, Batch(9, now, "file:///work/"), None, files, without_missing=True)
            return
        found = find_retraction.fn(warehouse, Batch(9, now, "file:///work/"), None, files, without_missing=True)
    assert found.files == {"events": tuple(f"s3://lake/log/{each}" for each in named)}
