"""Wrong usage is told at once: before a server or a database starts, and before anything slow is imported."""

from pathlib import Path

import pytest

from cli.__main__ import main
from tests.cli.fresh import Refused, refused
from tests.flows.lakes import Lake

UNKNOWN = (
    "is not known: use 'local', or a saved block, such as redshift-cluster/NAME or redshift-serverless/NAME "
    "('prefect block ls' lists them)"
)
NOT_ON_AWS = (
    "failed: the local warehouse is not on AWS: there is nothing to pause, resume or tear down; name a saved block, "
    "such as --warehouse redshift-cluster/NAME"
)


def test_what_is_wrong_with_a_command_is_told_before_anything_starts(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    file = f"{tmp_path}/file"
    forms = "give s3://bucket/prefix, file:///folder or a folder"
    cases = {
        f"etl --events {tmp_path}/none": f"--events file://{tmp_path}/none: there is no file there; check the URL",
        f"etl --songs {tmp_path}/empty": f"--songs file://{tmp_path}/empty: there is no file there; check the URL",
        f"etl --events {file}/log": f"--events file://{file}/log: {file} is not a folder; check the URL",
        "etl --events ": f"--events is empty: {forms}",
        "etl --events https://lake/log_data": f"--events https://lake/log_data: {forms}",
        "etl --events s3://": f"--events s3://: {forms}",
        "etl --songs file://data": (
            "'file://data' names no absolute path: write file:///absolute/path, with three slashes"
        ),
        f"etl --warehouse redshift-cluster/prod --events {lake.events}": (
            f"file://{lake.events}: Redshift reads from S3 only, not from folders; give s3://bucket/prefix"
        ),
        "etl --moved-from /old": "--moved-from file:///old/: name the new place of the lake with --events and --songs",
        f"etl --moved-from https://old --events {lake.events}": f"--moved-from https://old: {forms}",
        "etl --warehouse redshift": f"warehouse 'redshift' {UNKNOWN}",
        "audit --warehouse redshift-cluster/Prod": f"warehouse 'redshift-cluster/Prod' {UNKNOWN}",
        "sql x --warehouse redshift-cluster/": f"warehouse 'redshift-cluster/' {UNKNOWN}",
        "teardown --warehouse slack-webhook/prod": f"warehouse 'slack-webhook/prod' {UNKNOWN}",
        f"sample --out {lake.folder}": (
            f"{lake.folder}/log_data already holds a lake; remove it or choose another folder"
        ),
        f"sample --out {file}/lake": f"--out {file}/lake: {file} is a file, not a folder",
        "sample --out x --seed -1": "Invalid value for --seed: -1 is less than 0",
        f"insights --out {tmp_path}": f"--out {tmp_path} is a folder: name a file, such as {tmp_path}/report.html",
        f"insights --out {file}/x.html": f"--out {file}/x.html: {file} is a file, not a folder",
        "insights --out /proc/none/x.html": "--out /proc/none/x.html: nothing can be written to /proc",
        "etl --batch-files 0": "Invalid value for --batch-files: 0 is less than 1",
        "etl --batch-files -1": "Invalid value for --batch-files: -1 is less than 1",
        "etl --batch-bytes 10GB": "Invalid value for --batch-bytes: '10GB' is not a whole number",
        "ui --port 65536": "Invalid value for --port: 65536 is more than 65535",
    }
    commands = [case.split(" ") for case in cases]
    expected = [Refused(2, f"sparkify {case.split()[0]}: error: {words}") for case, words in cases.items()]
    home = tmp_path / "home"
    assert refused({"SPARKIFY_HOME": str(home), "PREFECT_HOME": str(home / "prefect")}, *commands) == expected
    assert not home.exists()


def test_what_only_aws_has_is_refused_for_the_local_warehouse_before_anything_starts(tmp_path: Path) -> None:
    commands = ("pause", "resume", "teardown")
    ended = refused({"SPARKIFY_HOME": str(tmp_path / "home")}, *([command] for command in commands))
    assert ended == [Refused(1, f"sparkify {command} {NOT_ON_AWS}") for command in commands]
    assert not (tmp_path / "home/postgres").exists()


def test_a_statement_that_is_missing_or_empty_starts_no_database(tmp_path: Path) -> None:
    commands = (["sql", ""], ["sql", " ; -- nothing"], ["sql", "--file", "/no/such.sql"])
    assert [ended.last_words for ended in refused({"SPARKIFY_HOME": str(tmp_path / "home")}, *commands)] == [
        "sparkify sql failed: the statement is empty: write one SELECT",
        "sparkify sql failed: the statement is empty: write one SELECT",
        "sparkify sql failed: /no/such.sql cannot be read: No such file or directory",
    ]
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--events", "/nowhere"], "--replace-sample needs the other lake: give --events and --songs"),
        (["--events", "/a", "--songs", "/b", "--dry-run"], "--dry-run and --replace-sample exclude each other"),
    ],
)
def test_to_replace_the_sample_needs_another_lake(
    capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str
) -> None:
    assert main(["etl", "--replace-sample", *arguments]) == 2
    assert reason in capsys.readouterr().err
