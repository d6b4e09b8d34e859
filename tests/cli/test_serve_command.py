"""`sparkify serve` lets programs of this machine read the local warehouse with its password, and nobody do more."""

import asyncio
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import psycopg2
import pytest
import sqlalchemy
from sqlalchemy.pool import NullPool

from cli.analysts import PASSWORD_FILE
from cli.prefect_server import HOST, listen
from local_redshift.postgres_programs import binaries
from local_redshift.relay import relay
from tests.cli.attacks import argument_lists
from warehouse import DEFAULT_SCHEMA, WarehouseConnection
from warehouse.home import home
from warehouse.local import ANALYST, DATABASE, admit_analyst, dismiss_analyst

PASSWORD = "of-the-test"
PSQL = (str(binaries() / "psql"), "--no-psqlrc")


@pytest.fixture
def port(connection: WarehouseConnection, schema: str) -> Iterator[int]:
    """Where the warehouse is served, with a table of one row in the schema that the analyst reads."""
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE t (a INT)")
        cursor.execute("INSERT INTO t VALUES (7)")
    admit_analyst(schema, PASSWORD)
    listener, loop, ended = listen(), asyncio.new_event_loop(), asyncio.Event()
    number = listener.getsockname()[1]

    def serve() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(relay(home(), listener, ended))

    thread = Thread(target=serve)
    thread.start()
    yield number
    loop.call_soon_threadsafe(ended.set)
    thread.join()
    dismiss_analyst()


def url(port: int, user: str = ANALYST, password: str = PASSWORD) -> str:
    return f"postgresql://{user}:{password}@{HOST}:{port}/{DATABASE}"


def ask(port: int, statement: str, **who: str) -> list[tuple[object, ...]]:
    with closing(psycopg2.connect(url(port, **who))) as session, session.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_sqlalchemy_and_psql_read_the_warehouse(port: int, schema: str) -> None:
    engine = sqlalchemy.create_engine(url(port), poolclass=NullPool)
    with engine.connect() as session:
        assert session.execute(sqlalchemy.text("SELECT a, current_user FROM t")).one()._tuple() == (7, ANALYST)
        assert sqlalchemy.inspect(session).get_table_names(schema) == ["t"]
    done = subprocess.run(
        [*PSQL, "--csv", "-c", "SELECT a FROM t", url(port)],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout == "a\n7\n"


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ({"password": "guessed"}, "password authentication failed"),
        ({"user": "sparkify"}, "log in as sparkify_analyst"),
        ({"user": "sparkify_reader"}, "log in as sparkify_analyst"),
    ],
)
def test_nobody_else_is_let_in(port: int, who: dict[str, str], refusal: str) -> None:
    with pytest.raises(psycopg2.OperationalError, match=refusal):
        ask(port, "SELECT 1", **who)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO t VALUES (8) RETURNING a",
        "SET transaction_read_only TO off; INSERT INTO t VALUES (8) RETURNING a",
        "SET ROLE sparkify",
        "SET SESSION AUTHORIZATION sparkify",
        f"ALTER ROLE {ANALYST} SUPERUSER",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY t TO PROGRAM 'true'",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'sparkify'",
    ],
)
def test_the_analyst_cannot_write_or_rise(port: int, statement: str) -> None:
    with pytest.raises((psycopg2.errors.InsufficientPrivilege, psycopg2.errors.ReadOnlySqlTransaction)):
        ask(port, statement)


def first_answer(port: int, packet: bytes) -> bytes:
    with socket.create_connection((HOST, port), timeout=60) as client:
        client.sendall(packet)
        return client.recv(1024)


def startup(*words: str, version: int = 3 << 16) -> bytes:
    body = b"".join(word.encode() + b"\0" for word in words) + b"\0"
    return struct.pack("!ii", len(body) + 8, version) + body


@pytest.mark.parametrize(
    "packet",
    [
        startup("user", ANALYST, "user", "sparkify", "database", DATABASE),
        startup("user", "sparkify", "database", DATABASE),
        startup("database", DATABASE),
        startup("user", ANALYST, "database", DATABASE, version=2 << 16),
        startup(),
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack("!ii", 1 << 30, 3 << 16),
        struct.pack("!ii", 4, 3 << 16),
    ],
)
def test_what_does_not_begin_as_the_analyst_reaches_no_server(port: int, packet: bytes) -> None:
    answer = first_answer(port, packet)
    assert answer.startswith(b"E")
    assert b"FATAL" in answer


def test_a_startup_that_names_another_user_first_is_the_analysts(port: int) -> None:
    """What reaches PostgreSQL is what was judged: of two values, the last."""
    answer = first_answer(port, startup("user", "sparkify", "user", ANALYST, "database", DATABASE))
    assert answer.startswith(b"R")
    assert b"SCRAM-SHA-256" in answer


def test_ctrl_c_in_psql_cancels_its_statement(port: int) -> None:
    """Not by psycopg2 in this process: it holds the interpreter while it waits for the relay."""
    with subprocess.Popen([*PSQL, "-c", "SELECT pg_sleep(60)", url(port)], stderr=subprocess.PIPE, text=True) as psql:
        while not is_asleep(port):
            Event().wait(0.01)
        psql.send_signal(signal.SIGINT)
        _, said = psql.communicate(timeout=60)
    assert said.splitlines()[-1].endswith("canceling statement due to user request")


def is_asleep(port: int) -> bool:
    return bool(ask(port, "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"))


@pytest.fixture
def sparkify_process() -> Iterator["subprocess.Popen[str]"]:
    """A `sparkify serve` that has just been started."""
    with subprocess.Popen(
        [sys.executable, "-m", "cli", "serve", "--port", str(_free_port())],
        env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        yield process
        process.kill()


def _free_port() -> int:
    with listen() as listener:
        number: int = listener.getsockname()[1]
        return number


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_the_command_says_how_to_connect_and_ends_with_a_word_and_all_sessions(
    sparkify_process: "subprocess.Popen[str]", told: signal.Signals, sparkify_home: Path
) -> None:
    assert sparkify_process.stdout is not None
    said = [sparkify_process.stdout.readline() for _ in range(7)]
    assert said[0] == "sparkify serve: starting ...\n"
    address = said[1].split()[-1]
    password_file = sparkify_home / PASSWORD_FILE
    assert address.endswith(f"/{DATABASE}?passfile={password_file}")
    assert password_file.stat().st_mode & 0o777 == 0o600
    password = password_file.read_text().strip().rpartition(":")[2]
    assert password not in "".join(said) + argument_lists()
    with closing(psycopg2.connect(address)) as session, session.cursor() as cursor:
        cursor.execute("SHOW search_path")
        assert cursor.fetchall() == [(f"{DEFAULT_SCHEMA}, redshift",)]
        sparkify_process.send_signal(told)
        rest, _ = sparkify_process.communicate(timeout=60)
        with pytest.raises(psycopg2.OperationalError):
            cursor.execute("SELECT 1")
    assert (sparkify_process.returncode, rest) == (
        0, "ended, with the sessions of other programs; to stop the warehouse too: sparkify stop\n",
    )  # fmt: skip
