"""What a lake that has moved leaves of files that were loaded from both folders: each of them once."""

import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from flows.audit import audit
from flows.erase import erase
from flows.etl import etl
from flows.retract import retract
from tests.flows.lakes import Lake, read_star
from tests.state import fetch, forget_rows
from tests.variants import often
from warehouse import StorageError

pytestmark = pytest.mark.usefixtures("warehouse")

DAY, OTHER_DAY = "2018-11-12-events.json", "2018-11-13-events.json"
LAKE_ROWS = "SELECT COUNT(*) FROM lake_events"
Place = Callable[[], str]


@pytest.fixture
def old(lake: Lake) -> Path:
    """A folder with two days, of which a person has both."""
    lake.log("2018-11-12", {"level": "paid"}, {"itemInSession": 1, "userId": "11", "sessionId": 9})
    lake.log("2018-11-13", {"itemInSession": 2, "ts": 1541990258799})
    return Path(lake.events)


@pytest.fixture
def new(old: Path, tmp_path: Path) -> Path:
    """The folder that it is moved to, which has the first day by now."""
    folder = tmp_path / "new" / "log_data"
    folder.mkdir(parents=True)
    shutil.copy2(old / DAY, folder)
    return folder


def write(path: Path, *items: int) -> None:
    """Write plays of one session into a file, in the place of what it has."""
    text = (
        '{{"itemInSession": {}, "sessionId": 500, "ts": 1541990258796, "userId": "12", "level": "free", '
        '"auth": "Logged In", "page": "NextSong", "song": "Here", "artist": "Moby", "length": 60, "status": 200, '
        '"method": "PUT", "firstName": "Ryan", "lastName": "Smith", "gender": "M", "registration": 1540266185796}}'
    )
    path.write_text("\n".join(text.format(item) for item in items))


def load_both(old: Path, new: Path) -> None:
    """Load the old folder, then the new one."""
    etl(events=str(old))
    etl(events=str(new), add_source=True)


def load_both_new_first(old: Path, new: Path) -> None:
    """Load the new folder, then the old one."""
    etl(events=str(new))
    etl(events=str(old), add_source=True)


def load_another_version(old: Path, new: Path) -> None:
    """Load another version of a file from the new folder."""
    write(new / DAY, 1, 2)
    load_both(old, new)


def load_an_earlier_version(old: Path, new: Path) -> None:
    """Load a file from both folders, the new one first in another version and then in the same one."""
    write(new / DAY, 1, 2)
    load_both(old, new)
    shutil.copy2(old / DAY, new)
    etl(events=str(new))


def correct_on_the_way(old: Path, new: Path) -> None:
    """Load a file from both folders, and correct it before the lake is known to have moved."""
    load_both(old, new)
    write(new / DAY, 1, 2, 3)


def retract_the_old(old: Path, new: Path) -> None:
    """Take back what the old folder had of a file."""
    load_both(old, new)
    retract(files=str(old / DAY), confirm=True)


def erase_a_person(old: Path, new: Path) -> None:
    """Forget a person whose rows came from both folders."""
    load_both(old, new)
    erase(user=11, confirm=True)


def give_the_new_up(old: Path, new: Path) -> None:
    """Give up what the new folder had of a file that had vanished there, and is back."""
    write(new / "2018-11-14-events.json", 5)
    load_both(old, new)
    (new / DAY).unlink()
    write(new / "2018-11-14-events.json", 6)
    etl(events=str(new), without_missing=True)
    shutil.copy2(old / DAY, new)


BEFORE = [
    load_both,
    load_both_new_first,
    load_another_version,
    load_an_earlier_version,
    correct_on_the_way,
    retract_the_old,
    erase_a_person,
    give_the_new_up,
]


@pytest.mark.parametrize(
    "before",
    often(BEFORE, [load_both]),
    ids=lambda before: before.__name__,
)
def test_what_was_loaded_from_both_folders_counts_once_after_a_move(
    before: Callable[[Path, Path], None], old: Path, new: Path
) -> None:
    before(old, new)
    shutil.copy2(old / OTHER_DAY, new)
    etl(events=str(new), moved_from=str(old))
    star, rows = read_star(), fetch(LAKE_ROWS)
    audit()
    assert fetch("SELECT url, COUNT(*) FROM loaded_files WHERE is_current GROUP BY url HAVING COUNT(*) > 1") == []
    assert fetch(f"SELECT url FROM loaded_files WHERE url LIKE 'file://{old}%'") == []
    assert etl(events=str(new), moved_from=str(old)).headline.startswith("nothing new")  # as a schedule would ask again
    etl(full_refresh=True)
    assert (read_star(), fetch(LAKE_ROWS)) == (star, rows)
    forget_rows()
    if before is erase_a_person:
        erase(user=11, confirm=True, in_advance=True)
    etl(events=str(new))
    assert (read_star(), fetch(LAKE_ROWS)) == (star, rows)


@pytest.mark.slow
def test_a_batch_of_nothing_else_leaves_with_nothing_to_load(old: Path, new: Path) -> None:
    (old / OTHER_DAY).unlink()
    load_both(old, new)
    star = read_star()
    done = etl(events=str(new), moved_from=str(old))
    assert re.match(r"Batch 3: no rows loaded and validated in \d", done.headline)
    audit()
    assert (read_star(), fetch(LAKE_ROWS)) == (star, [(2,)])


@pytest.mark.slow
def test_a_version_that_was_retracted_in_the_new_folder_is_not_brought_back_by_the_old_one(
    old: Path, new: Path
) -> None:
    load_both(old, new)
    retract(files=str(new / DAY), confirm=True)
    shutil.copy2(old / OTHER_DAY, new)
    etl(events=str(new), moved_from=str(old))
    audit()
    assert fetch("SELECT session_id, item_in_session FROM songplays") == [(345, 2)]
    assert etl(events=str(new)).headline.startswith("nothing new")
    write(new / DAY, 1)
    etl(events=str(new))  # a newer version is loaded
    assert fetch("SELECT session_id, item_in_session FROM songplays ORDER BY 1") == [(345, 2), (500, 1)]


@pytest.mark.slow
def test_a_version_that_was_retracted_before_the_move_stays_out(old: Path, new: Path) -> None:
    (new / DAY).unlink()
    etl(events=str(old))
    retract(files=str(old / DAY), confirm=True)
    for name in (DAY, OTHER_DAY):
        shutil.copy2(old / name, new)
    assert etl(events=str(new), moved_from=str(old)).headline.startswith("nothing new")
    assert fetch("SELECT session_id, item_in_session FROM songplays") == [(345, 2)]
    audit()


@pytest.mark.slow
def test_a_file_that_was_loaded_from_both_folders_and_vanished_counts_once(old: Path, new: Path) -> None:
    load_both(old, new)
    shutil.copy2(old / OTHER_DAY, new)
    (new / DAY).unlink()
    etl(events=str(new), moved_from=str(old))
    audit()
    assert fetch(LAKE_ROWS) == [(3,)]
    assert fetch("SELECT COUNT(*) FROM songplays") == [(3,)]


@pytest.mark.slow
def test_where_the_first_rows_cannot_leave_yet_they_stay_in_ledger_and_lake_tables(old: Path, new: Path) -> None:
    load_both(old, new)
    star = read_star()
    message = rf"{OTHER_DAY} is not in the lake any more, but file://{new}/{DAY} was loaded from two folders, and they"
    with pytest.raises(StorageError, match=message):
        etl(events=str(new), moved_from=str(old))
    audit()
    assert (read_star(), fetch(LAKE_ROWS)) == (star, [(5,)])
    erase(user=11, confirm=True)
    audit()
    shutil.copy2(old / OTHER_DAY, new)
    done = etl(events=str(new))
    assert re.match(r"Batch \d+: 1 events loaded and validated", done.headline)
    audit()
    assert fetch(LAKE_ROWS) == [(2,)]


def urls_of_quarantine() -> Sequence[tuple[object, ...]]:
    return fetch("SELECT url, line_number FROM quarantine ORDER BY url, line_number")


@pytest.mark.slow
def test_lines_in_quarantine_are_there_once_too(old: Path, new: Path, lake: Lake) -> None:
    lake.log("2018-11-12", {}, {"level": "premium"})
    shutil.copy2(old / DAY, new)
    etl(events=str(old), quarantine_budget=0.5)
    etl(events=str(new), add_source=True, quarantine_budget=0.5)
    assert urls_of_quarantine() == [(f"file://{old}/{DAY}", 2), (f"file://{new}/{DAY}", 2)]
    shutil.copy2(old / OTHER_DAY, new)
    etl(events=str(new), moved_from=str(old))
    assert urls_of_quarantine() == [(f"file://{new}/{DAY}", 2)]
    audit()
