"""What a run read and wrote, as datasets of OpenLineage with their facets, named as its specification has it.

This is imported only where lineage is configured.
"""

import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit

from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import (
    DatasetFacet,
    InputDatasetFacet,
    OutputDatasetFacet,
    column_lineage_dataset,
    data_quality_assertions_dataset,
    output_statistics_output_dataset,
    schema_dataset,
)
from openlineage.client.naming.dataset import S3, DatasetNaming, LocalFileSystem, Postgres, Redshift

from expectations.running.results import SuiteResult
from lake.locations import BEGINS
from sql.datasets import DATASETS
from sql.tables import read_table
from tasks.discover.locations import Location
from tasks.publish.loading import StarChange
from warehouse import Warehouse

Name = tuple[str, str]
"""The namespace of a dataset and its name in it."""


@dataclass(frozen=True)
class Places:
    """What names the tables of a warehouse."""

    engine: str
    host: str
    port: int
    database: str
    schema: str

    def table(self, table: str) -> Name:
        """Return the name of a table."""
        part = self.host.split(".")
        port = str(self.port)
        if self.engine == "redshift" and "amazonaws" in part:
            return _name(Redshift(part[0], part[2], port, self.database, self.schema, table))
        host = socket.gethostname() if self.host.startswith("/") else self.host
        return _name(Postgres(host, port, self.database, self.schema, table))


def find_places(warehouse: Warehouse) -> Places:
    """Ask a connection where it leads."""
    with closing(warehouse.connect(read_only=True)) as connection:
        info = connection.info
        return Places(connection.engine, info.host, info.port, info.dbname, warehouse.schema)


def location_name(url: str) -> Name:
    """Return the name of a folder or of the beginning of names in the lake."""
    parts = urlsplit(url.removesuffix(BEGINS).rstrip("/"))
    if parts.scheme == "s3":
        return _name(S3(parts.netloc, parts.path.lstrip("/") or "/"))
    return _name(LocalFileSystem(parts.path or "/"))


def _name(naming: DatasetNaming) -> Name:
    return naming.get_namespace(), naming.get_name()


def read_files(known: Sequence[Location], suites: Sequence[SuiteResult]) -> Iterator[InputDataset]:
    """Give the locations of the lake, with what the suites of staging found in what came from them."""
    for location in known:
        yield _input(location_name(location.url), DATASETS[location.dataset].staging, suites)


def read_tables(places: Places, tables: Sequence[str], suites: Sequence[SuiteResult] = ()) -> Iterator[InputDataset]:
    """Give tables that were read, with what their suites found."""
    for table in tables:
        yield _input(places.table(table), table, suites)


def written(places: Places, known: Sequence[Location], changes: Sequence[StarChange]) -> Iterator[OutputDataset]:
    """Give the tables that a batch wrote, with how many rows it wrote and where each column comes from."""
    for change in changes:
        table = change.load.table
        namespace, name = places.table(table)
        facets: dict[str, DatasetFacet] = {"schema": _schema(table)}
        if fields := _fields(places, known, table):
            facets["columnLineage"] = column_lineage_dataset.ColumnLineageDatasetFacet(fields)
        rows = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(rowCount=change.load.rows_written)
        statistics: dict[str, OutputDatasetFacet] = {"outputStatistics": rows}
        yield OutputDataset(namespace, name, facets=facets, outputFacets=statistics)


def _input(name: Name, table: str, suites: Sequence[SuiteResult]) -> InputDataset:
    """Return what was read, with the columns of a table, and what its suite found, of the last batch that has one."""
    of_table = [suite for suite in suites if suite.table == table]
    found: dict[str, InputDatasetFacet] = {"dataQualityAssertions": _assertions(of_table[-1])} if of_table else {}
    return InputDataset(*name, facets={"schema": _schema(table)}, inputFacets=found)


def _schema(table: str) -> schema_dataset.SchemaDatasetFacet:
    fields = [
        schema_dataset.SchemaDatasetFacetFields(column.name, column.type, ordinal_position=place)
        for place, column in enumerate(read_table(table).columns, 1)
    ]
    return schema_dataset.SchemaDatasetFacet(fields)


def _assertions(suite: SuiteResult) -> data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet:
    """Return those that failed one by one, and how many held as one."""
    failed = [
        data_quality_assertions_dataset.Assertion(
            each.expectation,
            success=False,
            column=each.column,
            severity="error" if each.severity == "critical" else "warn",
            description=each.description,
        )
        for each in suite.violations
    ]
    held = f"{suite.passed} expectations of the suite hold"
    return data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
        [data_quality_assertions_dataset.Assertion(f"suite_{suite.table}", success=True, description=held), *failed]
    )


def _fields(places: Places, known: Sequence[Location], table: str) -> dict[str, column_lineage_dataset.Fields]:
    dataset = next((each for each in DATASETS.values() if each.lake == table), None)
    if dataset is not None:
        read = [location_name(each.url) for each in known if each.dataset == dataset.name]
        own = [column.name for column in read_table(dataset.staging).columns]
        return {column: _field([(*file, column) for file in read]) for column in own} if read else {}
    found = _star().get(table, {})
    return {
        column: _field([(*places.table(source), name) for source, name in sources])
        for column, sources in found.items()
        if sources
    }


def _field(sources: Sequence[tuple[str, str, str]]) -> column_lineage_dataset.Fields:
    return column_lineage_dataset.Fields([column_lineage_dataset.InputField(*source) for source in sources])


@cache
def _star() -> Mapping[str, Mapping[str, Sequence[tuple[str, str]]]]:
    found: Mapping[str, Mapping[str, Sequence[tuple[str, str]]]] = json.loads(
        (files("reports") / "column_lineage.json").read_text(encoding="utf-8")
    )
    return found
