"""A person who is forgotten is nowhere any more, and no later load brings them back."""

import shutil
from collections.abc import Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from expectations.running.results import ExpectationsFailed
from flows.audit import audit
from flows.erase import erase
from flows.etl import etl
from flows.rebuild import rebuild
from flows.reset import reset
from flows.retract import retract
from tests.flows.lakes import Lake, Star, read_star
from tests.state import execute, fetch, forget_everything, lost_by, plain_connection
from warehouse import StorageError, Store, WarehouseError
from warehouse.local import LocalWarehouse

pytestmark = pytest.mark.usefixtures("warehouse")

THEIRS: Mapping[str, object] = {"userId": "11", "firstName": "Canary", "sessionId": 7}
LAST = "SELECT status, event_rows, quarantined_rows, rows_erased FROM batches ORDER BY batch_id DESC LIMIT 1"
BESIDE = ("batch_tables", "loaded_files", "quarantine", "erased_users", "lake_events", "lake_songs")


def read_all() -> Star:
    """Read the star, and all that is recorded beside it."""
    return {**read_star(), **{table: sorted(fetch(f"SELECT * FROM {table}"), key=repr) for table in BESIDE}}


def load(lake: Lake, *, full_refresh: bool = False) -> Star:
    etl(events=lake.events, songs=lake.songs, full_refresh=full_refresh)
    return read_star()


def write(lake: Lake, *, theirs: bool = True) -> Lake:
    """Write days with plays of two people, in which the one has plays at the same moments as the other, and others."""
    plays = [{**THEIRS, "itemInSession": place, "ts": 1541990258796 + place} for place in range(3)]
    home = {**THEIRS, "itemInSession": 9, "page": "Home", "song": None, "artist": None, "length": None}
    lake.log("2018-11-12", {}, *(plays if theirs else ()))
    lake.log("2018-11-13", {"itemInSession": 1, "level": "paid"}, *([home] if theirs else ()))
    return lake


@pytest.fixture
def two(lake: Lake) -> Lake:
    return write(lake)


@pytest.fixture
def beside(sparkify_home: Path) -> Path:
    """What other tests left beside the tables is gone, and a report is there."""
    for folder in ("data-docs", "manifests", "reports"):
        shutil.rmtree(sparkify_home / folder, ignore_errors=True)
    (sparkify_home / "reports").mkdir()
    (sparkify_home / "reports/daily.html").write_text("user 11")
    return sparkify_home


def star_without(lake: Lake) -> Star:
    """The star of the same lake, if the person had never been there."""
    forget_everything()
    return load(write(lake, theirs=False))


def test_a_person_leaves_all_tables_and_the_star_is_that_of_a_lake_without_them(two: Lake) -> None:
    without = star_without(two)
    forget_everything()
    before = load(write(two))
    preview = erase(user=11)
    assert preview.headline.startswith(
        "Batch 2: user 11 would be erased by --confirm, with 4 rows of the lake tables and 0 lines in quarantine; "
        "nothing was changed"
    )
    assert (read_star(), fetch(LAST)[0][0], fetch("SELECT * FROM erased_users")) == (before, "dry run", [])
    done = erase(user=11, confirm=True)
    assert "user 11 is erased, with 4 rows of the lake tables" in done.headline
    assert [each.counts for each in done.tables] == [each.counts for each in preview.tables]
    assert done.remains == preview.remains != ()
    assert read_star() == without != before
    assert fetch("SELECT COUNT(*) FROM lake_events WHERE userid = 11") == [(0,)]
    assert fetch("SELECT user_id FROM erased_users") == [(11,)]
    audit()
    rebuild()
    assert read_star() == without
    assert etl(events=two.events, songs=two.songs).headline.startswith("nothing new")


def test_no_later_load_brings_an_erased_person_back(two: Lake) -> None:
    without = star_without(two)
    forget_everything()
    load(write(two))
    erase(user=11, confirm=True)
    assert load(two, full_refresh=True) == without
    assert fetch(LAST) == [("published", 2, 0, 4)]
    log = two.log("2018-11-13", {"itemInSession": 1, "level": "paid"}, {**THEIRS, "itemInSession": 5})
    assert "; 4 rows of erased people left out" in etl(events=two.events, songs=two.songs).headline
    assert read_star() == without
    retract(files=str(log), confirm=True)
    assert fetch("SELECT COUNT(*) FROM lake_events WHERE userid = 11") == [(0,)]
    two.log("2018-11-14", {**THEIRS, "itemInSession": 6})
    assert etl(events=two.events, dry_run=True).tables[0].rows_added == 0
    load(two)
    assert fetch(LAST) == [("published", 0, 0, 1)]
    of_file = "SELECT rows_scanned, rows_loaded, rows_erased FROM loaded_files WHERE POSITION('11-14' IN url) > 0"
    assert fetch(of_file) == [(1, 0, 1)]
    audit()


def test_their_lines_leave_quarantine_and_stay_out_of_it(two: Lake) -> None:
    bad: list[Mapping[str, object]] = [
        {**THEIRS, "level": "premium"},
        {"level": "premium", "userId": "111"},
        {**THEIRS, "level": "gold"},
    ]
    two.log("2018-11-14", *bad, '{"userId": "11", "firstName": "Canary', "no json")
    etl(events=two.events, songs=two.songs, quarantine_budget=0.5)
    assert fetch("SELECT COUNT(*) FROM quarantine") == [(5,)]
    done = erase(user=11, confirm=True)
    assert "and 3 lines in quarantine" in done.headline
    assert done.remains[-1].startswith("1 line in quarantine whose number of a user cannot be read")
    left = [(2,), (5,)]
    assert fetch("SELECT line_number FROM quarantine ORDER BY 1") == left
    assert fetch("SELECT COUNT(*) FROM quarantine WHERE POSITION('Canary' IN \"raw\") > 0") == [(0,)]
    etl(full_refresh=True, quarantine_budget=0.5)
    assert fetch("SELECT line_number FROM quarantine ORDER BY 1") == left
    assert fetch(LAST) == [("published", 2, 2, 7)]
    audit()


@pytest.mark.slow
def test_a_person_whom_nothing_is_about_is_refused_unless_in_advance(two: Lake) -> None:
    load(two)
    with pytest.raises(WarehouseError, match=r"^user 99 is in no table and was not erased before: nothing is changed"):
        erase(user=99, confirm=True)
    assert fetch("SELECT * FROM erased_users") == []
    erase(user=99, confirm=True, in_advance=True)
    two.log("2018-11-14", {**THEIRS, "userId": "99"})
    load(two)
    assert fetch("SELECT COUNT(*) FROM users WHERE user_id = 99") == [(0,)]
    again = erase(user=99, confirm=True)
    assert "user 99 is erased (erased before, at " in again.headline
    assert fetch("SELECT user_id FROM erased_users") == [(99,)]


KEEP = """
    CREATE FUNCTION keep() RETURNS TRIGGER LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER keep BEFORE DELETE ON sparkify.users FOR EACH ROW EXECUTE FUNCTION keep();
"""


def test_an_erasure_that_fails_leaves_all_as_it_was(two: Lake) -> None:
    load(two)
    before = read_all()
    with closing(plain_connection()) as connection, connection, connection.cursor() as cursor:
        cursor.execute(KEEP)
    with pytest.raises(ExpectationsFailed, match="nobody who was erased is in the lake tables or the star"):
        erase(user=11, confirm=True)
    assert read_all() == before


@pytest.mark.slow
def test_what_runs_left_beside_the_tables_goes(two: Lake, beside: Path) -> None:
    two.log("2018-11-14", {**THEIRS, "itemInSession": 6, "gender": "Canary"})
    with pytest.raises(ExpectationsFailed):
        load(two)
    [page] = (beside / "data-docs/validations/staging_events").rglob("rows.html")
    assert "Canary" not in page.read_text()
    two.log("2018-11-14", {**THEIRS, "itemInSession": 6})
    load(two)
    erase(user=11, confirm=True)
    assert not page.exists()
    assert list(beside.glob("reports/*")) == []
    assert list(beside.glob("manifests/*/*")) == []


class LockedStore(Store):
    """A store that deletes nothing."""

    def delete(self, url: str) -> None:
        raise StorageError(f"cannot delete {url}: it is locked")


@pytest.mark.slow
def test_what_cannot_be_deleted_is_named_and_goes_when_the_person_is_erased_again(
    two: Lake, beside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two.log("2018-11-14", {**THEIRS, "itemInSession": 6, "level": "gold"})
    with pytest.raises(ExpectationsFailed):
        load(two)
    [page] = (beside / "data-docs/validations/staging_events").rglob("rows.html")
    [manifests] = {manifest.parent for manifest in beside.glob("manifests/*/events*")}
    report = beside / "reports/daily.html"
    two.log("2018-11-14", {**THEIRS, "itemInSession": 6})
    load(two)
    with monkeypatch.context() as locked:
        locked.setattr(LocalWarehouse, "store", LockedStore())
        with pytest.raises(StorageError) as failure:
            erase(user=11, confirm=True)
    first, pages, folders, last = str(failure.value).splitlines()
    assert first == "user 11 is erased from all tables, but not from all that runs left beside them:"
    assert pages.startswith(f"- pages of the Data Docs: cannot delete file://{beside}/data-docs/")
    assert folders.startswith(f"- work folders of runs: cannot delete file://{beside}/manifests/")
    assert last == "mend what stands in the way, and erase the person again, which deletes the rest"
    assert fetch("SELECT COUNT(*) FROM lake_events WHERE userid = 11") == [(0,)]
    assert fetch(LAST)[0][0] == "published"
    assert (page.exists(), manifests.exists(), report.exists()) == (True, True, False)
    assert "user 11 is erased (erased before, at " in erase(user=11, confirm=True).headline
    assert (page.exists(), manifests.exists()) == (False, False)


@pytest.mark.slow
def test_a_lost_list_of_erased_people_is_told_and_reset_keeps_it(two: Lake) -> None:
    load(two)
    erase(user=11, confirm=True)
    reset()
    load(two)
    assert fetch("SELECT COUNT(*) FROM users WHERE user_id = 11") == [(0,)]
    execute("DROP TABLE erased_users")
    assert lost_by(partial(load, two)).startswith("table erased_users is gone, and with it who was erased")
