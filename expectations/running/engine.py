"""Great Expectations' SQL engine on a lent connection: what a suite asks of its rows is one statement.

The library's own asks the server ten things as it connects, then sends a statement for each query of a suite and for
each stage of its plan. Each is a round trip and, on Redshift, a plan to compile: there, what differs in nothing but the
order of its columns, as the library's statements do from run to run, is compiled anew.
"""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Literal

import psycopg2.extensions
import sqlalchemy
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.pool import StaticPool
from sqlalchemy_redshift.dialect import RedshiftDialect_psycopg2

from expectations.running.gx import (
    IDDict,
    MetricComputationConfiguration,
    MetricConfiguration,
    ProgressBarsConfig,
    SqlAlchemyExecutionEngine,
    SQLDatasource,
    TableMetricProvider,
    convert_to_json_serializable,
    get_metric_provider,
    gx,
    metric_value,
)

SHAPE = "lent.shape"
"""The columns of a batch and the number of its rows, which the library wants before it asks for anything else."""
Values = dict[tuple[str, str, str], Any]
"""Metrics that are computed, by name, domain and arguments."""


class LentEngine(SqlAlchemyExecutionEngine):  # type: ignore[misc]
    """Computes all numbers that a suite needs by one statement, whose text is the same for the same suite."""

    def resolve_metrics(
        self,
        metrics_to_resolve: Iterable[MetricConfiguration],
        metrics: Values | None = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> Values:
        """Compute numbers only when nothing else is left: the library asks again for what is not computed yet."""
        ready = list(metrics_to_resolve)
        others = [each for each in ready if get_metric_provider(each.metric_name, self)[1] is not None]
        values: Values = super().resolve_metrics(others or ready, metrics, runtime_configuration)
        return values

    def resolve_metric_bundle(self, metric_fn_bundle: Iterable[MetricComputationConfiguration]) -> Values:
        """Compute numbers: those about the rows of a batch in one scan, and beside them what each query counts."""
        parts: dict[object, list[MetricComputationConfiguration]] = {}
        for each in sorted(metric_fn_bundle, key=lambda each: each.metric_configuration.id):
            is_query = isinstance(each.metric_fn, sqlalchemy.Select)
            part = each.metric_configuration.id if is_query else IDDict(each.compute_domain_kwargs).to_id()
            parts.setdefault(part, []).append(each)
        if not parts:
            return {}
        rows = [self._row(metrics).subquery(f"part_{number}") for number, metrics in enumerate(parts.values(), 1)]
        values = self.execute_query(sqlalchemy.select(*rows)).one()
        ids = [each.metric_configuration.id for metrics in parts.values() for each in metrics]
        return dict(zip(ids, convert_to_json_serializable(list(values)), strict=True))

    def _row(self, metrics: list[MetricComputationConfiguration]) -> "sqlalchemy.Select[Any]":
        """Return the query of one row with these numbers."""
        first = metrics[0]
        if isinstance(first.metric_fn, sqlalchemy.Select):
            return first.metric_fn
        numbers = [each.metric_fn.label(f"number_{position}") for position, each in enumerate(metrics, 1)]
        return sqlalchemy.select(*numbers).select_from(self.get_domain_records(first.compute_domain_kwargs))


class Shape(TableMetricProvider):  # type: ignore[misc]
    """The number of rows and the columns of a batch, by one statement: a row of the number and of nothing."""

    metric_name = SHAPE

    @metric_value(engine=LentEngine)  # type: ignore[untyped-decorator]
    def _sqlalchemy(
        cls,  # noqa: N805 - the metaclass makes it a class method
        execution_engine: LentEngine,
        metric_domain_kwargs: dict[str, Any],
        **_: object,
    ) -> tuple[int, list[str]]:
        rows = execution_engine.get_domain_records(metric_domain_kwargs)
        count = sqlalchemy.select(sqlalchemy.func.count().label("row_count")).select_from(rows).subquery("counted")
        none = sqlalchemy.select(sqlalchemy.text("*")).select_from(rows).limit(0).subquery("batch")
        both = count.outerjoin(none, count.c.row_count < 0)
        found = execution_engine.execute_query(
            sqlalchemy.select(sqlalchemy.text("counted.row_count, batch.*")).select_from(both)
        )
        _row_count, *names = found.keys()
        return found.one()[0], names


class _OfShape(TableMetricProvider):  # type: ignore[misc]
    """What is known once the shape is."""

    @classmethod
    def _get_evaluation_dependencies(cls, metric: MetricConfiguration, *_: object, **__: object) -> dict[str, Any]:
        return {SHAPE: MetricConfiguration(SHAPE, metric.metric_domain_kwargs)}


class LentColumns(_OfShape):
    """The columns of a batch, in order; their types do not matter to any expectation."""

    metric_name = "table.column_types"
    value_keys = ("include_nested",)
    default_kwarg_values: ClassVar[dict[str, object]] = {"include_nested": True}

    @metric_value(engine=LentEngine)  # type: ignore[untyped-decorator]
    def _sqlalchemy(cls, metrics: dict[str, Any], **_: object) -> list[dict[str, object]]:  # noqa: N805
        return [{"name": name, "type": sqlalchemy.types.NULLTYPE} for name in metrics[SHAPE][1]]


class LentRowCount(_OfShape):
    """The number of rows of a batch."""

    metric_name = "table.row_count"

    @metric_value(engine=LentEngine)  # type: ignore[untyped-decorator]
    def _sqlalchemy(cls, metrics: dict[str, Any], **_: object) -> int:  # noqa: N805
        return int(metrics[SHAPE][0])


class LentDatasource(SQLDatasource):  # type: ignore[misc]
    """A connection that its lender has tested."""

    execution_engine_override = LentEngine
    type: Literal["lent"] = "lent"

    def test_connection(self, test_assets: bool = True) -> None:
        """Do nothing: the library would open a second engine for it."""


class Limit(sqlalchemy.Float[float]):
    """A number that a column is compared with. The library makes 0.0 of 0, which turns each integer into a decimal."""

    def bind_processor(self, _: sqlalchemy.Dialect) -> Callable[[Any], object]:
        """Return what sends a whole number as one."""
        return lambda value: int(value) if isinstance(value, float) and value.is_integer() else value


class LentPostgresql(PGDialect_psycopg2):
    """SQLAlchemy's dialect, which need not know the server's version and settings."""

    supports_statement_cache = True
    colspecs = {**PGDialect_psycopg2.colspecs, sqlalchemy.Float: Limit}  # noqa: RUF012 - as in the library

    def initialize(self, connection: sqlalchemy.Connection) -> None:
        """Ask nothing."""


class LentRedshift(RedshiftDialect_psycopg2):  # type: ignore[misc]
    """The same of Redshift."""

    supports_statement_cache = True
    colspecs: ClassVar = {**RedshiftDialect_psycopg2.colspecs, sqlalchemy.Float: Limit}

    def initialize(self, connection: sqlalchemy.Connection) -> None:
        """Ask nothing."""


def open_source(lent: psycopg2.extensions.connection, engine: str) -> LentDatasource:
    """Return a data source that reads through a lent connection, with SQLAlchemy's dialect for this engine."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    options = {
        "creator": lambda: lent,
        "poolclass": StaticPool,
        "use_native_hstore": False,  # the server would be asked whether it has the type
        "enable_from_linting": False,  # the rows of a statement stand beside each other: no condition joins them
    }
    url = f"{engine}+lent://lent@localhost/warehouse"
    return context.data_sources.add_lent(  # type: ignore[no-any-return]
        "warehouse", connection_string=url, create_temp_table=False, kwargs=options
    )


for dialect in (LentPostgresql, LentRedshift):
    registry.register(f"{dialect.name}.lent", __name__, dialect.__name__)
