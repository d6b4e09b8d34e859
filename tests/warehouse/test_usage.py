"""A warehouse is an argument of tasks in several threads, each of which counts what it asks of it."""

from threading import Thread
from typing import Any

import pytest
from prefect.utilities.collections import visit_collection

from tests.warehouse.redshift.account import CLUSTER, SETTINGS
from warehouse import Warehouse
from warehouse.local import LocalWarehouse
from warehouse.redshift.cluster import Cluster
from warehouse.redshift.warehouse import RedshiftWarehouse
from warehouse.usage import Usage


def client(service: str) -> None:
    """Refuse to call AWS."""
    raise AssertionError(service)


REDSHIFT = RedshiftWarehouse(SETTINGS, "stl", client, Cluster(SETTINGS, CLUSTER, client))


@pytest.mark.parametrize("warehouse", [LocalWarehouse("public"), REDSHIFT], ids=["local", "redshift"])
def test_prefect_finds_nothing_in_a_warehouse_that_changes_while_it_looks(warehouse: Warehouse) -> None:
    visited = list[Any]()
    visit_collection(warehouse, visited.append, return_data=False, max_depth=-1)
    assert any(each is warehouse.usage for each in visited)  # it does look into the warehouse
    assert not [each for each in visited if isinstance(each, list | set)]


def test_no_request_of_any_thread_is_lost() -> None:
    usage = Usage()

    def work(session_id: int) -> None:
        for _ in range(1000):
            usage.add(session_id, 0.5)
            assert session_id in usage.session_ids

    threads = [Thread(target=work, args=(session_id,)) for session_id in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert usage.counts == {"requests": 8000, "request_s": 4000.0}
    assert sorted(usage.session_ids) == list(range(8))
