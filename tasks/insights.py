"""Insights: run the queries of `sql/insights` on the star, and keep each result with its SQL."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import psycopg2

import sql
from expectations.pages.data_docs_index import SuitePage, runs
from reports.answers import QUERIES, Insights, answer
from tasks.provision.integrity import require_newest, require_tables_and_rows
from tasks.retries import io_task
from tasks.sample_lake import SAMPLE_DATA, are_sample
from tasks.steps import tell_outcome
from tasks.validate.data_docs import data_docs
from warehouse import Warehouse, WarehouseError
from warehouse.limits import exceeded


@io_task("query star")
def query_star(warehouse: Warehouse, name: str) -> Insights:
    """Run all queries of the report on the star, in one snapshot of it; `name` is that of the warehouse.

    Raises:
        WarehouseUnavailable: the warehouse cannot be reached.
        WrongVersion: the tables are of a newer version, or of an older one.
        DamagedWarehouse: a table, a column or rows are lost.
        WarehouseError: a query takes more than a reader may.
    """
    with closing(warehouse.connect(read_only=True)) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        require_newest(require_tables_and_rows(connection, warehouse.schema))
        try:
            with connection.cursor() as cursor:
                is_sample = are_sample(str(url) for _, url in sql.fetch(cursor, "inspect/sources"))
            answers = {key: answer(connection, *query) for key, query in QUERIES.items()}
        except psycopg2.errors.UndefinedTable:  # nothing has been loaded yet
            answers = {}
        except psycopg2.Error as error:
            if limit := exceeded(error, connection.engine):
                raise WarehouseError(limit) from error
            raise
    if not answers or not answers["headline"].rows:
        return Insights(name)
    [last_batch] = answers["last_batch"].rows
    suites = tuple(_suites(warehouse, f"batch-{last_batch[0]}"))
    sample_data = SAMPLE_DATA if is_sample else ""
    insights = Insights(name, answers, suites, data_docs(warehouse).index, sample_data, warehouse.region)
    tell_outcome(f"{len(answers)} queries that took {insights.seconds:.1f} s")
    return insights


def _suites(warehouse: Warehouse, run_name: str) -> Iterator[SuitePage]:
    """Read what the suites found when a batch was validated; what they found last, where they ran more than once."""
    docs = data_docs(warehouse)
    found = {page.table: page for run in runs(docs) if run.run_name == run_name for page in run.pages}
    for page in found.values():
        yield replace(page, page=docs.url + page.page)
