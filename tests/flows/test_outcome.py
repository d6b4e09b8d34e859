"""What a recipe came to counts: what is published stays so, whoever cannot be told, and whatever fails after COMMIT."""

import logging
import os
import signal
import subprocess
import sys
from asyncio import CancelledError
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import NoReturn

import httpx
import pytest
from prefect import flow, runtime
from prefect.exceptions import TerminationSignal

from cli.outcome import run_to_outcome
from flows.outcome import readable_failure
from tasks.best_effort import best_effort
from tasks.validate.quality import raise_if_bad
from tests.cli.test_startup import no_server as no_server  # noqa: PLC0414 - a fixture
from tests.flows.gateway import Gateway, cut_off_at_will
from tests.flows.lakes import Lake
from tests.state import fetch, read_only, statements_that_wait
from warehouse import StorageError

STATUS = "SELECT batch_id, status FROM batches ORDER BY 1"


@pytest.fixture
def gateway(prefect_server: str) -> Iterator[Gateway]:
    """The way to Prefect's server."""
    with cut_off_at_will(prefect_server) as made:
        yield made


@flow(name="outcome")
@readable_failure
def outcome(last: Callable[[], object]) -> str:
    """Do a last thing, and end well if it can be done."""
    last()
    return f"all of {runtime.flow_run.id}"


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The warnings of the project and of Prefect's engine."""
    return [line.getMessage() for line in caplog.records if line.levelno == logging.WARNING]


def test_a_flow_whose_server_goes_away_returns_what_it_did(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    assert run_to_outcome(lambda: outcome(gateway.close)).startswith("all of ")
    (warning,) = warnings(caplog)
    assert warning.startswith(f"Prefect's server at {gateway.api} cannot be reached (")


@pytest.mark.slow
def test_a_flow_that_fails_after_its_server_went_away_says_why_it_failed(gateway: Gateway) -> None:
    def fail() -> NoReturn:
        gateway.close()
        raise StorageError("file:///lake is empty")

    with pytest.raises(StorageError, match="file:///lake is empty"):
        run_to_outcome(lambda: outcome(fail))


def test_a_flow_that_never_reached_its_server_names_it(gateway: Gateway) -> None:
    gateway.close()
    with pytest.raises(ConnectionError, match=f"Prefect's server at {gateway.api} .*correct PREFECT_API_URL"):
        run_to_outcome(lambda: outcome(lambda: None))


@pytest.mark.slow
def test_bad_files_are_told_also_where_the_server_cannot_hear_of_them(gateway: Gateway) -> None:
    def fail() -> None:
        gateway.close()
        raise_if_bad([], ["s3://lake/a.json"], [])

    with pytest.raises(StorageError, match=r"s3://lake/a.json is empty: it holds no rows"):
        run_to_outcome(lambda: outcome(fail))


def test_an_error_that_nobody_foresaw_is_raised_as_it_is(prefect_server: str) -> None:
    def fail() -> NoReturn:
        raise KeyError("what")

    with pytest.raises(KeyError, match="what"):
        run_to_outcome(lambda: outcome(fail))


def test_what_is_only_tried_is_one_warning_with_what_to_do(
    prefect_server: str, caplog: pytest.LogCaptureFixture
) -> None:
    def last() -> None:
        with best_effort("pages are still there", "the next run deletes them"):
            raise PermissionError(13, "Permission denied", "/pages")

    assert run_to_outcome(lambda: outcome(last)).startswith("all of ")
    expected = "pages are still there: [Errno 13] Permission denied: '/pages'; the next run deletes them"
    assert warnings(caplog) == [expected]


@pytest.mark.slow
def test_a_time_limit_reached_in_what_is_only_tried_ends_nothing_else(
    prefect_server: str, caplog: pytest.LogCaptureFixture
) -> None:
    def last() -> None:
        with best_effort("pages are still there", "the next run deletes them"):
            while not Event().wait(0.05):  # Prefect interrupts nothing that waits for longer
                pass

    assert run_to_outcome(lambda: outcome.with_options(timeout_seconds=1)(last)).startswith("all of ")
    assert warnings(caplog) == ["pages are still there: the time limit was reached; the next run deletes them"]


INTERRUPTS = (KeyboardInterrupt(signal.SIGINT), TerminationSignal(signal.SIGTERM))


@pytest.mark.parametrize("interrupt", INTERRUPTS, ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("error", [CancelledError(), httpx.ReadTimeout("timed out")])
def test_an_interrupt_that_became_another_error_ends_the_run(error: BaseException, interrupt: BaseException) -> None:
    with pytest.raises(type(interrupt)) as ended, best_effort("pages are still there", "the next run deletes them"):
        raise error from interrupt
    assert ended.value is interrupt


@pytest.mark.parametrize("interrupt", INTERRUPTS, ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("error", [CancelledError(), RuntimeError("the session has ended")])
def test_an_interrupt_that_became_another_error_is_the_outcome_of_the_flow(
    error: BaseException, interrupt: BaseException
) -> None:
    @readable_failure
    def recipe() -> NoReturn:
        raise error from interrupt

    with pytest.raises(KeyboardInterrupt) as ended:
        run_to_outcome(recipe)
    assert ended.value.args == (signal.SIGINT if isinstance(interrupt, KeyboardInterrupt) else signal.SIGTERM,)


class Command:
    """`sparkify etl` in a process of its own, with a server of its own, held up at the first statement on a table."""

    def __init__(self, lake: Lake, environment: dict[str, str]) -> None:
        command = [sys.executable, "-m", "cli", "etl", "--events", lake.events]
        settings = {**environment, "COLUMNS": "200"}
        self.process = subprocess.Popen(
            command, env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def server(self) -> int:
        """The process of its Prefect server."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        (found,) = [int(each) for each in children if "serve.py" in Path(f"/proc/{each}/cmdline").read_text()]
        return found

    def wait_until_it_waits(self) -> None:
        """Wait until one of its statements waits for a lock."""
        while not statements_that_wait():
            assert self.process.poll() is None, self.process.communicate()
            Event().wait(0.1)

    def end(self) -> tuple[int, str, list[str]]:
        """Wait for its end, and return its exit status, what it printed, and the lines of its log."""
        out, log = self.process.communicate(timeout=240)
        return self.process.returncode, out, log.splitlines()


@pytest.mark.long
def test_a_command_whose_server_is_killed_publishes_prints_its_summary_and_warns_once(
    whole_flows: None, no_server: dict[str, str], lake: Lake
) -> None:
    with read_only("songplays"):
        command = Command(lake, no_server)
        command.wait_until_it_waits()
        os.kill(command.server(), signal.SIGKILL)
    status, out, log = command.end()
    assert status == 0, log
    assert "Batch 1: 1 events loaded and validated" in out
    assert fetch(STATUS) == [(1, "published")]
    (warning,) = [line for line in log if "WARNING" in line or "ERROR" in line or "rror" in line]
    assert "Prefect's server at http://127.0.0.1:" in warning
    assert warning.endswith("its pages of this run stay incomplete; batch 1 is published all the same")
    assert log[-1] == warning


def test_a_command_that_is_terminated_after_commit_says_that_the_batch_is_published(
    whole_flows: None, no_server: dict[str, str], lake: Lake
) -> None:
    with read_only("songplays"):
        command = Command(lake, no_server)
        command.wait_until_it_waits()
        server = command.server()
        os.kill(server, signal.SIGSTOP)  # the report waits for it
    while fetch(STATUS) != [(1, "published")]:
        Event().wait(0.1)
    command.process.send_signal(signal.SIGTERM)
    os.kill(server, signal.SIGCONT)
    status, _, log = command.end()
    assert (status, log[-1]) == (143, "sparkify etl: interrupted; batch 1 is published"), log
