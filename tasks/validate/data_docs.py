"""Data Docs: where the pages of a warehouse's runs are written, and of how many runs they are kept."""

from collections.abc import Iterator
from dataclasses import dataclass

from prefect.artifacts import create_link_artifact

from expectations.pages.data_docs_index import prune
from expectations.pages.store import DataDocs
from lake.object_store import ObjectMissing
from reports.links import address
from tasks.best_effort import best_effort
from tasks.markdown import markdown
from tasks.run_log import run_logger
from tasks.steps import step
from warehouse import Store, Warehouse

LINK_KEY = "sparkify-data-docs"


@dataclass(frozen=True)
class ObjectPageStore:
    """Pages as objects of a store."""

    store: Store

    def list(self, url: str) -> Iterator[str]:
        """Return all URLs that start with this one; a folder that is not there yet holds none."""
        try:
            for found in self.store.list(url):
                yield found.url
        except ObjectMissing:
            return

    def read(self, url: str) -> bytes | None:
        """Return the object at this URL, None if there is none."""
        try:
            return self.store.read(url)
        except ObjectMissing:
            return None

    def write(self, url: str, data: bytes) -> None:
        """Write an object."""
        self.store.write(url, data)

    def delete(self, url: str) -> None:
        """Delete the object at this URL."""
        self.store.delete(url)


def data_docs(warehouse: Warehouse, run_name: str = "") -> DataDocs:
    """Return where the Data Docs of a run are written."""
    return DataDocs(warehouse.data_docs_url, run_name, ObjectPageStore(warehouse.store))


def markdown_link(index_url: str, region: str | None) -> str:
    """Return a link to the index as an artifact shows it; on S3, to the console of the Region."""
    return f"[Data Docs]({address(index_url, region)})"


def link_data_docs(index_url: str, region: str | None) -> None:
    """Save a link to the index as an artifact of the run; on S3, to the console of the Region."""
    create_link_artifact(
        address(index_url, region), link_text=markdown(index_url), key=LINK_KEY, description="Data Docs of all runs"
    )


def prune_data_docs(warehouse: Warehouse, keep: int) -> None:
    """Delete the pages of all but the latest `keep` batches and audits; if that fails, the next run does it."""
    with best_effort("pages of old runs are still in the Data Docs", "the next run deletes them"):
        prune_pages(warehouse, keep)


@step("prune data docs")
def prune_pages(warehouse: Warehouse, keep: int) -> None:
    """Delete the pages of all but the latest `keep` batches and audits."""
    deleted = prune(data_docs(warehouse), keep)
    if deleted:
        run_logger().info("the pages of %d old runs are deleted, those of the latest %d kept", deleted, keep)
