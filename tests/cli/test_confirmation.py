"""What cannot be undone is shown first, and done once a person at a terminal has said yes, or with --confirm."""

import io
import sys
from collections.abc import Callable
from contextlib import nullcontext
from threading import Event

import pytest

from cli.commands import erase, retract
from cli.printing import ask, starting
from flows.etl import etl
from tests.flows.lakes import Lake
from tests.state import fetch
from tests.variants import often

pytestmark = pytest.mark.usefixtures("warehouse")

PLAYS = "SELECT COUNT(*) FROM songplays"
Answer = Callable[[str], None]


@pytest.fixture
def answer(lake: Lake, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Answer:
    """A loaded lake, and a person at a terminal who will type this; commands need no server of their own."""
    etl(events=lake.events, songs=lake.songs)
    monkeypatch.setattr("cli.prefect_server.own_server", lambda: nullcontext(lambda: None))
    monkeypatch.setattr("expectations.running.run.warm_up", lambda: None)

    monkeypatch.setenv("TERM", "dumb")  # no colours

    def type_in(text: str) -> None:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        stdin = io.StringIO(text)
        monkeypatch.setattr(stdin, "isatty", lambda: True)
        monkeypatch.setattr(sys, "stdin", stdin)

    return type_in


@pytest.mark.parametrize(
    ("typed", "plays"),
    often([("y\n", 0), ("\n", 1), (" Yes \n", 0), ("n\n", 1), ("", 1)], 2, pytest.mark.slow),
)
def test_a_preview_is_followed_by_a_question_whose_answer_counts(
    answer: Answer, capsys: pytest.CaptureFixture[str], typed: str, plays: int
) -> None:
    answer(typed)
    retract(batch=1)
    printed = capsys.readouterr().out
    assert "2 files would be retracted by --confirm; nothing was changed" in printed
    assert "Retract? [y/N] " in printed
    assert ("2 files retracted" in printed) == (plays == 0)
    assert fetch(PLAYS) == [(plays,)]


@pytest.mark.slow
def test_an_erasure_asks_too(answer: Answer, capsys: pytest.CaptureFixture[str]) -> None:
    answer("y\n")
    erase(user=10)
    assert "Erase? [y/N] " in capsys.readouterr().out
    assert fetch(PLAYS) == [(0,)]
    assert fetch("SELECT user_id FROM erased_users") == [(10,)]


@pytest.mark.slow
def test_with_confirm_nobody_is_asked(answer: Answer, capsys: pytest.CaptureFixture[str]) -> None:
    answer("n\n")
    retract(batch=1, confirm=True)
    assert "[y/N]" not in capsys.readouterr().out
    assert fetch(PLAYS) == [(0,)]


@pytest.mark.parametrize("stream", often(["stdin", "stdout"], other=pytest.mark.slow))
def test_in_a_pipe_nobody_is_asked_and_nothing_is_done(
    answer: Answer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, stream: str
) -> None:
    answer("y\n")
    monkeypatch.setattr(getattr(sys, stream), "isatty", lambda: False)
    retract(batch=1)
    printed = capsys.readouterr().out
    assert "2 files would be retracted" in printed
    assert "[y/N]" not in printed
    assert fetch(PLAYS) == [(1,)]


def test_a_command_that_is_starting_is_silent_while_it_asks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def type_slowly(_: str) -> str:
        capsys.readouterr()
        Event().wait(0.1)
        return capsys.readouterr().err

    monkeypatch.setattr("cli.printing.patience_s", lambda: 0.01)
    monkeypatch.setattr("builtins.input", type_slowly)
    with starting("sparkify teardown"):
        assert ask("Name? ") == ""


@pytest.mark.slow
def test_an_interrupt_at_the_question_ends_the_command_as_one(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> str:
        raise KeyboardInterrupt

    answer("")
    monkeypatch.setattr(sys.stdin, "readline", interrupt)
    with pytest.raises(KeyboardInterrupt):
        retract(batch=1)
    assert fetch(PLAYS) == [(1,)]
