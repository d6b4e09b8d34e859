"""`sparkify status`: what is loaded, how fresh, what ran, what failed and why; also where not all of it is known."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from cli.__main__ import main
from cli.status import find_places
from flows.etl import etl
from flows.retract import retract
from reports.status import Status
from tasks.code_version import code_version
from tests.cli.done import Ask, Done
from tests.flows.lakes import Lake
from tests.state import execute, fetch, forget_everything, held
from tests.variants import often
from warehouse import CopyError, open_warehouse

MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?")
LINES = 24
"""How many lines a screen has."""


@pytest.fixture
def ask(warehouse: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ask:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        status = main(["status", *arguments])
        return Done(status, *capsys.readouterr())

    return run


def fail(lake: Lake) -> str:
    """Let a run fail, and return why."""
    lake.log("2018-11-13", {"level": "premium"})
    with pytest.raises(CopyError) as failure:
        etl(**lake.there)
    return str(failure.value)


def test_a_loaded_warehouse_is_one_screen(ask: Ask, lake: Lake, sparkify_home: Path) -> None:
    etl(**lake.there)
    etl(**lake.there)
    done = ask()
    assert (done.status, done.stderr) == (0, "")
    shown = MOMENT.sub("TIME", re.sub(r"[\d,]+ days ago", "DAYS ago", re.sub(r"\d+ s ", "N s ", done.stdout)))
    shown = re.sub(r"\d\d+$", "N", shown, flags=re.MULTILINE)
    assert [line for line in shown.splitlines() if not line.startswith(("data docs  ", "report  "))] == [
        "local: ok",
        "newest event  TIME UTC, DAYS ago",
        f"events        1 file: file://{lake.events}/",
        f"songs         1 file: file://{lake.songs}/",
        "rows          artists 1, lake_events 1, lake_songs 1, songplays 1, songs 1, time 1, users 1",
        "held by       nobody",
        f"version       sparkify {code_version()}, tables 9",
        f"logs          {sparkify_home}/postgres/log",
        "",
        "batch  began (UTC)          took  status       files  event rows  song rows  quarantined  requests",
        "2      TIME  N s   nothing new                                             N",
        "1      TIME  N s   published    2      1           1          0            N",
    ]


def test_a_program_gets_everything(ask: Ask, lake: Lake) -> None:
    log = lake.log("2018-11-12", {}, {"itemInSession": 1, "level": "premium"})
    etl(**lake.there, quarantine_budget=0.5)
    Path(lake.songs, "TRAAAAW128F429D538.json").rename(Path(lake.songs, "TRB.json"))
    log.write_text(log.read_text().replace("premium", "paid"))
    etl(**lake.there)
    told = json.loads(ask("--format", "json").stdout)
    newest, first = told["batches"]
    assert [MOMENT.fullmatch(told[name].removesuffix("Z")) is not None for name in ("asked_at", "newest_event_at")]
    assert told["newest_event_at"] == "2018-11-12T02:37:38.796000Z"
    assert told["lag_s"] > 0
    assert newest["duration_s"] > 0
    assert all(each["requests"] > 20 and 0 < each["request_s"] < each["duration_s"] for each in (newest, first))
    assert (told["health"], told["errors"], told["tables_version"], told["lease"]) == ("ok", [], 9, None)
    assert [(each["status"], each["event_rows"], each["quarantined_rows"]) for each in (newest, first)] == [
        ("published", 2, 0),
        ("published", 1, 1),
    ]
    assert told["sources"] == [
        {
            "dataset": "events",
            "url": f"file://{lake.events}/",
            "files": 1,
            "vanished_files": 0,
            "replaced_versions": 1,
            "retracted_versions": 0,
        },
        {
            "dataset": "songs",
            "url": f"file://{lake.songs}/",
            "files": 2,
            "vanished_files": 1,
            "replaced_versions": 0,
            "retracted_versions": 0,
        },
    ]
    assert {(each["change"], each["url"]) for each in told["changed_files"]} == {
        ("vanished", f"file://{lake.songs}/TRAAAAW128F429D538.json"),
        ("replaced", f"file://{log}"),
    }
    assert told["rows"]["lake_events"] == 2
    assert (told["next_run"], "logs" in told["places"]) == (None, True)


@pytest.mark.slow
def test_what_was_retracted_is_not_the_newest_event_and_the_beginning_of_names_is_a_source(
    ask: Ask, lake: Lake
) -> None:
    etl(events=f"{lake.events}/2018-11*")
    lake.log("2018-11-13", {"itemInSession": 1, "ts": 1542076658796})
    etl()
    told = json.loads(ask("--format", "json").stdout)
    assert (told["newest_event_at"], told["sources"][0]["files"]) == ("2018-11-13T02:37:38.796000Z", 2)
    retract(batch=2, confirm=True)
    told = json.loads(ask("--format", "json").stdout)
    assert told["newest_event_at"] == "2018-11-12T02:37:38.796000Z"
    assert [(each["url"], each["files"], each["retracted_versions"]) for each in told["sources"]] == [
        (f"file://{lake.events}/2018-11*", 1, 1)
    ]


def test_a_failed_run_is_an_error_until_one_has_put_it_right(ask: Ask, lake: Lake) -> None:
    etl(**lake.there)
    reason = fail(lake)
    lake.log("2018-11-13", {"itemInSession": 1})
    etl(**lake.there, dry_run=True)
    done = ask()
    assert done.status == 1
    last_words = done.stderr.splitlines()[-1]
    assert re.fullmatch(
        rf"sparkify status failed: the last run, batch 2, failed .* UTC: {re.escape(reason)}", last_words
    )
    lines = done.stdout.splitlines()
    assert lines[0] == "local: error"
    assert any(line.startswith(f"batch 2 failed: {reason}"[:100]) for line in lines)
    told = json.loads(ask("--format", "json").stdout)
    assert (told["health"], told["batches"][1]["reason"]) == ("error", reason)
    etl(**lake.there)
    assert ask().status == 0


@pytest.mark.parametrize(("hours", "health"), often([(40, "error"), (30, "warning"), (23, "ok")]))
def test_events_that_are_too_old_are_a_warning_and_then_an_error(ask: Ask, lake: Lake, hours: int, health: str) -> None:
    etl(**lake.there)
    execute(f"UPDATE batches SET newest_event_at = DATEADD(MINUTE, {-60 * hours - 5}, GETDATE())")
    assert ask().status == 0
    done = ask("--max-lag", "24h/36h")
    old = f"the newest event is of TIME UTC, {hours} h ago, more than {24 if health == 'warning' else 36} h: "
    remedy = "see whether the app still writes its log, and run sparkify etl"
    told = [MOMENT.sub("TIME", line) for line in done.stdout.splitlines()]
    assert (told[0], f"{health}: {old}{remedy}" in told) == (f"local: {health}", health != "ok")
    assert (done.status, old in MOMENT.sub("TIME", done.stderr)) == (int(health == "error"), health == "error")
    as_json = json.loads(ask("--max-lag", "24h/36h", "--format", "json").stdout)
    counts = {"ok": (0, 0), "warning": (0, 1), "error": (1, 0)}[health]
    assert (as_json["health"], (len(as_json["errors"]), len(as_json["warnings"]))) == (health, counts)


def test_no_event_at_all_is_too_old(ask: Ask, lake: Lake) -> None:
    etl(songs=lake.songs)
    assert "no event is loaded: see whether" in ask("--max-lag", "36h").stderr
    forget_everything()
    assert ask("--max-lag", "36h").status == 0


def test_a_limit_that_cannot_be_read_is_wrong_usage(ask: Ask) -> None:
    done = ask("--max-lag", "2d/1d")
    assert (done.status, "warns no earlier than it fails" in done.stderr) == (2, True)


def test_who_holds_the_warehouse_is_named_and_not_disturbed(ask: Ask, lake: Lake) -> None:
    etl(**lake.there)
    execute("UPDATE batches SET status = 'running', ended_at = NULL WHERE batch_id = 1")
    leases = fetch("SELECT COUNT(*) FROM leases")
    with held("busy-bee"):
        done = ask()
    assert done.status == 0
    assert re.search(r"^held by +run 'busy-bee' since .* UTC, last seen .* UTC$", done.stdout, re.MULTILINE)
    assert fetch("SELECT COUNT(*) - 1 FROM leases") == leases
    execute("DELETE FROM heartbeats", "DELETE FROM leases")
    died = "the run of batch 1 died: its batch is still running, and no run holds the warehouse"
    assert ask().stderr == f"sparkify status failed: {died}\n"


def test_a_warehouse_of_another_version_is_named(ask: Ask) -> None:
    execute("DELETE FROM schema_versions WHERE version > 8")
    older = "the tables are of an older version, and lack 0009_record_what_batches_used: run sparkify etl first"
    assert ask() == Done(1, "", f"sparkify status failed: {older}\n")
    execute("INSERT INTO schema_versions VALUES (9999, 'what_is_to_come', GETDATE())")
    assert "the tables are of version 9999 (what_is_to_come)" in ask().stderr
    forget_everything()


def test_a_table_that_is_lost_is_named(ask: Ask) -> None:
    execute("DROP TABLE loaded_files")
    lost = "tables are not there: loaded_files; run sparkify etl, which says what is lost"
    assert ask() == Done(1, "", f"sparkify status failed: {lost}\n")
    forget_everything()


@pytest.mark.parametrize("state", ["no home", "no tables"])
def test_where_nothing_is_loaded_it_says_so(
    ask: Ask, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if state == "no home":
        monkeypatch.setenv("SPARKIFY_HOME", str(tmp_path / "home"))
    forget_everything() if state == "no tables" else None
    assert ask() == Done(0, "local: nothing is loaded yet\nrun: sparkify etl\n", "")
    assert not (tmp_path / "home").exists()
    told = json.loads(ask("--format", "json").stdout)
    assert (told["tables_version"], told["batches"], told["newest_event_at"]) == (0, [], None)


def test_places_are_named_that_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKIFY_HOME", str(tmp_path))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    target, status = open_warehouse("local"), Status("local", 8)
    assert find_places(target, status) == {}
    for place in ("data-docs/index.html", "reports/insights.html", "postgres/log"):
        (tmp_path / place).parent.mkdir()
        (tmp_path / place).touch()
    assert find_places(target, status) == {
        "data_docs": f"file://{tmp_path}/data-docs/index.html",
        "report": f"{tmp_path}/reports/insights.html",
        "logs": f"{tmp_path}/postgres/log",
    }


def test_what_names_and_reasons_hold_is_one_screen_that_can_be_seen(ask: Ask, lake: Lake) -> None:
    etl(**lake.there)
    execute(
        "UPDATE batches SET status = 'failed', reason = REPEAT('a\x1b[2J\nb\u202e', 400)",
        *(
            "INSERT INTO batches (batch_id, flow_run_id, flow_run_name, started_at, status, reason) "
            f"SELECT {number}, flow_run_id, flow_run_name, started_at, status, reason FROM batches WHERE batch_id = 1"
            for number in range(2, 20)
        ),
    )
    done = ask()
    assert "\x1b" not in done.stdout + done.stderr
    assert "\u202e" not in done.stdout + done.stderr
    assert len(done.stdout.splitlines()) <= LINES
    assert max(map(len, done.stdout.splitlines())) < 1000


@pytest.mark.slow
def test_it_needs_no_prefect(ask: Ask, lake: Lake) -> None:
    etl(**lake.there)
    needless = ("prefect", "pydantic", "great_expectations", "rich.console")
    code = f"import sys; from cli.__main__ import main; print(main(), [n for n in {needless} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code, "status"], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"


@contextmanager
def prefect_answering(status: int, body: object) -> Iterator[tuple[str, list[object]]]:
    """Something that answers as Prefect's API does; what it was asked goes to a list."""
    asked: list[object] = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            wanted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((self.path, wanted["flows"], self.headers["Authorization"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/api", asked
        server.shutdown()


def test_the_next_run_of_this_warehouse_is_told_where_a_server_is_named(
    ask: Ask, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    etl(**lake.there)
    scheduled = [
        {"expected_start_time": "2026-12-01T01:00:00Z", "parameters": {"warehouse": "redshift-cluster/prod"}},
        {"expected_start_time": "2026-12-01T02:00:00Z", "parameters": {}},
    ]
    with prefect_answering(200, scheduled) as (api, asked):
        monkeypatch.setenv("PREFECT_API_URL", api.replace("//", "//a:b@"))
        done = ask()
    assert re.search(r"^next run +2026-12-01 02:00:00 UTC$", done.stdout, re.MULTILINE)
    [(run,)] = fetch("SELECT flow_run_id FROM batches")
    assert f"{api.removesuffix('/api')}/runs/flow-run/{run}" in done.stdout
    assert asked == [("/api/flow_runs/filter", {"name": {"any_": ["sparkify-etl"]}}, "Basic YTpi")]


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (200, [], "none is scheduled"),
        (401, {"exception_message": "Unauthorized"}, "HTTP Error 401: Unauthorized"),
        (200, {"not": "runs"}, "does not tell"),
        (200, "<!DOCTYPE html>", "does not tell"),
        (
            "http://me:secret@127.0.0.1:9/api",
            None,
            "server at http://127.0.0.1:9/api does not tell (<urlopen error [Errno",
        ),
        ("http://me:secret@ho st/api", None, "server at http://ho st/api does not tell"),
        ("ftp://prefect", None, "it is no http:// or https:// address"),
    ],
)
def test_a_server_that_does_not_tell_the_next_run_is_no_error(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, status: int | str, body: object, told: str
) -> None:
    with prefect_answering(status if isinstance(status, int) else 200, body) as (api, _):
        monkeypatch.setenv("PREFECT_API_URL", api if isinstance(status, int) else status)
        done = ask()
    assert (done.status, done.stderr) == (0, "")
    assert told in done.stdout
    assert "secret" not in done.stdout
