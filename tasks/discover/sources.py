"""Sources: the places that a warehouse is loaded from; from its first load on it knows them, and refuses other lakes.

Plays are known by session and item: of two lakes that number their sessions alike, each would overwrite plays of the
other. So a load from a place that is neither in, nor above, nor below the known ones has to be told what it is.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import sql
from lake.object_store import FILE_SCHEME, overlap
from sql.tables import STAR
from tasks.batch import Batch
from tasks.discover.discovery import DATASETS, Source, source
from tasks.discover.moving import Move, find_moves, move
from tasks.discover.places import Place, common_place, listed, widest
from tasks.retries import io_task
from tasks.run_log import run_logger
from tasks.sample_lake import is_of_sample_lake, sample_lake
from warehouse import StorageError, Store, Warehouse


@dataclass(frozen=True)
class Asked:
    """What a run was told of its lake: where it lies, and how that stands to where it lay before."""

    sources: tuple[Source, ...]
    add_source: bool = False
    moved_from: str | None = None
    """The folder that it has moved from, as a URL that ends with a slash."""


@dataclass(frozen=True)
class Sources:
    """The places that a run loads, those that the warehouse is loaded from after it, and whether these are others."""

    loaded: tuple[Source, ...]
    known: tuple[Place, ...]
    are_new: bool


def ask(events: str | None, songs: str | None, *, add_source: bool, moved_from: str | None) -> Asked:
    """Read where the lake lies, and has lain.

    Raises:
        StorageError: a URL is none, or both options are given.
    """
    if add_source and moved_from is not None:
        raise StorageError("--add-source and --moved-from exclude each other: run with one, then with the other")
    given = (("events", events), ("songs", songs))
    sources = tuple(source(dataset, location) for dataset, location in given if location is not None)
    old = None if moved_from is None else f"{source('moved-from', moved_from).url}/"
    return Asked(sources, add_source, old)


@io_task("find sources", timeout_seconds=3600)
def find_sources(warehouse: Warehouse, batch: Batch, asked: Asked, *, full_refresh: bool) -> Sources:
    """Decide what a run loads: what it is given, or the lake of the block, or what is known, or else the sample lake.

    Where the lake has moved, the ledger, quarantine and the known places follow; nothing else is changed.

    Raises:
        StorageError: a place is of another lake than the known ones, the move cannot be followed, or a full refresh
            would lose files that lie elsewhere.
    """
    with closing(warehouse.connect()) as connection, connection, connection.cursor() as cursor:
        asked_for = asked.sources or _lake_of_block(warehouse)
        for each in asked_for:
            _require_apart(each, warehouse.work_url)
        given = [_place(warehouse.store, each) for each in asked_for]
        before = read_known(cursor)
        known = _follow(cursor, warehouse, batch, _links(before), before)
        if asked.moved_from is not None:
            moves = find_moves(cursor, warehouse.store, given, asked.moved_from, known)
            arrived = [place for place in given if place.dataset in {each.dataset for each in moves}]
            known = _follow(cursor, warehouse, batch, moves, [*known, *arrived])
        if not asked.add_source:
            _require_known(warehouse, given, known)
        if full_refresh:
            _require_told(cursor, [*given, *known])
        places = _to_load(warehouse, asked, given, known)
        if full_refresh:
            _require_covered(cursor, places, known)
    after = widest([*known, *places])
    return Sources(tuple(place.source for place in places), tuple(after), are_new=after != before)


def _follow(
    cursor: sql.Cursor, warehouse: Warehouse, batch: Batch, moves: Sequence[Move], known: Sequence[Place]
) -> list[Place]:
    """Let the books follow, and return the known places as they are then."""
    for each in moves:
        move(cursor, warehouse, batch, each)
        known = each.follow(known)
    if moves:
        record_sources(cursor, batch, widest(known))
    return widest(known)


def expected_sources(warehouse: Warehouse, asked: Asked) -> list[Source]:
    """Tell what a run will load if nothing is wrong, without a task run; none: it will make a sample lake."""
    if asked.sources:
        return list(asked.sources)
    with closing(warehouse.connect()) as connection, connection.cursor() as cursor:
        return [place.source for place in read_known(cursor)]


def read_known(cursor: sql.Cursor) -> list[Place]:
    """Read the places that the warehouse is loaded from; one that has not kept them yet has a ledger that tells."""
    kept = _read_kept(cursor)
    return kept or widest(common_place(*map(str, row)) for row in sql.fetch(cursor, "inspect/loaded_ranges"))


def _read_kept(cursor: sql.Cursor) -> list[Place]:
    return [Place(str(dataset), str(url)) for dataset, url in sql.fetch(cursor, "inspect/sources")]


def record_sources(cursor: sql.Cursor, batch: Batch, known: Sequence[Place]) -> None:
    """Keep the places that the warehouse is loaded from."""
    kept = set(_read_kept(cursor))
    for place in sorted(kept.difference(known)):
        sql.run(cursor, "clear/sources", dataset=place.dataset, url=place.url)
    for place in sorted(set(known).difference(kept)):
        sql.run(cursor, "insert/sources", dataset=place.dataset, url=place.url, batch_id=batch.batch_id)


@io_task("keep sources")
def keep_sources(warehouse: Warehouse, batch: Batch, sources: Sources) -> None:
    """Keep the places of a run that found nothing new there; one that loads something keeps them as it publishes."""
    with closing(warehouse.connect()) as connection, connection, connection.cursor() as cursor:
        record_sources(cursor, batch, sources.known)


def _lake_of_block(warehouse: Warehouse) -> tuple[Source, ...]:
    """Return where the lake of the block lies; a local warehouse has none."""
    return tuple(map(source, DATASETS, warehouse.lake)) if warehouse.lake else ()


def _require_apart(place: Source, work_url: str) -> None:
    """Refuse a lake in which the pipeline writes, or that lies where it does: it would load its own manifests."""
    if overlap(place.url, work_url):
        raise StorageError(f"--{place.dataset} {place.url} overlaps {work_url}, where runs write; give another prefix")


def _place(store: Store, given: Source) -> Place:
    """Tell whether a URL is that of a single file: such a one can be opened."""
    try:
        store.open(given.url).close()
    except StorageError:
        return Place(given.dataset, f"{given.url}/")
    return Place(given.dataset, given.url)


def _links(known: Sequence[Place]) -> list[Move]:
    """Find folders that are known by another path than their own: by a link, maybe one that was put in their place."""
    folders = {(place.dataset, place.folder) for place in known if place.folder.startswith(FILE_SCHEME)}
    own = {each: source(*each).url + "/" for each in folders}
    return [Move(*each, each[1], url) for each, url in sorted(own.items()) if url != each[1]]


def _to_load(warehouse: Warehouse, asked: Asked, given: Sequence[Place], known: Sequence[Place]) -> list[Place]:
    """Choose what is loaded: the given URLs; else the lake of the block with what was added to it; else what is known.

    A local warehouse that knows nothing gets the sample lake.
    """
    if asked.sources:
        return list(given)
    further = [place for place in known if not any(place.is_of_the_lake_of(other) for other in given)]
    places = [*given, *further] or [_place(warehouse.store, each) for each in map(source, DATASETS, sample_lake())]
    which = "the lake of the block" if given else "the lake that this warehouse knows" if known else "the sample lake"
    run_logger().info("no URL is given: loading %s, %s", which, listed(places))
    return places


def _require_known(warehouse: Warehouse, given: Sequence[Place], known: Sequence[Place]) -> None:
    """Refuse a place of another lake than the known ones."""
    for place in given:
        others = [each for each in known if each.dataset == place.dataset]
        if others and not any(place.is_of_the_lake_of(each) for each in others):
            raise StorageError(_stranger(warehouse, place, others))


def _stranger(warehouse: Warehouse, place: Place, known: Sequence[Place]) -> str:
    """Say what the warehouse is loaded from, and what to do."""
    is_local = warehouse.lake is None
    sample = ", the sample lake" if any(is_of_sample_lake(each.url) for each in known) else ""
    reset = "sparkify reset --yes" if is_local else "sparkify reset --yes with this --warehouse"
    apart = "set SPARKIFY_HOME to another folder" if is_local else "use a block with another schema_name"
    return (
        f"--{place.dataset} {place.url} is another lake than the one that is loaded here: {listed(known)}{sample}. "
        "Plays are known by session and item, so two lakes would overwrite each other's; nothing was loaded. "
        f"To load this lake instead: {reset}, then this command again. To have both: {apart} for this one. If the lake "
        "has moved here: --moved-from and its old URL. If this is a further part of it, or its sessions have numbers "
        "of their own: --add-source"
    )


def _require_told(cursor: sql.Cursor, places: Sequence[Place]) -> None:
    """Refuse to empty the star of a dataset of which neither the run nor the books tell where it lies."""
    [rows] = sql.fetch_named(cursor, "inspect/rows_held", batch_id=0, **{f"{table}_rows": 1 for table in STAR})
    held = {
        "events": rows["users_rows"] or rows["time_rows"] or rows["songplays_rows"],
        "songs": rows["artists_rows"] or rows["songs_rows"],
    }
    told = {place.dataset for place in places}
    if untold := [dataset for dataset in DATASETS if held[dataset] and dataset not in told]:
        what = " and ".join(untold)
        raise StorageError(
            f"--full-refresh empties the whole star, and the books do not tell any more where the {what} in it were "
            "loaded from; nothing was changed. Give both --events and --songs"
        )


def _require_covered(cursor: sql.Cursor, places: Sequence[Place], known: Sequence[Place]) -> None:
    """Refuse to empty the star of what is not in the places that it will be loaded from.

    Of a known place in which the ledger has no file, it has lost them.
    """
    lost, forgotten = [], []
    for dataset in DATASETS:
        covering = [place for place in places if place.dataset == dataset]
        loaded = {str(url) for url, _ in sql.fetch(cursor, "inspect/ledger", dataset=dataset, url="")}
        lost += [url for url in sorted(loaded) if not any(place.covers(url) for place in covering)]
        others = [each for each in known if each.dataset == dataset and not any(p.covers(each.url) for p in covering)]
        forgotten += [each for each in others if not any(map(each.covers, loaded))]
    if not lost and not forgotten:
        return
    files = "1 file that was loaded is" if len(lost) == 1 else f"{len(lost):,} files that were loaded are"
    what = (
        f"{files} not in {listed(places)}, such as {lost[0]}"
        if lost
        else f"the ledger has lost what was loaded from {listed(forgotten)}, which may not be in {listed(places)}"
    )
    raise StorageError(
        f"--full-refresh empties the whole star, and {what}; nothing was changed. Give no URL, to load all places that "
        "this warehouse knows, or both whole URLs; or, to have nothing but these, run sparkify reset --yes first"
    )
