"""The recipes of sql/README.md work, word for word: each is followed in a copy of the project, which then loads a lake.

The copy works on the warehouse that the project itself has loaded before. All suites run there, in Great Expectations.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flows.etl import etl
from tests.flows.lakes import Lake
from tests.sql.recipes import ROOT, recipes
from tests.stages import bare_stages
from tests.state import forget_everything
from tests.test_rooms import MAY_IMPORT

COLUMN, DIMENSION, DATASET = "Add a column from the logs to songplays", "Add a dimension", "Add a dataset"
LOADING = """
import sys
from pathlib import Path

from expectations.running.results import ExpectationsFailed
from expectations.running.run import run_suites
from flows.audit import audit
from flows.etl import etl
from tasks.validate import quality
from tests.flows.lakes import Lake
from tests.stages import bare_stages
from tests.state import fetch

lake = Lake(Path(sys.argv[1]))
BATCH_TABLES = "SELECT rows_before, rows_added, rows_removed, rows_after FROM batch_tables WHERE table_name = "
with bare_stages():
    quality.run_suites = run_suites
"""
DECLARED = "from tests.sql.test_declared_once import check_everything; check_everything()"


def copy_with(recipe: str, folder: Path) -> Path:
    """Copy the project and follow a recipe in the copy."""
    for room in (*MAY_IMPORT, "tests"):
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    for step in recipes()[recipe]:
        step.follow(folder)
    return folder


def run_in(copy: Path, program: str, *arguments: str) -> str:
    """Run a program in the copy, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake of which one day has been loaded, by the project as it is."""
    lake = Lake(tmp_path / "lake")
    lake.song("TRAAAAW128F429D538", {})
    lake.log("2018-11-12", {"status": 307})
    forget_everything()
    with bare_stages():
        etl(events=lake.events, songs=lake.songs)
    lake.log("2018-11-13", {"sessionId": 2, "userId": "11", "location": "Chicago-Naperville-Elgin, IL-IN-WI"})
    return lake


def test_the_recipes_name_no_python_but_suites_and_the_declaration_of_datasets() -> None:
    files = {name: [step.file for step in steps] for name, steps in recipes().items()}
    assert [*files] == [COLUMN, DIMENSION, DATASET]
    python = [file for steps in files.values() for file in steps if file.endswith(".py")]
    assert [file for file in python if not file.startswith("expectations/")] == ["sql/datasets.py"]
    assert {name: len(steps) for name, steps in files.items()} == {COLUMN: 7, DIMENSION: 4, DATASET: 10}


@pytest.mark.slow
@pytest.mark.parametrize("recipe", [COLUMN, DIMENSION, DATASET])
def test_a_recipe_fits_the_files_as_they_are_and_leaves_nothing_undeclared(recipe: str, tmp_path: Path) -> None:
    run_in(copy_with(recipe, tmp_path / "copy"), DECLARED)


@pytest.mark.slow
def test_a_column_reaches_songplays_of_a_warehouse_that_is_there(lake: Lake, tmp_path: Path) -> None:
    program = """
    from sql.questions import question

    etl(events=lake.events, songs=lake.songs)
    assert fetch("SELECT session_id, status FROM songplays ORDER BY 1") == [(2, 200), (345, None)]
    etl(full_refresh=True)
    assert fetch("SELECT session_id, status FROM songplays ORDER BY 1") == [(2, 200), (345, 307)]
    assert fetch(question("plays-by-status").text) == [(200, 1), (307, 1)]
    audit()
    lake.log("2018-11-14", {"sessionId": 3, "status": 999})
    try:
        etl()
    except ExpectationsFailed as failure:
        assert "songplays.status" in str(failure) and "status is one of HTTP" in str(failure)
    else:
        raise AssertionError("a status that is none was published")
"""
    run_in(copy_with(COLUMN, tmp_path / "copy"), LOADING + program, str(lake.folder))


@pytest.mark.long
def test_a_dimension_is_made_loaded_counted_and_emptied_with_the_others(lake: Lake, tmp_path: Path) -> None:
    program = """
    from reports.diagram import diagram
    from reports.dictionary import dictionary
    from sql.tables import STAR, read_table

    chicago, washington = ("Chicago-Naperville-Elgin", "IL-IN-WI"), ("Washington", "DC")
    held = "SELECT city, state FROM locations ORDER BY 1"
    etl(events=lake.events, songs=lake.songs)
    assert fetch(held) == [chicago]
    lake.log("2018-11-13", {"sessionId": 2, "userId": "11", "location": "Tulsa, OK"})
    etl()
    assert fetch(held) == [("Tulsa", "OK")]
    lake.log("2018-11-13", {"sessionId": 2, "userId": "11", "location": "Chicago-Naperville-Elgin, IL-IN-WI"})
    etl()
    etl(full_refresh=True)
    assert fetch(held) == [chicago, washington]
    (lake.folder / "log_data/2018-11-13-events.json").unlink()
    etl(full_refresh=True)
    assert fetch(held) == [washington]
    assert fetch(BATCH_TABLES + "'locations' ORDER BY batch_id") == [
        (0, 1, 0, 1), (1, 1, 1, 1), (1, 1, 1, 1), (1, 2, 1, 2), (2, 1, 2, 1)
    ]
    audit()
    assert ">locations</text>" in diagram([read_table(name) for name in STAR])
    assert "## locations" in dictionary()
"""
    run_in(copy_with(DIMENSION, tmp_path / "copy"), LOADING + program, str(lake.folder))


@pytest.mark.slow
def test_a_dataset_has_an_option_and_is_loaded_beside_the_others(lake: Lake, tmp_path: Path) -> None:
    program = """
    import json
    from cli.arguments import read
    from prefect.utilities.callables import parameter_schema
    from warehouse.redshift.blocks import RedshiftCluster

    (lake.folder / "playlists").mkdir()

    def deliver(number, user, *songs):
        playlist = {"user_id": user, "name": f"No. {number}", "song_ids": songs}
        (lake.folder / f"playlists/{number}.json").write_text(json.dumps(playlist))

    deliver(1, 10, "SOMZWCG12A8C13C480", "SOAAAAAAAAAAAAAAAA")
    deliver(2, 10)
    etl(events=lake.events, songs=lake.songs, playlists=str(lake.folder / "playlists"))
    loaded = [(10, "No. 1", "SOAAAAAAAAAAAAAAAA"), (10, "No. 1", "SOMZWCG12A8C13C480")]
    assert fetch("SELECT user_id, name, song_id FROM playlist_songs ORDER BY 3") == loaded
    assert fetch("SELECT COUNT(*) FROM loaded_files WHERE dataset = 'playlists'") == [(2,)]
    deliver(3, 11, "SOMZWCG12A8C13C480")
    etl()
    deliver(3, 11, "SOBBBBBBBBBBBBBBBB")
    etl()
    assert fetch("SELECT song_id FROM playlist_songs WHERE user_id = 11") == [("SOBBBBBBBBBBBBBBBB",)]
    etl(full_refresh=True)
    assert fetch("SELECT user_id, name, song_id FROM playlist_songs WHERE user_id = 10 ORDER BY 3") == loaded
    assert fetch(BATCH_TABLES + "'playlist_songs' ORDER BY batch_id") == [
        (0, 2, 0, 2), (2, 1, 0, 3), (3, 1, 1, 3), (3, 3, 3, 3)
    ]
    audit()
    assert read(["etl", "--playlists", "s3://lake/playlists"]).options["playlists"] == "s3://lake/playlists"
    assert "playlists" in parameter_schema(etl.fn).properties
    assert not RedshiftCluster.model_fields["playlists_url"].is_required()
"""
    run_in(copy_with(DATASET, tmp_path / "copy"), LOADING + program, str(lake.folder))
