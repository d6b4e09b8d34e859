"""The embedded server's life in short: private, found again, started again after a kill; see test_postgres_server."""

import os
import signal
from contextlib import closing
from pathlib import Path

from local_redshift import postgres_server
from tests.local_redshift.test_postgres_server import (
    PLAIN,
    fetch,
    server_pid,
)


def test_a_server_listens_on_no_network_is_found_again_outlives_a_kill_with_its_data_and_stops(home: Path) -> None:
    folder = postgres_server.start(home)
    assert fetch(folder, "SHOW listen_addresses") == [("",)]
    with closing(postgres_server.connect(folder, PLAIN)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 7 AS a")
    pid = server_pid(home)
    assert (postgres_server.start(home), server_pid(home)) == (folder, pid)
    os.kill(pid, signal.SIGKILL)
    assert fetch(postgres_server.start(home), "SELECT a FROM kept") == [(7,)]
    assert server_pid(home) != pid
    postgres_server.stop(home)
    assert not (home / "postgres/data/postmaster.pid").exists()
