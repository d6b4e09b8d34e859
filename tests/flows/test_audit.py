"""An audit beside a load: it judges one state of the warehouse, whatever is committed meanwhile."""

import psycopg2.extensions
import pytest

from flows.audit import audit
from flows.etl import etl
from tests.crash.watched import Moment, save_block, watch
from tests.flows.lakes import Lake
from tests.state import execute, fetch

pytestmark = pytest.mark.usefixtures("whole_flows")


@pytest.mark.slow
def test_what_is_committed_while_an_audit_runs_is_for_the_next_one(lake: Lake) -> None:
    etl(events=lake.events, songs=lake.songs)
    began: list[Moment] = []

    def take_the_users_back(moment: Moment, _: psycopg2.extensions.connection) -> None:
        if moment.statement.startswith("SELECT counted.row_count") and not began:  # the suites begin
            began.append(moment)
            execute("DELETE FROM users", "UPDATE batch_tables SET rows_after = 0 WHERE table_name = 'users'")

    watch(take_the_users_back)
    assert {suite.failed for suite in audit(warehouse=save_block()).suites} == {0}
    assert fetch("SELECT COUNT(*) FROM users") == [(0,)]
