"""How faults are told: the first ten, at least one of each kind, and how many there are in all."""

import json
from pathlib import Path

from expectations.running.results import Violation
from tasks.stage.load_errors import LoadError
from tasks.validate.bad_rows import Fault, describe_faults, evidence, look_up, refused
from tasks.validate.evidence import StagedRows
from warehouse import Store


def load_errors(url: str, column: str, lines: range, *, value: str | None = "x") -> list[LoadError]:
    return [LoadError(url, line, column, "integer", "", value, 1207, "Invalid digit") for line in lines]


def described(*faults: Fault) -> list[str]:
    return describe_faults(look_up(Store(), faults)).splitlines()


def test_one_fault_is_one_sentence() -> None:
    [fault] = refused("events", load_errors("s3://lake/a", "userid", range(7, 8)))
    assert described(fault) == [
        "s3://lake/a line 7, column \"userid\": 'x': Invalid digit (code 1207). "
        "Correct the file and run again; nothing was loaded"
    ]


def test_of_many_faults_the_first_ten_are_listed_and_all_are_counted() -> None:
    many = refused("events", load_errors("s3://lake/b", "userid", range(1, 1235)))
    few = refused("songs", load_errors("s3://lake/a", "year", range(8, 10)))
    said = "'x': Invalid digit (code 1207)"
    assert described(*few, *many) == [
        "1,236 faults in rows; nothing was loaded. Correct the files and run again, or allow for bad rows with "
        "--quarantine-budget:",
        *(f'- s3://lake/a line {line}, column "year": {said}' for line in (8, 9)),
        *(f'- s3://lake/b line {line}, column "userid": {said}' for line in range(1, 9)),
        "- and 1,226 more: in all 1,234 of events.userid, 1207; 2 of songs.year, 1207",
    ]


def test_values_that_the_load_errors_lack_are_read_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text("\n".join(json.dumps({"userId": f"user {line}"}) for line in range(1, 4)))
    [fault] = refused("events", load_errors(f"file://{file}", "userid", range(2, 4), value=None))
    assert [line.rpartition('"userid": ')[2] for line in described(fault)[1:]] == [
        "'user 2': Invalid digit (code 1207)",
        "'user 3': Invalid digit (code 1207)",
    ]


def test_a_value_never_reaches_the_terminal_as_it_is() -> None:
    reason = "Invalid digit, Value '\x1b', Pos 0"
    rejected = LoadError("s3://lake/a", 1, "userid", "integer", "", "\x1b[31m\ud800", 1207, reason)
    [said] = described(*refused("events", [rejected]))
    assert said.partition('"userid": ')[2].startswith(
        r"'\x1b[31m\ud800': Invalid digit, Value '\x1b', Pos 0 (code 1207)"
    )


def test_a_personal_value_is_in_no_message_though_its_line_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('{"firstName":"Canary","userId":1}\n{"gender":"Canary","userId":2}')
    long = LoadError(
        f"file://{file}", 1, "firstname", "varchar", "3", "Canary", 1204, "String length exceeds DDL length"
    )
    rule = Violation("staging_events", "in_set", "gender", "critical", "it is F or M", "is not F", condition="TRUE")
    rows = StagedRows((("gender", 1043), ("userid", 23)), [("Canary", 2)])
    broken = Fault("events", 1, (), rule, tuple(Store().list(f"file://{file}")), rows)
    faults = [*refused("events", [long]), broken]
    assert described(*faults)[1:] == [
        f'- file://{file} line 1, column "firstname": the value is too long, VARCHAR(3) allows 3 bytes',
        f'- file://{file} line 2, column "gender": the value is not F; it is F or M',
    ]
    assert ["Canary" in row.raw for row in evidence(Store(), faults)] == [True, True]
