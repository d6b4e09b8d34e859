"""What is left of a person who was erased: copies that runs made are deleted, what is out of reach is listed."""

from expectations.pages.data_docs_index import forget_examples
from lake.object_store import FILE_SCHEME, ObjectMissing, Store
from tasks.batch import Batch
from tasks.discover.person import Person
from tasks.retries import io_task
from tasks.run_log import run_logger
from tasks.stage.work_folders import delete_all_work_folders
from tasks.validate.data_docs import data_docs
from tasks.wording import counted
from warehouse import StorageError, Warehouse
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


@io_task("delete copies")
def delete_copies(warehouse: Warehouse, batch: Batch) -> None:
    """Delete what runs left beside the tables that may show rows: work folders, load history, pages, reports.

    Nobody can tell whose rows a page shows: all that may show examples go, and all reports below SPARKIFY_HOME.

    Raises:
        StorageError: something cannot be deleted; running it again does.
    """
    try:
        deleted = forget_examples(data_docs(warehouse, f"batch-{batch.batch_id}"))
        delete_all_work_folders(warehouse)
        if isinstance(warehouse, LocalWarehouse):
            warehouse.forget_loads()
        reports = _delete_reports()
    except StorageError as error:
        raise StorageError(f"the tables are done, but not all copies: {error}; then erase the person again") from error
    run_logger().info("the pages of %d runs and %d reports are deleted", deleted, reports)


def _delete_reports() -> int:
    """Delete the reports below SPARKIFY_HOME, which `sparkify insights` writes anew, and return how many."""
    store = Store()
    try:
        found = [stored.url for stored in store.list(f"{FILE_SCHEME}{home() / 'reports'}/")]
    except ObjectMissing:
        return 0
    for url in found:
        store.delete(url)
    return len(found)


def out_of_reach(warehouse: Warehouse, person: Person) -> tuple[str, ...]:
    """List what an erasure does not reach, each with what to do about it."""
    place = LOCAL if isinstance(warehouse, LocalWarehouse) else REDSHIFT
    found = (LAKE, *place, PREFECT, COPIES)
    if not person.lines_of_nobody:
        return found
    lines = counted(person.lines_of_nobody, "line")
    return (*found, f"{lines} in quarantine whose number of a user cannot be read: {QUARANTINE}")
