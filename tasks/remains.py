"""What is left of a person who was erased: copies that runs made are deleted, what is out of reach is listed."""

from collections.abc import Callable
from functools import partial

import psycopg2

from expectations.pages.data_docs_index import forget_examples
from expectations.pages.store import DataDocs
from lake.object_store import FILE_SCHEME, ObjectMissing, Store
from tasks.batch import Batch
from tasks.discover.person import Person
from tasks.run_log import run_logger
from tasks.stage.work_folders import delete_all_work_folders
from tasks.steps import step
from tasks.validate.data_docs import data_docs
from tasks.wording import counted
from warehouse import StorageError, Warehouse, WarehouseError, in_one_line
from warehouse.home import home
from warehouse.local import LocalWarehouse

LAKE = (
    "the lake: its files still have the lines, which loads leave out. Remove them there, or let the files expire; "
    "so with versions of objects that S3 keeps"
)
PREFECT = (
    "Prefect's database: it has the number as a parameter of the runs of sparkify-erase, and in messages that name a "
    "row. Delete these runs, as by: prefect flow-run delete ID"
)
COPIES = "reports, answers of sparkify sql and pages that were handed on or written elsewhere: delete them there"
LOCAL = (
    "backups of SPARKIFY_HOME: delete them, or wait until they expire",
    "the files of the embedded PostgreSQL: deleted rows stay on the disk until it has vacuumed the tables, by itself",
)
REDSHIFT = (
    "snapshots of the cluster or the namespace, and recovery points: they have the rows as they were. Delete those of "
    "before, as by: aws redshift delete-cluster-snapshot, or aws redshift-serverless delete-snapshot",
    "deleted rows on the disks of Redshift: it vacuums by itself; at once by: VACUUM DELETE ONLY lake_events TO 100 "
    "PERCENT, and so users, songplays, quarantine and staging_events",
    "Redshift's own tables (STL_LOAD_ERRORS, SYS_LOAD_ERROR_DETAIL, STL_QUERYTEXT, SYS_QUERY_TEXT): lines that COPY "
    "refused, and numbers in statements, for at most a week, and nobody can delete them; so do copies of the audit log",
)


QUARANTINE = (
    "look whose they are by the columns url, line_number and raw, and delete those, as the owner of the table; or "
    "correct their files, which clears them"
)


@step("delete copies")
def delete_copies(warehouse: Warehouse, batch: Batch, user_id: int) -> None:
    """Delete what runs left beside the tables that may show rows: work folders, load history, pages, reports.

    Nobody can tell whose rows a page shows: all that may show examples go, and all reports below SPARKIFY_HOME. Where
    some cannot be deleted, the others are.

    Raises:
        StorageError: some cannot be deleted; the message names them. To erase the person again deletes them.
    """
    docs = data_docs(warehouse, f"batch-{batch.batch_id}")
    copies: dict[str, Callable[[], object]] = {
        "pages of the Data Docs": partial(_delete_pages, docs),
        "work folders of runs": partial(delete_all_work_folders, warehouse),
        "reports": _delete_reports,
    }
    if isinstance(warehouse, LocalWarehouse):
        copies["the history of loads"] = warehouse.forget_loads
    left = []
    for what, delete in copies.items():
        try:
            delete()
        except (WarehouseError, psycopg2.Error) as error:
            left.append(f"- {what}: {in_one_line(error)}")
    if left:
        raise StorageError(
            f"user {user_id} is erased from all tables, but not from all that runs left beside them:",
            *left,
            "mend what stands in the way, and erase the person again, which deletes the rest",
        )


def _delete_pages(docs: DataDocs) -> None:
    deleted = forget_examples(docs)
    run_logger().info("deleted the pages of %s from the Data Docs", counted(deleted, "run"))


def _delete_reports() -> None:
    """Delete the reports below SPARKIFY_HOME, which `sparkify insights` writes anew."""
    store = Store()
    try:
        found = [stored.url for stored in store.list(f"{FILE_SCHEME}{home() / 'reports'}/")]
    except ObjectMissing:
        return
    for url in found:
        store.delete(url)
    run_logger().info("deleted %s", counted(len(found), "report"))


def out_of_reach(warehouse: Warehouse, person: Person) -> tuple[str, ...]:
    """List what an erasure does not reach, each with what to do about it."""
    place = LOCAL if isinstance(warehouse, LocalWarehouse) else REDSHIFT
    found = (LAKE, *place, PREFECT, COPIES)
    if not person.lines_of_nobody:
        return found
    lines = counted(person.lines_of_nobody, "line")
    return (*found, f"{lines} in quarantine whose number of a user cannot be read: {QUARANTINE}")
