"""What a command prints in the end, and its last words."""

import pytest

from cli.__main__ import main
from cli.console import print_resources, print_summary
from tasks.report import Summary, TableChange
from tasks.validate.bad_rows import BadRow
from tasks.validate.quarantine import Reason
from tests.hostile import HOSTILE, SEEN, is_plain
from warehouse.redshift.ownership import Resource


def test_a_summary_shows_names_and_values_as_they_can_be_seen(capsys: pytest.CaptureFixture[str]) -> None:
    row = BadRow("events", f"s3://lake/{HOSTILE}", 7, "level", "1204", f"{HOSTILE!r} is too long", HOSTILE)
    changes = (TableChange("users", 0, 1, 0, 0, 1, examples=f"added (song_id {HOSTILE})"),)
    print_summary(Summary(1, "Batch 1", changes, (Reason(3, row),), 3, data_docs=f"file:///w/[red]{HOSTILE}"))
    printed = capsys.readouterr().out
    assert is_plain(printed)
    assert f"first at s3://lake/{SEEN} line 7: " in printed
    assert f"- users: added (song_id {SEEN})" in printed
    assert f"Data Docs: /w/[red]{SEEN}" in printed


def test_row_counts_of_several_batches_are_said_to_be_sums(capsys: pytest.CaptureFixture[str]) -> None:
    changes = (TableChange("users", 0, 1, 1, 0, 1),)
    print_summary(Summary(2, "Batch 2", changes, earlier=("Batch 1",)))
    printed = " ".join(capsys.readouterr().out.split())
    assert "Lake and star, summed over 2 batches: a row counts in each that added, changed or removed it" in printed


def test_a_list_of_resources_shows_their_names_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    print_resources("prod is ready", [Resource("bucket", "[red]\x1b[2J\u202e", "created", "")])
    printed = capsys.readouterr().out
    assert is_plain(printed)
    assert "[red]\\x1b[2J\\u202e" in printed


@pytest.mark.parametrize("arguments", [["sql", "x", "--format", HOSTILE], ["stop", HOSTILE], [HOSTILE]])
def test_wrong_usage_is_one_line_that_shows_what_was_typed_as_it_can_be_seen(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr().err
    assert is_plain(printed)
    assert SEEN in printed.splitlines()[-1]
    assert len(printed.splitlines()) == 2


def test_the_last_line_names_a_lake_as_it_can_be_seen(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["etl", "--events", f"/nowhere/{HOSTILE.replace('/', '')}"]) == 2
    printed = capsys.readouterr().err
    assert is_plain(printed)
    last = printed.splitlines()[-1]
    assert last.endswith(": there is no file there; check the URL")
    assert f"--events file:///nowhere/{SEEN.replace('/', '')}: " in last
