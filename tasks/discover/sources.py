"""Sources: the locations that a warehouse is loaded from; after its first load it refuses other lakes.

Plays are keyed by session and item: of two lakes that number their sessions alike, each would overwrite plays of the
other. So a load from a location that is neither in, nor above, nor below the known ones needs an option that says why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import sql
from lake.locations import BEGINS, find_place
from lake.object_store import FILE_SCHEME, overlap
from sql.datasets import DATASETS, OPTIONS
from sql.tables import STAR, loaded_from
from tasks.batch import Batch
from tasks.discover.discovery import Source, source
from tasks.discover.locations import Location, common_location, listed, widest
from tasks.discover.moving import Move, find_moves, move
from tasks.fencing import fence
from tasks.retries import io_task
from tasks.run_log import run_logger
from tasks.sample_lake import are_sample, is_of_sample_lake, sample_lake
from tasks.session import session
from tasks.wording import files_loaded_are
from warehouse import StorageError, Store, Warehouse


@dataclass(frozen=True)
class LakeOptions:
    """The options of a run about its lake: where it is, and whether it has moved or is a further one."""

    sources: tuple[Source, ...]
    add_source: bool = False
    moved_from: str | None = None
    """The folder that it has moved from, as a URL that ends with a slash."""


@dataclass(frozen=True)
class Sources:
    """The locations that a run loads, those of the warehouse after it, and whether these are others than before."""

    loaded: tuple[Source, ...]
    known: tuple[Location, ...]
    are_new: bool

    @property
    def are_sample(self) -> bool:
        """Whether the warehouse holds the sample lake and nothing else."""
        return are_sample(each.url for each in self.known)


def lake_options(lake: Mapping[str, str | None], *, add_source: bool, moved_from: str | None) -> LakeOptions:
    """Read the options about the lake: where each dataset is, and what that means.

    Raises:
        StorageError: a URL is invalid, or options exclude each other.
    """
    if add_source and moved_from is not None:
        raise StorageError("--add-source and --moved-from exclude each other: run with one, then with the other")
    sources = tuple(source(dataset, location) for dataset, location in lake.items() if location is not None)
    old = None if moved_from is None else f"{source('moved-from', moved_from).url.rstrip('/')}/"
    return LakeOptions(sources, add_source, old)


@io_task("find sources", timeout_seconds=3600)
def find_sources(warehouse: Warehouse, batch: Batch, options: LakeOptions, *, full_refresh: bool) -> Sources:
    """Decide what a run loads: the given URLs, or the lake of the block, or the known sources, or else the sample lake.

    Where the lake has moved, its URLs in the ledger, in quarantine and in `sources` are updated; nothing else changes.

    Raises:
        StorageError: a location is of another lake than the known ones, the move is ambiguous, or a full refresh
            would lose files that are elsewhere.
    """
    with session(warehouse) as connection, connection, connection.cursor() as cursor:
        if options.moved_from is not None:  # links are of folders, where each query sees what is committed by then
            fence(cursor)
        wanted = options.sources or _lake_of_block(warehouse)
        given = [_locate(warehouse.store, each) for each in wanted]
        for location in given:
            _require_apart(location, warehouse.work_url)
        before = read_known(cursor)
        known = _follow(cursor, warehouse, batch, _links(before), before)
        if options.moved_from is not None:
            moves = find_moves(cursor, warehouse.store, given, options.moved_from, known)
            arrived = [location for location in given if location.dataset in {each.dataset for each in moves}]
            known = _follow(cursor, warehouse, batch, moves, [*known, *arrived])
        if not options.add_source:
            _require_known(warehouse, given, known)
        if full_refresh:
            _require_located(cursor, [*given, *known])
        locations = _to_load(warehouse, options, given, known)
        if full_refresh:
            _require_covered(cursor, locations, known)
    after = widest([*known, *locations])
    return Sources(tuple(location.source for location in locations), tuple(after), are_new=after != before)


def _follow(
    cursor: sql.Cursor, warehouse: Warehouse, batch: Batch, moves: Sequence[Move], known: Sequence[Location]
) -> list[Location]:
    """Record moves in the ledger, and return the known locations as they are then."""
    if moves:
        fence(cursor)
    for each in moves:
        move(cursor, warehouse, batch, each)
        known = each.follow(known)
    if moves:
        record_sources(cursor, batch, widest(known))
    return widest(known)


def expected_sources(warehouse: Warehouse, options: LakeOptions) -> list[Source]:
    """Return what a run will load if nothing is wrong, without a task run; none: it will make a sample lake."""
    if options.sources:
        return list(options.sources)
    with session(warehouse) as connection, connection.cursor() as cursor:
        return [location.source for location in read_known(cursor)]


def read_known(cursor: sql.Cursor) -> list[Location]:
    """Read the locations that the warehouse is loaded from: from `sources`, or from the ledger while that is empty."""
    kept = _read_kept(cursor)
    return kept or widest(common_location(*map(str, row)) for row in sql.fetch(cursor, "inspect/loaded_ranges"))


def _read_kept(cursor: sql.Cursor) -> list[Location]:
    return [Location(str(dataset), str(url)) for dataset, url in sql.fetch(cursor, "inspect/sources")]


def record_sources(cursor: sql.Cursor, batch: Batch, known: Sequence[Location]) -> None:
    """Keep the locations that the warehouse is loaded from."""
    kept = set(_read_kept(cursor))
    for location in sorted(kept.difference(known)):
        sql.run(cursor, "clear/sources", dataset=location.dataset, url=location.url)
    values: dict[str, object] = {}
    rows = ({**asdict(location), "batch_id": batch.batch_id} for location in sorted(set(known).difference(kept)))
    for statement in sql.entry("sources", rows, values):
        cursor.execute(statement, values)


@io_task("keep sources")
def keep_sources(warehouse: Warehouse, batch: Batch, sources: Sources) -> None:
    """Keep the locations of a run that found nothing new there; one that loads something keeps them as it publishes."""
    with session(warehouse) as connection, connection, connection.cursor() as cursor:
        fence(cursor)
        record_sources(cursor, batch, sources.known)


def _lake_of_block(warehouse: Warehouse) -> tuple[Source, ...]:
    """Return the lake of the block, which is in folders, as the rights of COPY's role are; a local one has none."""
    return tuple(source(dataset, f"{url}/") for dataset, url in warehouse.lake.items())


def _require_apart(location: Location, work_url: str) -> None:
    """Refuse a lake that overlaps the work folder of the pipeline: a run would load its own manifests."""
    if overlap(location.url, work_url) or location.covers(work_url):
        raise StorageError(
            f"--{location.dataset} {location.source.url} overlaps {work_url}, where runs write; give another prefix"
        )


def _locate(store: Store, given: Source) -> Location:
    """Find out whether a URL is a folder, a single file, or the beginning of names."""
    location = Location(given.dataset, find_place(store, given.url))
    if location.url == f"{given.url}{BEGINS}":
        words = "%s: no file and no folder is named %s: it stands for all whose names begin so, %s"
        run_logger().info(words, given.dataset, given.url, location.url)
    return location


def _links(known: Sequence[Location]) -> list[Move]:
    """Find known folders whose path is a symbolic link by now: to the ledger they have moved to where it points."""
    folders = {(location.dataset, location.folder) for location in known if location.folder.startswith(FILE_SCHEME)}
    own = {each: source(*each).url for each in folders}
    return [Move(*each, each[1], url) for each, url in sorted(own.items()) if url != each[1]]


def _to_load(
    warehouse: Warehouse, options: LakeOptions, given: Sequence[Location], known: Sequence[Location]
) -> list[Location]:
    """Choose what is loaded: the given URLs; else the lake of the block with added sources; else the known sources.

    A local warehouse without any gets the sample lake.
    """
    if options.sources:
        return list(given)
    further = [location for location in known if not any(location.is_of_the_lake_of(other) for other in given)]
    locations = [*given, *further] or [_locate(warehouse.store, each) for each in _sample_lake()]
    which = "the lake of the block" if given else "the lake that this warehouse knows" if known else "the sample lake"
    run_logger().info("no URL is given: loading %s, %s", which, listed(locations))
    return locations


def _sample_lake() -> list[Source]:
    return [source(*each) for each in sample_lake().items()]


def _require_known(warehouse: Warehouse, given: Sequence[Location], known: Sequence[Location]) -> None:
    """Refuse a location of another lake than the known ones."""
    for location in given:
        others = [each for each in known if each.dataset == location.dataset]
        if others and not any(location.is_of_the_lake_of(each) for each in others):
            raise StorageError(_stranger(warehouse, location, others))


def _stranger(warehouse: Warehouse, location: Location, known: Sequence[Location]) -> str:
    """Return a message with the sources of the warehouse, and what to do."""
    is_local, is_sample = not warehouse.lake, are_sample(each.url for each in known)
    sample = ", the sample lake" if any(is_of_sample_lake(each.url) for each in known) else ""
    reset = "sparkify reset --yes" if is_local else "sparkify reset --yes with this --warehouse"
    instead = "this command with --replace-sample" if is_sample else f"{reset}, then this command again"
    apart = "set SPARKIFY_HOME to another folder" if is_local else "use a block with another schema_name"
    return (
        f"--{location.dataset} {location.url} is another lake than the one that is loaded here: {listed(known)}"
        f"{sample}. Plays are keyed by session and item, so two lakes would overwrite each other's; nothing was "
        f"loaded. To load this lake instead: {instead}. To have both: {apart} for this one. If "
        "the lake has moved here: --moved-from and its old URL. If this is a further part of it, or its sessions have "
        "numbers of their own: --add-source"
    )


def _require_located(cursor: sql.Cursor, locations: Sequence[Location]) -> None:
    """Refuse to empty the star of a dataset whose source is neither given nor in the ledger."""
    limits = {f"{table}_limit": 1 for table in STAR}
    rows = sql.fetch_named(cursor, "inspect/rows_held", {"star": STAR}, batch_id=0, **limits)
    held = {row["table_name"] for row in rows if row["rows_held"]}
    located = {location.dataset for location in locations}
    others = [dataset for name, dataset in DATASETS.items() if name not in located]
    if unlocated := [dataset.name for dataset in others if held.intersection(loaded_from(dataset))]:
        what = " and ".join(unlocated)
        raise StorageError(
            f"--full-refresh empties the whole star, and the ledger has lost where the {what} in it were loaded from; "
            f"nothing was changed. Give all of the lake: {' and '.join(OPTIONS)}"
        )


def _require_covered(cursor: sql.Cursor, locations: Sequence[Location], known: Sequence[Location]) -> None:
    """Refuse to empty the star of files that are not in the locations that it will be loaded from.

    A known location without a file in the ledger is one whose ledger rows are lost.
    """
    lost, forgotten = [], []
    for dataset in DATASETS:
        covering = [location for location in locations if location.dataset == dataset]
        versions = sql.fetch_named(cursor, "inspect/file_versions", dataset=dataset, folder="")
        loaded = {version["url"] for version in versions}
        lost += [url for url in sorted(loaded) if not any(location.covers(url) for location in covering)]
        others = [each for each in known if each.dataset == dataset and not any(p.covers(each.url) for p in covering)]
        forgotten += [each for each in others if not any(map(each.covers, loaded))]
    if not lost and not forgotten:
        return
    files = files_loaded_are(len(lost))
    what = (
        f"{files} not in {listed(locations)}, such as {lost[0]}"
        if lost
        else f"the ledger has lost what was loaded from {listed(forgotten)}, which may not be in {listed(locations)}"
    )
    raise StorageError(
        f"--full-refresh empties the whole star, and {what}; nothing was changed. Give no URL, to load all sources "
        "of this warehouse, or all whole URLs; or, to have nothing but these, run sparkify reset --yes first"
    )
