"""The embedded PostgreSQL: started on demand, found again, and no danger to what lies around it."""

import os
import pwd
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread

import psutil
import psycopg2
import psycopg2.extensions
import pytest

from local_redshift import postgres_log, postgres_programs, postgres_server
from local_redshift.connection import LocalRedshiftConnection, connect
from tests.variants import often
from warehouse import WarehouseUnavailable
from warehouse.local import LocalWarehouse

PLAIN = psycopg2.extensions.connection
pytestmark = pytest.mark.slow


def server_pid(home: Path) -> int:
    return int((home / "postgres/data/postmaster.pid").read_text().splitlines()[0])


def fetch(folder: Path, query: str) -> list[tuple[object, ...]]:
    connection = postgres_server.connect(folder, PLAIN)
    with connection, connection.cursor() as cursor:
        cursor.execute(query)
        rows = cursor.fetchall()
    connection.close()
    return rows


def kill_a_session(folder: Path) -> None:
    """Kill the process of a session, and wait until the server has noticed, when it ends all other sessions too."""
    with (
        closing(postgres_server.connect(folder, PLAIN)) as connection,
        closing(postgres_server.connect(folder, PLAIN)) as witness,
    ):
        os.kill(connection.info.backend_pid, signal.SIGKILL)
        select.select([witness], [], [], 60)


def test_the_server_of_an_older_version_is_taught_what_is_new(home: Path) -> None:
    folder = postgres_server.start(home)
    pid = server_pid(home)
    with closing(postgres_server.connect(folder, PLAIN)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SET redshift.emulator TO on")
        cursor.execute("DROP FUNCTION redshift.sysdate; COMMENT ON SCHEMA redshift IS 'older'")
    assert postgres_server.start(home) == folder
    assert fetch(folder, "SELECT redshift.sysdate() IS NOT NULL") == [(True,)]
    assert server_pid(home) == pid


def test_a_server_that_was_brought_up_shows_refused_lines_of_any_characters(home: Path, tmp_path: Path) -> None:
    folder = postgres_server.start(home)
    with closing(postgres_server.connect(folder, PLAIN)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SET redshift.emulator TO on; COMMENT ON SCHEMA redshift IS 'older'")
    (tmp_path / "bad.json").write_text('{"a": "\u00e9"}\n')
    with closing(connect(home, "public", LocalRedshiftConnection)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE t (a INTEGER)")
        cursor.execute(f"COPY t FROM 'file://{tmp_path}/bad.json' IAM_ROLE default FORMAT AS JSON 'auto' MAXERROR 9")
        cursor.execute("SELECT TRIM(raw_line), TRIM(raw_field_value) FROM stl_load_errors")
        assert cursor.fetchall() == [('{"a": "\u00e9"}', "\u00e9")]
        with pytest.raises(psycopg2.Error, match="Multibyte character not supported for CHAR"):
            cursor.execute("SELECT CAST('\u00e9' AS CHAR(2))")


def test_a_running_server_is_brought_up_where_a_version_had_other_columns_and_results(home: Path) -> None:
    folder = postgres_server.start(home)
    with closing(postgres_server.connect(folder, PLAIN)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SET redshift.emulator TO on")
        cursor.execute(
            "DROP VIEW redshift.pg_table_def; CREATE VIEW redshift.pg_table_def AS SELECT 1 AS older; "
            "DROP FUNCTION redshift.getdate; CREATE FUNCTION redshift.getdate() RETURNS DATE RETURN CURRENT_DATE; "
            "COMMENT ON SCHEMA redshift IS 'older'"
        )
    assert postgres_server.start(home) == folder
    assert fetch(folder, "SELECT tablename, distkey FROM redshift.pg_table_def WHERE FALSE") == []
    assert fetch(folder, "SELECT PG_TYPEOF(redshift.getdate()) = 'timestamp'::REGTYPE") == [(True,)]


def test_a_server_outlives_its_process_and_is_found_by_the_next(home: Path) -> None:
    program = "import sys, pathlib, local_redshift.postgres_server as s; s.start(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", program, str(home)], check=True)
    pid = server_pid(home)
    folder = postgres_server.start(home)
    assert server_pid(home) == pid
    assert fetch(folder, "SELECT 1") == [(1,)]


def test_no_folder_above_the_data_is_opened_to_others(home: Path) -> None:
    above = [home.parent, *home.parent.parents]
    before = [stat.S_IMODE(folder.stat().st_mode) for folder in above]
    postgres_server.start(home)
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in above] == before
    assert before[0] == 0o700
    assert stat.S_IMODE((home / "postgres").stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "postgres/data").stat().st_mode) == 0o700


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may read."""
    folder = Path(tempfile.mkdtemp(prefix="sp-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_the_programs_may_lie_in_a_folder_closed_to_others_too(
    home: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = postgres_programs.binaries()
    package = programs.parents[1]
    for part in package.parent.glob(f"{package.name}*"):  # the libraries lie beside it
        shutil.copytree(part, home.parent / part.name)
    copied = home.parent / package.name / programs.relative_to(package)
    monkeypatch.setattr(postgres_programs, "binaries", lambda: copied)
    monkeypatch.setattr(postgres_programs, "COPIES", open_folder / "copies")
    monkeypatch.setattr(postgres_programs, "version", lambda _package: "0")
    assert stat.S_IMODE(home.parent.stat().st_mode) == 0o700
    assert fetch(postgres_server.start(home), "SELECT 1") == [(1,)]
    postgres_server.stop(home)
    names = [str(path.relative_to(open_folder)) for path in open_folder.glob("copies/*")]
    assert names == (["copies/postgres-0"] if os.geteuid() == 0 else [])
    for path in open_folder.rglob("*"):
        assert (path.owner(), path.stat().st_mode & 0o027) == (
            "root",
            0o005 if path.is_dir() else path.stat().st_mode & 0o005,
        )


def test_the_server_listens_on_no_network_address(home: Path) -> None:
    folder = postgres_server.start(home)
    assert fetch(folder, "SHOW listen_addresses") == [("",)]
    assert fetch(folder, "SHOW unix_socket_directories") == [(".",)]
    assert folder == home / "postgres/data"


def test_the_shared_memory_of_the_server_is_in_its_data_and_not_where_a_container_has_little(home: Path) -> None:
    folder = postgres_server.start(home)
    assert list(folder.glob("pg_dynshmem/mmap.*"))


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux lists the sockets of a process")
def test_the_server_has_no_socket_but_the_one_in_its_private_folder(home: Path) -> None:
    folder = postgres_server.start(home)
    pid = server_pid(home)
    names = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}
    inodes = {name.removeprefix("socket:[").rstrip("]") for name in names if name.startswith("socket:")}
    network = [line.split() for table in ("tcp", "tcp6", "udp", "udp6") for line in read_table(pid, table)]
    assert [row for row in network if row[9] in inodes] == []
    local = [line.split() for line in read_table(pid, "unix")]
    assert [row[7] for row in local if row[6] in inodes] == ["./.s.PGSQL.5432"]
    assert (folder / ".s.PGSQL.5432").is_socket()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.skipif(not Path("/proc").exists(), reason="only Linux tells the privileges of a process")
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv (util-linux) is not here to give privileges up")
def test_no_process_of_the_server_has_a_privilege_or_can_get_one(home: Path) -> None:
    with closing(postgres_server.open_session(home, PLAIN)) as connection:
        privileges = [privileges_of(pid) for pid in (server_pid(home), connection.info.backend_pid)]
    is_root = os.geteuid() == 0
    user = pwd.getpwnam("nobody").pw_uid if is_root else os.geteuid()
    group = pwd.getpwnam("nobody").pw_gid if is_root else os.getegid()
    assert user != 0
    none = dict.fromkeys(("CapInh", "CapPrm", "CapEff", "CapAmb"), "0" * 16)
    common = {**none, "NoNewPrivs": "1", "Uid": f"{user} " * 3 + f"{user}", "Gid": f"{group} " * 3 + f"{group}"}
    # What others may have of these matters no more, and only a privilege would take it away.
    own = {"CapBnd": "0" * 16, "Groups": ""} if is_root else {}
    assert privileges == [privileges[0] | common | own] * 2


def privileges_of(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    fields = {name: " ".join(value.split()) for name, _, value in (line.partition(":") for line in lines)}
    names = ("CapInh", "CapPrm", "CapEff", "CapAmb", "CapBnd", "NoNewPrivs", "Uid", "Gid", "Groups")
    return {name: fields[name] for name in names}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root could give the server rights that its user has not")
def test_a_superuser_of_the_database_has_no_rights_of_root(home: Path, tmp_path: Path) -> None:
    secret, planted = tmp_path / "secret", tmp_path / "planted"
    secret.write_text("canary")
    secret.chmod(0o600)
    folder = postgres_server.start(home)
    with closing(postgres_server.connect(folder, PLAIN)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("CREATE TABLE stolen (line TEXT)")
        for attack in (
            "COPY stolen FROM PROGRAM 'cat /etc/shadow'",
            "COPY stolen FROM '/etc/shadow'",
            f"COPY stolen FROM PROGRAM 'cat {secret}'",
            f"COPY stolen FROM PROGRAM 'cat {home}/postgres/lock'",
            f"COPY stolen TO PROGRAM 'cat >{planted}'",
            f"COPY stolen TO '{home}/postgres/planted'",
            f"COPY stolen FROM PROGRAM 'chmod 0777 {home}/postgres'",
            "COPY stolen FROM PROGRAM 'kill -0 1'",
        ):
            with pytest.raises(psycopg2.Error):
                cursor.execute(attack)
        cursor.execute("SELECT * FROM stolen")
        assert cursor.fetchall() == []
    assert not planted.exists()


def test_the_server_has_nothing_of_the_environment_but_what_it_needs(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/canary")
    postgres_server.start(home)
    environment = psutil.Process(server_pid(home)).environ()
    pg_ctl_gives = {"PG_GRANDPARENT_PID", "PGSYSCONFDIR", "PGLOCALEDIR", "PWD", "OLDPWD", "SHLVL", "_"}
    assert set(environment) - pg_ctl_gives == {"LC_ALL", "TZ", "PATH", "PGDATA"}
    assert "canary" not in "".join(environment.values())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root keeps what it writes apart from what the server writes")
def test_what_the_server_owns_leads_root_nowhere_else(home: Path, tmp_path: Path) -> None:
    (victim := tmp_path / "victim").write_text("kept")
    postgres_server.start(home)
    postgres_server.stop(home)
    settings = home / "postgres/data/sparkify.conf"
    settings.unlink()
    settings.symlink_to(victim)
    assert fetch(postgres_server.start(home), "SELECT 1") == [(1,)]
    assert victim.read_text() == "kept"
    owners = {path.name: path.owner() for path in (home / "postgres").iterdir()}
    assert owners == {"data": "nobody", "lock": "root", "log": "root", "pid": "root"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_that_takes_the_place_of_a_draft_is_not_given_away(tmp_path: Path) -> None:
    victim, draft = tmp_path / "victim", tmp_path / "draft"
    victim.touch()
    with draft.open("w") as opened:
        draft.unlink()
        draft.hardlink_to(victim)
        postgres_programs.give_to_server(opened.fileno())
        assert os.fstat(opened.fileno()).st_uid == pwd.getpwnam("nobody").pw_uid
    assert victim.owner() == "root"


def test_the_home_of_an_older_version_still_starts(home: Path) -> None:
    folder = postgres_server.start(home)
    with closing(postgres_server.connect(folder, PLAIN)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 7 AS number")
    postgres_server.stop(home)
    # Its settings were this process's own, its server listened beside its data, and nothing recorded its process.
    settings = home / "postgres/data/sparkify.conf"
    settings.unlink()
    settings.touch(mode=0o600)
    settings.write_text(f"listen_addresses = ''\nunix_socket_directories = '\"{home}/postgres\"'\n")
    (home / "postgres/pid").unlink()
    assert fetch(postgres_server.start(home), "SELECT number FROM kept") == [(7,)]


def read_table(pid: int, name: str) -> list[str]:
    table = Path(f"/proc/{pid}/net/{name}")
    return table.read_text().splitlines()[1:] if table.exists() else []


def test_a_server_that_recovers_from_the_kill_of_a_session_is_waited_for(home: Path) -> None:
    folder = postgres_server.start(home)
    kill_a_session(folder)
    pid = server_pid(home)
    assert fetch(postgres_server.start(home), "SELECT 1") == [(1,)]
    assert server_pid(home) == pid


@pytest.mark.long
def test_a_server_that_recovers_is_stopped_afterwards(home: Path) -> None:
    folder = postgres_server.start(home)
    kill_a_session(folder)
    postgres_server.stop(home)
    assert not (home / "postgres/data/postmaster.pid").exists()


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("SELECT 1", marks=pytest.mark.long),
        "COPY t FROM 's3://lake/log' IAM_ROLE default JSON 'auto'",
        None,
    ],
)
def test_whoever_loses_the_server_reads_why_in_its_log(
    home: Path, statement: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARKIFY_HOME", str(home))
    with (
        closing(LocalWarehouse("public").connect()) as connection,
        closing(postgres_server.open_session(home, PLAIN)) as killed,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT 1")
        os.kill(killed.info.backend_pid, signal.SIGKILL)
        select.select([connection], [], [], 60)  # the server ends all sessions once it has noticed
        with pytest.raises(psycopg2.OperationalError, match=r"was terminated by signal 9: Killed") as lost:
            cursor.execute(statement) if statement else connection.commit()
    assert str(home / "postgres/log") in str(lost.value)


def test_an_error_is_the_news_also_where_the_server_has_gone_since(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKIFY_HOME", str(home))

    def lose_the_server_and_fail() -> None:
        with (
            closing(LocalWarehouse("public").connect()) as connection,
            closing(postgres_server.open_session(home, PLAIN)) as killed,
            connection,
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT 1")
            os.kill(killed.info.backend_pid, signal.SIGKILL)
            select.select([connection], [], [], 60)
            raise ValueError("what went wrong first")

    with pytest.raises(ValueError, match="what went wrong first"):
        lose_the_server_and_fail()


def test_a_killed_server_is_started_again_with_its_data(home: Path) -> None:
    folder = postgres_server.start(home)
    connection = postgres_server.connect(folder, PLAIN)
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 7 AS number")
    os.kill(server_pid(home), signal.SIGKILL)
    connection.close()
    assert fetch(postgres_server.start(home), "SELECT number FROM kept") == [(7,)]


def test_a_path_too_long_for_a_socket_gets_a_private_folder_elsewhere(home: Path) -> None:
    deep = home / ("d" * 60) / ("e" * 60)
    folder = postgres_server.start(deep)
    try:
        assert fetch(folder, "SELECT 1") == [(1,)]
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert folder.parent == Path(tempfile.gettempdir())
    finally:
        postgres_server.stop(deep)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(
    "name",
    [
        "q'u\"ote",
        *(
            pytest.param(name, marks=pytest.mark.long)
            for name in ("a b", "com,ma", "do$HOME`id`", "Zoë", "back\\slash")
        ),
    ],
)
def test_a_folder_may_have_any_name(home: Path, name: str) -> None:
    odd = home / name
    folder = postgres_server.start(odd)
    try:
        assert fetch(folder, "SELECT 1") == [(1,)]
    finally:
        postgres_server.stop(odd)
    assert folder == odd / "postgres/data" or ("," in name and not any(folder.iterdir()))
    shutil.rmtree(folder)


def test_stopping_ends_the_process_and_stopping_again_does_nothing(home: Path) -> None:
    folder = postgres_server.start(home)
    postgres_server.stop(home)
    assert not (home / "postgres/data/postmaster.pid").exists()
    with pytest.raises(psycopg2.OperationalError):
        postgres_server.connect(folder, PLAIN)
    postgres_server.stop(home)


@pytest.mark.long
def test_stopping_tells_which_process_it_ended(home: Path) -> None:
    postgres_server.start(home)
    pid = server_pid(home)
    assert postgres_server.stop(home) == pid
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    assert postgres_server.stop(home) is None


def test_the_environment_of_whoever_starts_the_server_does_not_reach_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = {
        "PGPORT": "5439", "PGDATA": "/nowhere", "PGDATESTYLE": "SQL, DMY", "PGCLIENTENCODING": "LATIN1",
        "TZ": "Asia/Tokyo", "LC_ALL": "tr_TR.UTF-8", "LANG": "xx", "PGTZ": "Asia/Tokyo",
        "AWS_SECRET_ACCESS_KEY": "canary",
    }  # fmt: skip
    for name, value in hostile.items():
        monkeypatch.setenv(name, value)
    postgres_server.start(home)
    monkeypatch.undo()
    assert set(psutil.Process(server_pid(home)).environ().values()).isdisjoint(hostile.values())
    asked = ("TimeZone", "log_timezone", "DateStyle", "IntervalStyle", "extra_float_digits", "port", "lc_messages")
    found = fetch(postgres_server.start(home), f"SELECT name, setting FROM pg_settings WHERE name IN {asked}")
    assert {str(name): setting for name, setting in found} == {
        "TimeZone": "UTC", "log_timezone": "UTC", "DateStyle": "ISO, MDY", "IntervalStyle": "postgres",
        "extra_float_digits": "1", "port": "5432", "lc_messages": "C",
    }  # fmt: skip


@pytest.mark.parametrize("variable", often(["TMPDIR", "HOME"]))
def test_a_server_is_found_from_a_shell_with_other_folders(
    home: Path, tmp_path: Path, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = home / ("d" * 60) / ("e" * 60)
    folders = {postgres_server.start(deep)}
    pid = server_pid(deep)
    monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)  # where Python remembers the folder
    try:
        folders.add(postgres_server.start(deep))
        assert server_pid(deep) == pid
    finally:
        assert postgres_server.stop(deep) == pid
        for folder in folders:
            shutil.rmtree(folder)


@pytest.mark.long
def test_a_temporary_folder_too_long_for_a_socket_is_not_used(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = home / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    folder = postgres_server.start(deep)
    postgres_server.stop(deep)
    assert folder.parent == Path("/tmp")
    shutil.rmtree(folder)


@pytest.mark.long
def test_a_server_is_started_from_a_folder_that_was_deleted(home: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    start = (
        "import sys, os, pathlib, local_redshift.postgres_server as s; os.rmdir(os.getcwd()); s.start(pathlib.Path({}))"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run([sys.executable, "-c", start.format(repr(str(home)))], check=True, cwd=gone, env=environment)
    assert fetch(postgres_server.start(home), "SELECT 1") == [(1,)]


def test_a_server_that_stops_and_waits_for_a_session_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_server, "STOPPING_S", 0.2)
    with closing(postgres_server.open_session(home, PLAIN)):
        pid = server_pid(home)
        os.kill(pid, signal.SIGTERM)
        while "stopping" not in (home / "postgres/data/postmaster.pid").read_text():
            pass
        with pytest.raises(WarehouseUnavailable, match=rf"process {pid}\) runs .* and is stopping, but waits for its"):
            postgres_server.start(home)


def test_a_server_that_runs_and_cannot_be_reached_is_named_with_the_reason(home: Path) -> None:
    folder = postgres_server.start(home)
    pid = server_pid(home)
    (folder / ".s.PGSQL.5432").unlink()
    with pytest.raises(
        WarehouseUnavailable,
        match=rf"PostgreSQL \(process {pid}\) runs for {home} and cannot be reached: .*"
        r"No such file or directory; if that lasts, stop the server$",
    ):
        postgres_server.start(home)
    assert "lock file" not in (home / "postgres/log").read_text()  # no second server was started over it
    assert postgres_server.stop(home) == pid
    assert fetch(postgres_server.start(home), "SELECT 1") == [(1,)]


def test_a_server_whose_starter_died_before_it_made_the_database_is_used(home: Path) -> None:
    folder = postgres_server.start(home)
    with closing(postgres_server.connect(folder, PLAIN, database="postgres")) as connection:
        connection.autocommit = True
        connection.cursor().execute("DROP DATABASE sparkify")
        connection.cursor().execute("DROP ROLE sparkify_reader")
    assert fetch(postgres_server.start(home), "SELECT redshift.len('abc')") == [(3,)]


def test_data_that_was_moved_away_from_a_server_is_named_and_not_made_anew(home: Path) -> None:
    postgres_server.start(home)
    pid = server_pid(home)
    data, elsewhere = home / "postgres/data", home / "elsewhere"
    data.rename(elsewhere)
    with pytest.raises(
        WarehouseUnavailable,
        match=rf"PostgreSQL \(process {pid}\) runs for {home}, and its data folder {data} was moved or "
        "removed: move it back, or stop the server$",
    ):
        postgres_server.start(home)
    assert not data.exists()
    elsewhere.rename(data)
    assert fetch(postgres_server.start(home), "SELECT 1") == [(1,)]
    assert server_pid(home) == pid


def test_a_home_that_was_moved_with_its_server_goes_on_there(home: Path) -> None:
    postgres_server.start(home)
    pid = server_pid(home)
    elsewhere = home.parent / "elsewhere"
    home.rename(elsewhere)
    assert fetch(postgres_server.start(elsewhere), "SELECT 1") == [(1,)]
    assert postgres_server.stop(elsewhere) == pid


@pytest.mark.skipif(not Path("/proc").exists(), reason="only Linux tells the folder that a process works in")
def test_the_server_of_a_home_that_was_removed_is_named_and_can_be_stopped(home: Path) -> None:
    postgres_server.start(home)
    pid = server_pid(home)
    shutil.rmtree(home)
    with pytest.raises(WarehouseUnavailable, match=rf"\(process {pid}\) .* was moved or removed"):
        postgres_server.start(home)
    shutil.rmtree(home)
    assert postgres_server.stop(home) == pid
    assert not home.exists()
    assert postgres_server.stop(home) is None
    assert fetch(postgres_server.start(home), "SELECT 1") == [(1,)]


def test_a_session_over_data_that_was_removed_says_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKIFY_HOME", str(home))
    with closing(LocalWarehouse("public").connect()) as connection, connection.cursor() as cursor:
        shutil.rmtree(home)
        with pytest.raises(psycopg2.OperationalError, match=f"data folder {home}/postgres/data was moved or removed"):
            cursor.execute("CREATE TABLE t (a INT)")


@pytest.fixture
def stranger() -> Iterator[psutil.Process]:
    """A process of the server's user that is no server."""
    user = "nobody" if os.geteuid() == 0 else None
    with subprocess.Popen(["sleep", "600"], user=user, cwd="/") as process:
        yield psutil.Process(process.pid)
        process.kill()


def test_a_process_that_got_the_id_of_a_killed_server_is_left_alone(home: Path, stranger: psutil.Process) -> None:
    folder = postgres_server.start(home)
    killed = psutil.Process(server_pid(home))
    family = [killed, *killed.children()]
    os.kill(killed.pid, signal.SIGKILL)
    psutil.wait_procs(family, 60)
    for file in (home / "postgres/data/postmaster.pid", folder / ".s.PGSQL.5432.lock"):
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join([f"{stranger.pid}\n", *lines[1:]]))
    assert postgres_server.stop(home) is None
    assert fetch(postgres_server.start(home), "SELECT 1") == [(1,)]
    assert stranger.status() == psutil.STATUS_SLEEPING


def test_the_log_has_no_rows_of_statements_that_failed(home: Path) -> None:
    folder = postgres_server.start(home)
    failing = (
        "SELECT 'canary'::INTEGER",
        "INSERT INTO t VALUES ('canary', NULL)",
        "INSERT INTO t VALUES ('canary', 1), ('canary', 1)",
        "DO $$ BEGIN RAISE WARNING 'canary'; END $$",
        "SELECT pg_sleep(600), 'canary'",
    )
    with closing(postgres_server.connect(folder, PLAIN)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE t (a TEXT, b INTEGER NOT NULL UNIQUE)")
        watching = Thread(target=lambda: kill_once_it_runs(folder, "pg_sleep"))
        watching.start()
        for statement in failing:
            with suppress(psycopg2.Error):
                cursor.execute(statement)
        watching.join()
    postgres_server.start(home)
    said = (home / "postgres/log").read_text()
    assert "was terminated by signal 9" in said
    assert "canary" not in said


def kill_once_it_runs(folder: Path, function: str) -> None:
    """Kill the process of a session as soon as it runs a statement with this function."""
    query = f"SELECT pid FROM pg_stat_activity WHERE query LIKE '%{function}%' AND wait_event = 'PgSleep'"
    while not (found := fetch(folder, query)):
        pass
    os.kill(int(str(found[0][0])), signal.SIGKILL)


@pytest.mark.long
def test_a_long_log_keeps_its_last_lines_and_its_server_writes_on(home: Path) -> None:
    folder = postgres_server.start(home)
    log = home / "postgres/log"
    with log.open("a") as file:
        file.writelines(f"line {number}\n" for number in range(postgres_log.LOG_BYTES // 10))
        file.write("the last line\n")
    postgres_server.start(home)
    assert log.stat().st_size <= postgres_log.TAIL_BYTES
    assert log.read_text().endswith("\nthe last line\n")
    kill_a_session(folder)
    assert "was terminated by signal 9" in postgres_server.crash_report(home)
    assert "\0" not in log.read_text()


@pytest.mark.long
def test_a_log_that_earlier_settings_let_rows_into_is_emptied(home: Path) -> None:
    postgres_server.start(home)
    postgres_server.stop(home)
    with (home / "postgres/data/sparkify.conf").open("a") as settings:
        settings.write("log_min_error_statement = 'error'\n")
    with (home / "postgres/log").open("a") as log:
        log.write("STATEMENT:  INSERT INTO users VALUES ('canary')\n")
    postgres_server.start(home)
    assert "canary" not in (home / "postgres/log").read_text()


def test_a_home_that_cannot_be_made_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(WarehouseUnavailable, match=r"/file/home cannot be used \(.*/file is not a folder\): name a"):
        postgres_server.start(tmp_path / "file/home")


def test_data_of_another_version_is_refused_untouched(home: Path) -> None:
    data = home / "postgres/data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("16\n")
    with pytest.raises(WarehouseUnavailable, match="was made by PostgreSQL 16, this is 18: move the folder away"):
        postgres_server.start(home)
    assert (data / "PG_VERSION").read_text() == "16\n"
