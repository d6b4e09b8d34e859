"""The command line as a person meets it: output, exit status, last words."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from cli.__main__ import main
from tests.cli.test_prefect_api import answering
from tests.flows.lakes import Lake
from tests.state import fetch
from tests.variants import often
from warehouse import connect


@dataclass(frozen=True)
class Done:
    """What a command left: its exit status, and what it printed."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def last_words(self) -> str:
        """The last line on stderr."""
        return self.stderr.strip().splitlines()[-1]


Sparkify = Callable[..., Done]


@pytest.fixture(scope="module")
def any_api() -> Iterator[str]:
    """What passes for Prefect's API, and does no more."""
    with answering(200, b'"3.8.8"', []) as address:
        yield f"{address}/api"


@pytest.fixture
def named_api(flows: None, any_api: str) -> Iterator[None]:
    """An API that Prefect's settings name: one that does nothing, where flows run by their stages alone."""
    with nullcontext() if PREFECT_API_URL.value() else temporary_settings({PREFECT_API_URL: any_api}):
        yield


@pytest.fixture
def sparkify(
    warehouse: None, named_api: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Sparkify:
    """Run a command in this process, which has imported all that takes long."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        status = main(arguments)
        captured = capsys.readouterr()
        return Done(status, captured.out, captured.err)

    return run


@pytest.fixture
def sparkify_process(whole_flows: None, prefect_server: str) -> Sparkify:
    """Run a command as a person does, in a process of its own."""

    def run(*arguments: str, **environment: str) -> Done:
        settings = {**os.environ, "PREFECT_API_URL": prefect_server, "COLUMNS": "200", **environment}
        command = [sys.executable, "-m", "cli", *arguments]
        done = subprocess.run(command, env=settings, capture_output=True, text=True, timeout=120, check=False)
        return Done(done.returncode, done.stdout, done.stderr)

    return run


def test_etl_prints_what_it_did(sparkify_process: Sparkify, lake: Lake, sparkify_home: Path) -> None:
    done = sparkify_process("etl", "--events", lake.events, "--songs", lake.songs)
    assert done.returncode == 0, done.stderr
    assert "Batch 1: 1 events, 1 songs loaded and validated" in done.stdout
    for table in ("users", "artists", "songs", "time", "songplays", "staging_events", "staging_songs"):
        assert table in done.stdout
    assert f"Data Docs: {sparkify_home}/data-docs/index.html" in done.stdout
    assert (sparkify_home / "data-docs/index.html").is_file()
    assert [word for word in ("Traceback", "WARNING", "Warning") if word in done.stderr] == []
    assert "Beginning flow run" not in done.stderr
    assert "events: 1 file, 1 of them new" in done.stderr


def test_etl_with_nothing_new_says_so(sparkify: Sparkify, lake: Lake) -> None:
    sparkify("etl", "--events", lake.events)
    done = sparkify("etl", "--events", lake.events)
    assert (done.returncode, "nothing new" in done.stdout) == (0, True)


def test_a_failed_etl_ends_in_one_sentence(sparkify_process: Sparkify, lake: Lake) -> None:
    lake.log("2018-11-13", {"level": "premium"})
    done = sparkify_process("etl", "--events", lake.events)
    assert done.returncode == 1
    last = done.last_words
    assert last.startswith("sparkify etl failed: file://")
    assert "log_data/2018-11-13-events.json line 1, column \"level\": 'premium'" in last
    assert "Traceback" not in done.stderr
    assert done.stderr.count("premium") == 1


def test_etl_says_what_it_quarantined(sparkify: Sparkify, lake: Lake) -> None:
    log = lake.log("2018-11-13", {"sessionId": 2}, {"level": "premium"})
    done = sparkify("etl", "--events", lake.events, "--quarantine-budget", "0.5")
    assert "; 1 of 3 rows (33.3 %) quarantined" in done.stdout
    assert f"Quarantined: 1 row of events.level, 1204, first at file://{log} line 2: 'premium' is too" in done.stdout


@pytest.mark.long
def test_etl_compacts_songs(sparkify_process: Sparkify, lake: Lake) -> None:
    lake.song("TRB", {"song_id": "SO2"})
    done = sparkify_process("etl", "--songs", lake.songs, "--compact-songs")
    assert "2 songs loaded and validated" in done.stdout
    assert "2 files into 1 objects" in done.stderr


def test_an_unwritable_home_is_named(sparkify_process: Sparkify, lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = sparkify_process("etl", "--events", lake.events, SPARKIFY_HOME=str(tmp_path / "file/home"))
    assert done.returncode == 1
    assert done.last_words.startswith(f"sparkify etl failed: SPARKIFY_HOME={tmp_path}/file/home")


@pytest.mark.slow
def test_audit_covers_the_whole_star(sparkify: Sparkify, lake: Lake) -> None:
    sparkify("etl", "--events", lake.events, "--songs", lake.songs)
    assert sparkify("audit").returncode == 0


@pytest.mark.slow
def test_audit_fails_on_a_star_that_was_tampered_with(sparkify: Sparkify, lake: Lake) -> None:
    sparkify("etl", "--events", lake.events, "--songs", lake.songs)
    with closing(connect(read_only=False)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO songs SELECT * FROM songs")
    done = sparkify("audit")
    assert done.returncode == 1
    assert "songs" in done.last_words


@pytest.mark.slow
def test_sample_writes_what_etl_loads(sparkify: Sparkify, tmp_path: Path) -> None:
    out = tmp_path / "sample"
    done = sparkify("sample", "--out", str(out), "--events", "500", "--songs", "20", "--days", "3")
    assert (done.returncode, done.stdout) == (0, f"500 events and 20 songs in 23 files under {out}\n")
    sparkify("etl", "--events", str(out / "log_data"), "--songs", str(out / "song_data"))
    assert fetch("SELECT event_rows, song_rows FROM batches") == [(500, 20)]


def test_sql_answers_in_every_format(sparkify: Sparkify, lake: Lake) -> None:
    sparkify("etl", "--events", lake.events)
    query = "SELECT user_id, first_name, song_id, song_duration, start_time FROM songplays JOIN users USING (user_id)"
    table, as_csv, as_json = (sparkify("sql", query, "--format", form).stdout for form in ("table", "csv", "json"))
    assert "first_name" in table
    assert "Sylvie" in table
    assert list(csv.reader(io.StringIO(as_csv))) == [
        ["user_id", "first_name", "song_id", "song_duration", "start_time"],
        ["10", "Sylvie", "", "99.16036", "2018-11-12 02:37:38.796000"],
    ]
    assert json.loads(as_json) == [
        {
            "user_id": 10,
            "first_name": "Sylvie",
            "song_id": None,
            "song_duration": 99.16036,
            "start_time": "2018-11-12 02:37:38.796000",
        }
    ]


@pytest.mark.parametrize(
    ("statement", "reason"),
    often(
        [
            ("DELETE FROM songplays", "DELETE may write"),
            ("SELECT 1; SELECT 2", "one statement is wanted, and another begins after ;"),
            ("SELECT pg_read_file('/etc/passwd')", "pg_read_file() is not among"),
            ("SELECT set_config('transaction_read_only', 'off', false)", "set_config() is not among"),
            ("SELECT * FROM nothing_like_it", 'relation "nothing_like_it" does not exist'),
        ]
    ),
)
def test_sql_only_reads(sparkify: Sparkify, lake: Lake, statement: str, reason: str) -> None:
    sparkify("etl", "--events", lake.events)
    done = sparkify("sql", statement)
    assert done.returncode == 1
    assert reason in done.last_words
    assert fetch("SELECT COUNT(*) FROM songplays") == [(1,)]


def test_a_prefect_home_below_folders_that_are_not_there_is_made(
    sparkify: Sparkify, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "a/b/prefect"))
    assert sparkify("sql", "SELECT 1").returncode == 0
    assert (tmp_path / "a/b/prefect").is_dir()


def test_the_version_is_that_of_the_package_that_is_installed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"sparkify {version('sparkify-warehouse')}\n"


def test_reset_empties_everything_but_only_when_told_so(sparkify: Sparkify, lake: Lake) -> None:
    sparkify("etl", "--events", lake.events)
    assert sparkify("reset").returncode == 2
    assert fetch("SELECT COUNT(*) FROM songplays") == [(1,)]
    assert sparkify("reset", "--yes").returncode == 0
    assert fetch("SELECT COUNT(*) FROM songplays") == [(0,)]
    assert fetch("SELECT COUNT(*) FROM loaded_files") == [(0,)]


def test_provision_makes_the_tables_of_the_local_warehouse(sparkify: Sparkify) -> None:
    done = sparkify("provision")
    assert (done.returncode, done.stdout) == (0, "local is ready\n")
    assert fetch("SELECT COUNT(*) FROM songplays") == [(0,)]


@pytest.mark.parametrize("command", ["pause", "resume", "teardown --confirm local"])
def test_what_only_aws_has_says_so_on_the_local_warehouse(sparkify: Sparkify, command: str) -> None:
    done = sparkify(*command.split())
    assert done.returncode == 1
    assert "failed: the local warehouse is not on AWS: there is nothing to pause" in done.last_words


def test_nothing_is_torn_down_where_nobody_can_confirm_it(sparkify_process: Sparkify) -> None:
    done = sparkify_process("teardown", "--warehouse", "redshift-cluster/prod")
    assert done.returncode == 1
    assert done.last_words == (
        "sparkify teardown failed: nothing was deleted: nobody is there to confirm it; "
        "give --confirm redshift-cluster/prod"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("", "sparkify: error: name a command, such as sparkify etl; sparkify --help lists them"),
        ("nothing", 'sparkify: error: Unknown command "nothing". Available commands: etl, audit, rebuild, retract,'),
        ("etl --what", "sparkify etl: error: Unknown option: --what."),
        ("etl --quarantine-budget 0.51", "--quarantine-budget: '0.51' is not a share between 0 and 0.5, such as 0.01"),
        ("etl --quarantine-budget -0.1", "'-0.1' is not a share between 0 and 0.5"),
        ("etl --quarantine-budget 1%", "'1%' is not a share between 0 and 0.5"),
        ("etl --quarantine-budget nan", "'nan' is not a share between 0 and 0.5"),
        ("etl --events x --add-source --moved-from y", "--add-source and --moved-from exclude each other"),
        ("sample", "sparkify sample: error: --out is required"),
        ("sample --out x --events 0", "--events: 0 is less than 1"),
        ("sample --out x --events ten", "--events: 'ten' is not a whole number"),
        ("sample --out x --events 1e3", "--events: '1e3' is not a whole number"),
        ("sample --out", "--out wants a value"),
        ("sample --out x y", "nothing is known of y"),
        ("etl --full", "Unknown option: --full."),
        ("etl --no-full-refresh", "Unknown option: --no-full-refresh."),
        ("etl --events --songs x", "--events wants a value"),
        ("reset --yes=false", "--yes is required"),
        ("sql", "give one of these: a statement, @ and the name of a saved question, --file, --list"),
        ("sql @top-songs --list", "give one of these: a statement,"),
        ("sql --lst", "--lst looks like an option, and is none here"),
        ("sql --list --format xml", '"xml" for --format. Choose from: "table", "csv", "csv-safe", "json".'),
        ("sql --list --param days", "--param: 'days' is not NAME=VALUE, such as days=7"),
        ("sql --list --limit -1", "--limit: -1 is less than 0"),
        ("etl --what\x1b[2J", r"Unknown option: --what\x1b[2J."),
        ("\x1b[2J", r'Unknown command "\x1b[2J".'),
        ("reset\x1b --yes", r'Unknown command "reset\x1b"'),
        ("reset --yes \x1b[2J", r"nothing is known of \x1b[2J"),
    ],
)
def test_wrong_usage_is_exit_status_2(sparkify: Sparkify, arguments: str, words: str) -> None:
    done = sparkify(*arguments.split())
    assert done.returncode == 2
    assert words in done.last_words


def test_a_closed_standard_output_fails_no_command() -> None:
    command = ("sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-m", "cli", "sql", "--list")
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
