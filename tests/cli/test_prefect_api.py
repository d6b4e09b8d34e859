"""A Prefect API that the settings name and that is not there: told at once, by its address and with the remedy."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_CLOUD_API_URL,
    PREFECT_SERVER_ALLOW_EPHEMERAL_MODE,
    temporary_settings,
)

from cli.__main__ import main
from cli.prefect_api import require_named_api
from deployments.deploy import deploy
from tests.variants import often

PAGE = "what answers there is not Prefect's API; did you leave out /api at its end?"


@contextmanager
def answering(status: int, body: bytes, asked: list[str]) -> Iterator[str]:
    """Something that answers every request in the same way; what it was asked goes to a list."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    often(
        [
            (200, b"<!DOCTYPE html>", PAGE),
            (200, b'{"version": "3.8.8"}', PAGE),
            (404, b"", f"{PAGE.partition(';')[0]} (status 404); did you leave out /api at its end?"),
            (401, b"", "the server refuses the credentials (401); set PREFECT_API_AUTH_STRING, or PREFECT_API_KEY"),
            (502, b"", "no Prefect server can be reached there (status 502); look at its log, or try again later"),
        ],
        2,
    ),
)
def test_what_answers_and_is_not_prefect_is_asked_once_and_named(
    monkeypatch: pytest.MonkeyPatch, status: int, body: bytes, problem: str
) -> None:
    asked: list[str] = []
    with answering(status, body, asked) as address, temporary_settings({PREFECT_API_URL: f"{address}/api"}):
        monkeypatch.setenv("PREFECT_API_URL", f"{address}/api")
        with pytest.raises(ConnectionError) as failure:
            require_named_api()
    assert str(failure.value) == f"PREFECT_API_URL={address}/api: {problem}"
    assert asked == ["/api/admin/version"]


@pytest.mark.parametrize(("status", "body"), often([(429, b""), (200, b'"3.8.8"')]))
def test_what_is_prefect_is_taken_for_it_also_where_it_is_busy(status: int, body: bytes) -> None:
    with answering(status, body, []) as address, temporary_settings({PREFECT_API_URL: f"{address}/api"}):
        assert require_named_api()


def test_prefect_cloud_is_asked_whether_it_is_well() -> None:
    asked: list[str] = []
    with answering(200, b"", asked) as address:
        cloud = {PREFECT_CLOUD_API_URL: f"{address}/api", PREFECT_API_URL: f"{address}/api/accounts/1/workspaces/2"}
        with temporary_settings(cloud):
            assert require_named_api()
    assert asked == ["/api/accounts/1/workspaces/2/health"]


@pytest.mark.parametrize(
    "command", often(["etl", "audit", "sql SELECT/**/1 --warehouse redshift-cluster/prod", "provision", "reset --yes"])
)
def test_an_address_where_nobody_answers_is_named_by_every_command(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    with temporary_settings({PREFECT_API_URL: "http://user:secret@127.0.0.1:9/api"}):
        assert main(command.split()) == 1
    name, _, words = capsys.readouterr().err.splitlines()[-1].partition(" failed: ")
    assert (name, words) == (
        f"sparkify {command.split(maxsplit=1)[0]}",
        "PREFECT_API_URL=http://127.0.0.1:9/api (of a Prefect profile: see prefect config view): no Prefect server can "
        "be reached there ([Errno 111] Connection refused); start it, or correct the address (where none is named, "
        "sparkify starts a server of its own)",
    )


def test_deploying_to_nobody_is_told() -> None:
    with (
        temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}),
        pytest.raises(
            ConnectionError, match=r"PREFECT_API_URL=http://127.0.0.1:9/api.*no Prefect server can be reached"
        ),
    ):
        deploy(None)


def test_settings_that_name_no_server_and_let_none_start_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with temporary_settings({PREFECT_SERVER_ALLOW_EPHEMERAL_MODE: False}, restore_defaults={PREFECT_API_URL}):
        assert main(["sample", "--out", str(tmp_path / "lake")]) == 1
    assert capsys.readouterr().err == (
        "sparkify sample: starting ...\n"
        "sparkify sample failed: Prefect's settings name no server, and let none be started: set PREFECT_API_URL\n"
    )
