"""dbt's sources and the data contract are what the tables are, and their own tools take them."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from reports.contracts import DBT, LOGICAL, ODCS, contracted, data_contract, dbt_sources

PROFILE = {"t": {"target": "t", "outputs": {"t": {
    "type": "postgres", "host": "localhost", "port": 5439, "user": "u", "password": "p", "dbname": "d", "schema": "s",
}}}}  # fmt: skip


def tables(file: Path) -> list[dict[str, Any]]:
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = content["schema"] if file == ODCS else content["sources"][0]["tables"]
    return found


def test_both_are_current() -> None:
    written = [path.read_text(encoding="utf-8") for path in (DBT, ODCS)]
    assert written == [dbt_sources(), data_contract()], "make docs writes them again"


@pytest.mark.parametrize(("file", "columns"), [(DBT, "columns"), (ODCS, "properties")])
def test_every_column_of_star_and_lake_is_there_and_described(file: Path, columns: str) -> None:
    wanted = {table.name: [column.name for column in table.columns] for table in contracted()}
    assert {each["name"]: [column["name"] for column in each[columns]] for each in tables(file)} == wanted
    assert [column["name"] for each in tables(file) for column in each[columns] if not column["description"]] == []


def test_dbt_tests_keys_and_references() -> None:
    [plays] = [each for each in tables(DBT) if each["name"] == "songplays"]
    tests = {column["name"]: column.get("data_tests") for column in plays["columns"]}
    assert tests["songplay_id"] == ["not_null", "unique"]
    assert tests["song_id"] == [
        {"relationships": {"arguments": {"to": "source('sparkify', 'songs')", "field": "song_id"}}}
    ]
    assert tests["location"] is None


def test_the_contract_has_types_keys_and_the_rules_of_the_suites() -> None:
    [users] = [each for each in tables(ODCS) if each["name"] == "users"]
    columns = {column["name"]: column for column in users["properties"]}
    assert (columns["user_id"]["primaryKey"], columns["user_id"]["required"]) == (True, True)
    assert columns["level"]["logicalType"] == "string"
    assert columns["last_event_at"]["logicalType"] == LOGICAL["TIMESTAMP"] == "timestamp"
    assert any("free" in rule["description"] for rule in columns["level"]["quality"])


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.mark.slow
def test_datacontract_cli_takes_the_contract() -> None:
    done = subprocess.run(
        [tool("datacontract"), "lint", str(ODCS)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_dbt_parses_the_sources(tmp_path: Path) -> None:
    dbt = tool("dbt")
    (tmp_path / "models").mkdir()
    shutil.copy(DBT, tmp_path / "models")
    project = {"name": "t", "version": "1.0.0", "profile": "t", "model-paths": ["models"]}
    (tmp_path / "dbt_project.yml").write_text(yaml.safe_dump(project))
    (tmp_path / "profiles.yml").write_text(yaml.safe_dump(PROFILE))
    (tmp_path / "models/plays.sql").write_text("SELECT user_id FROM {{ source('sparkify', 'songplays') }}")
    command = [
        dbt,
        "parse",
        "--project-dir",
        str(tmp_path),
        "--profiles-dir",
        str(tmp_path),
        "--no-send-anonymous-usage-stats",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
