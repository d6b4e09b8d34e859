"""What errors say: their own lines, and no others."""

import pickle

import psycopg2
import pytest

from lake.locations import no_files
from tests.hostile import HOSTILE, SEEN
from warehouse import StorageError, UntranslatableSql, WarehouseError, failure_message


def test_a_name_in_a_message_forges_no_line() -> None:
    assert str(StorageError(f"s3://lake/{HOSTILE} is empty")) == f"s3://lake/{SEEN} is empty"
    assert str(no_files("events", f"s3://lake/{HOSTILE}")).startswith(f"--events s3://lake/{SEEN}: there is no file")
    assert str(UntranslatableSql(f"no {HOSTILE}", 3, "line 1")) == f"no {SEEN} (line 1)"


def test_the_lines_of_a_message_stay_lines_also_when_it_is_raised_elsewhere() -> None:
    error = StorageError("2 files cannot be read:", f"- {HOSTILE}", "- b")
    assert str(error).split("\n") == ["2 files cannot be read:", f"- {SEEN}", "- b"]
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert failure_message(error) == str(error)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("line 1\nline \x1b[2J\u202e2"), "line 1\nline \\x1b[2J\\u202e2"),
        (OSError(2, "no such file", HOSTILE), f"[Errno 2] no such file: {HOSTILE!r}"),
        (psycopg2.DataError(f'invalid: "{HOSTILE}"\nDETAIL: x'), None),
        (WarehouseError(), "WarehouseError"),
    ],
)
def test_what_others_say_is_shown_as_it_can_be_seen(error: Exception, said: str | None) -> None:
    lines = SEEN.replace("\\r\\n", "; ")
    assert failure_message(error) == (said or f'DataError: invalid: "{lines}"; DETAIL: x')
