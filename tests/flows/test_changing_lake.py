"""Whatever happens to a lake between runs, the star is that of one load of its files as they are."""

import os
import shutil
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from expectations.running.results import ExpectationsFailed
from flows.erase import erase
from flows.etl import etl
from flows.retract import retract
from tasks.provision.provisioning import provision
from tasks.validate.proof import find_imbalances, hold_against_lake
from tests.expectations.rows import execute
from tests.flows.changing import BLANK, Key, Model, Move, change
from tests.flows.lakes import Lake, read_star
from tests.flows.model import expected_star
from tests.flows.test_order_independence import EVENTS, REFUSE, SONGS, SPOILERS
from tests.stages import bare_stages
from tests.state import fetch, forget_rows
from warehouse import BudgetExceeded, CopyError, StorageError, connect, open_warehouse

FIRST = 5
SEQUENCES = int(os.environ.get("SPARKIFY_TEST_LAKES", "25"))
MOVES = 20
BUDGET = 0.5
PORTIONS = (1, 2, 3, 100_000)
"""How many files a batch of a run has at most."""
FAILURES = (CopyError, ExpectationsFailed, StorageError, psycopg2.InternalError)


CREDITS = st.sampled_from((("mercy", "Pavement", 60), ("mercy", "pavement", 60), ("Here", "Pavement", 60)))
"""Title, artist and seconds: so few that songs and plays often match, and no longer do once one is corrected."""
PLAYED = st.builds(
    lambda event, session, item, credit: {
        **event,
        "sessionId": session,
        "itemInSession": item,
        **(dict(zip(("song", "artist", "length"), credit, strict=True)) if event["song"] else {}),
    },
    EVENTS,
    st.integers(1, 3),
    st.integers(0, 5),
    CREDITS,
)
SUNG = st.builds(
    lambda song, song_id, credit: {
        **song,
        "song_id": song_id,
        **dict(zip(("title", "artist_name", "duration"), credit, strict=True)),
    },
    SONGS,
    st.sampled_from(("SOAAAAAAAAAAAAAAAA", "SOBBBBBBBBBBBBBBBB")),
    CREDITS,
)


def _move(kind: str, dataset: str) -> st.SearchStrategy[Move]:
    rows = st.lists(PLAYED, min_size=1, max_size=8) if dataset == "events" else st.lists(SUNG, min_size=1, max_size=1)
    return st.builds(Move, st.just(kind), st.integers(0, 7), st.just(dataset), rows.map(tuple))


KINDS = (
    "add",
    "add",
    "correct",
    "correct",
    "change a row",
    "spoil rows",
    "spoil rows",
    "put back",
    "put back",
    "copy",
    "contradict",
    "contradict",
    "contradict",
    "rename",
    "vanish",
    "run",
    "run",
    "run",
    "fail",
    "refresh",
    "retract a file",
    "retract a file",
    "retract a batch",
    "erase",
)
DATASETS = ("events", "songs")
ANY_MOVE = st.sampled_from([(kind, dataset) for kind in KINDS for dataset in DATASETS]).flatmap(
    lambda pair: _move(*pair)
)


ANY_LIFE = settings(
    max_examples=SEQUENCES,
    deadline=None,
    derandomize=SEQUENCES == 25,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


FIRST_FILES = st.lists(
    st.sampled_from(("events", "songs")).flatmap(lambda dataset: _move("add", dataset)), min_size=FIRST, max_size=FIRST
)


@pytest.mark.slow
@pytest.mark.timeout(300 * SEQUENCES)
@ANY_LIFE
@given(first=FIRST_FILES, moves=st.lists(ANY_MOVE, min_size=MOVES, max_size=MOVES))
def test_the_star_equals_the_lake_after_any_changes(tmp_path: Path, first: list[Move], moves: list[Move]) -> None:
    with bare_stages():
        _live(Lake(tmp_path / "lake"), first, moves)


def _live(lake: Lake, first: Iterable[Move], moves: Iterable[Move]) -> None:
    """Load the first files of a lake by one run, and let happen what happens then; an audit finds nothing."""
    forget_rows()
    provision.fn(open_warehouse("local"))
    with closing(connect(read_only=False)) as connection, connection:
        execute(connection, REFUSE)
    shutil.rmtree(lake.folder, ignore_errors=True)
    model = Model()
    for move in first:
        change(lake, model, move)
    _run(lake, model)
    for move in moves:
        _happen(lake, model, move)
    _run(lake, model)
    warehouse = open_warehouse("local")
    with closing(warehouse.connect()) as connection, connection.cursor() as cursor:
        assert find_imbalances(cursor) == []
        assert hold_against_lake(connection, warehouse.schema) == []


def _happen(lake: Lake, model: Model, move: Move) -> None:
    """Let something happen to the lake or the warehouse."""
    if move.kind == "run":
        _run(lake, model, batch_files=PORTIONS[move.which % len(PORTIONS)])
    elif move.kind == "fail":
        _fail(lake, model, sorted(SPOILERS)[move.which % len(SPOILERS)])
    elif move.kind == "refresh":
        _run(lake, model, full_refresh=model.known <= {*lake.there})
    elif move.kind == "erase":
        _erase(model, str(10 + move.which))
    elif move.kind.startswith("retract") and model.loaded:
        _retract(lake, model, move)
    else:
        change(lake, model, move)


def _fail(lake: Lake, model: Model, spoiled_by: str) -> None:
    """Let a run fail, and compare what it leaves with what was there; then run again without what spoils it."""
    spoiler = lake.log("spoiler", SPOILERS[spoiled_by])
    before = _state()
    with pytest.raises(FAILURES):
        etl(**lake.there)
    assert _state() == before
    spoiler.unlink()
    if not any(spoiler.parent.iterdir()):
        spoiler.parent.rmdir()
    _run(lake, model)


def _run(lake: Lake, model: Model, *, batch_files: int = 100_000, full_refresh: bool = False) -> None:
    """Run the flow, and compare what comes of it with one load of all that counts."""
    if not lake.there:
        return
    without_missing = bool(model.needs_missing()) and not full_refresh
    if without_missing:
        with pytest.raises(StorageError, match="--without-missing"):
            etl(**lake.there, batch_files=batch_files)
    etl(
        **lake.there,
        batch_files=batch_files,
        full_refresh=full_refresh,
        without_missing=without_missing,
        quarantine_budget=BUDGET if model.bad_rows_in_lake(model.files) else 0,
    )
    model.load(_batches(), full_refresh=full_refresh)
    _compare(model)


def _retract(lake: Lake, model: Model, move: Move) -> None:
    """Take a file or a batch back, and compare what is left; of what is needed again, bad rows may be too many."""
    there = sorted(model.loaded)
    key = there[move.which % len(there)]
    batch = model.batches[key]
    keys = {key} if move.kind == "retract a file" else {each for each in there if model.batches[each] == batch}
    what = {"files": str(lake.path(*key))} if move.kind == "retract a file" else {"batch": batch}
    again = model.loaded_with(keys)
    without_missing = bool(again - {*model.files})
    if without_missing:
        with pytest.raises(StorageError, match="--without-missing"):
            retract(**what, confirm=True)
    if len(model.bad_rows_in_lake(again)) > len(model.quarantined(again & {*model.files})):
        before = _state()
        with pytest.raises((BudgetExceeded, *FAILURES)):
            retract(**what, confirm=True, without_missing=without_missing)
        assert _state() == before
        return
    retract(**what, confirm=True, without_missing=without_missing)
    model.retract(keys, _batches())
    _compare(model)


def _erase(model: Model, user_id: str) -> None:
    """Forget a person, of whom there may be nothing, and compare what is left."""
    erase(user=int(user_id), confirm=True, in_advance=True)
    model.erased.add(user_id)
    _compare(model)


def _batches() -> dict[Key, int]:
    """Return which batch has loaded each file, by the ledger: runs divide a lake as they see fit."""
    current = fetch("SELECT dataset, url, batch_id FROM loaded_files WHERE is_current")
    return {(str(dataset), _name(url)): int(str(batch_id)) for dataset, url, batch_id in current}


def _name(url: object) -> str:
    return Path(str(url)).stem.removesuffix("-events")


def _state() -> tuple[object, ...]:
    return read_star(), fetch("SELECT url, line_number FROM quarantine ORDER BY url, line_number"), _batches()


def _compare(model: Model) -> None:
    """Compare star, lake tables, ledger and quarantine with what one load of all that counts would give."""
    assert read_star() == expected_star(model.documents("events"), model.documents("songs"))
    for dataset in BLANK:
        assert fetch(f"SELECT COUNT(*) FROM lake_{dataset}") == [(len(model.documents(dataset)),)]
    assert _batches() == model.batches
    lines = fetch("SELECT url, line_number FROM quarantine")
    assert sorted((_name(url), int(str(line))) for url, line in lines) == model.quarantined(model.loaded)
