"""Rules that span columns, rows or tables, as expectations: a query that must return no row, or a row condition.

Great Expectations' own one runs its query twice, its pages show none of the rows that were found, and each costs a
statement. Here all that a suite counts goes with one statement (`LentEngine`), and its row conditions with one scan.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import sqlalchemy

from expectations.running.gx import (
    CollapseContent,
    ExpectationSuite,
    LegacyDiagnosticRendererType,
    MetricDomainTypes,
    MetricPartialFunctionTypes,
    QueryMetricProvider,
    RenderedContent,
    RenderedStringTemplateContent,
    RenderedTableContent,
    SqlAlchemyExecutionEngine,
    TableMetricProvider,
    gxe,
    metric_partial,
    renderer,
)

CONDITION_COUNT, QUERY_COUNT = "table.rows_where.count", "query_rule.row_count"


OTHERS = "{others}"
"""What stands in a rule for the rows of the table that are not in the batch."""


class QueryRule(gxe.UnexpectedRowsExpectation):  # type: ignore[misc]
    """Expect that `unexpected_rows_query`, in which `{batch}` stands for the rows of the batch, finds nothing.

    Great Expectations puts an alias behind `{batch}` where the query has no JOIN, and leaves it to a query that has.
    """

    rule: str
    """A short name that does not change when the text in `description` does."""

    column: str
    """The column that is at fault in the rows that are found; the query returns it."""

    metric_dependencies: ClassVar[tuple[str, ...]] = (QUERY_COUNT,)

    def _validate(self, metrics: Mapping[str, int], *_: object, **__: object) -> dict[str, Any]:
        found = metrics[QUERY_COUNT]
        return {"success": found == 0, "result": {"observed_value": found}}

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.UNEXPECTED_TABLE)  # type: ignore[untyped-decorator]
    def _diagnostic_unexpected_table_renderer(cls, result: Any = None, **_: object) -> list[RenderedContent] | None:
        rows = result.result.get("examples") if result else None
        if not rows:
            return None
        examples = RenderedTableContent(
            content_block_type="table",
            table=[list(row.values()) for row in rows],
            header_row=list(rows[0]),
            styling={"body": {"classes": ["table-bordered", "table-sm", "mt-3"]}},
        )
        query = RenderedStringTemplateContent(
            content_block_type="string_template",
            string_template={"template": result.result["unexpected_index_query"], "tag": "code"},
        )
        return [examples, CollapseContent(collapse_toggle_link="To retrieve all of them...", collapse=[query])]


def undeclared(table: str, column: str) -> str:
    """Return a column of the star as an expression, of which no key is declared.

    Redshift's planner believes declared keys, which nothing enforces (Redshift guide, t_Defining_constraints): it may
    leave out a join to what a key refers to, and the grouping by a key. What looks for rows that break a key must not
    let it.
    """
    return f"CASE WHEN {table}.{column} IS NOT NULL THEN {table}.{column} END"


def one_row_per(table: str, *key: str) -> QueryRule:
    """Expect that no key of the batch occurs twice in the whole table: neither in its rows nor in all others."""
    columns, of_others = ", ".join(key), ", ".join(f"others.{column}" for column in key)
    hidden = ", ".join(f"{undeclared('batch', column)} AS {column}" for column in key)
    is_it = " AND ".join(f"others.{column} = keys.{column}" for column in key)
    return QueryRule(
        rule=f"{'_and_'.join(key)}_is_unique",
        column=key[0],
        unexpected_rows_query=f"""
            SELECT {columns}
            FROM (
                SELECT {columns}, ROW_NUMBER() OVER (PARTITION BY {columns} ORDER BY {columns}) AS place
                FROM {{batch}} AS batch
                WHERE {" AND ".join(f"{column} IS NOT NULL" for column in key)}
            ) AS numbered
            WHERE place = 2
            UNION
            SELECT {of_others}
            FROM (SELECT {hidden} FROM {{batch}} AS batch) AS keys
            JOIN {OTHERS} AS others ON {is_it}
        """,  # noqa: S608
        severity="critical",
        description=f"{table} has one row per {' and '.join(key)}",
    )


def put_others(suite: ExpectationSuite, query: str) -> None:
    """Put the query of the table's rows that are not in the batch into the rules that are about them."""
    for expectation in suite.expectations:
        if isinstance(expectation, QueryRule):
            rows = expectation.unexpected_rows_query
            expectation.unexpected_rows_query = rows.replace(OTHERS, f"({query})")


def is_known(rule: str, column: str, parent: str, identity: Sequence[str], description: str) -> QueryRule:
    """Expect that a column has values of the key of another table, where it has any, and there the name of that key."""
    shown = ", ".join(f"batch.{name}" for name in dict.fromkeys((*identity, column)))
    return QueryRule(
        rule=rule,
        column=column,
        unexpected_rows_query=f"""
            SELECT {shown}
            FROM {{batch}} AS batch
            LEFT JOIN {parent} ON {parent}.{column} = {undeclared("batch", column)}
            WHERE batch.{column} IS NOT NULL AND {parent}.{column} IS NULL
        """,  # noqa: S608
        severity="critical",
        description=description,
    )


class RowCondition(QueryRule):
    """Expect that no row of the batch meets `condition`, a SQL predicate over the columns of one row."""

    condition: str

    metric_dependencies: ClassVar[tuple[str, ...]] = (CONDITION_COUNT,)
    success_keys: ClassVar[tuple[str, ...]] = ("condition",)

    def __init__(self, condition: str, **fields: Any) -> None:
        condition = " ".join(condition.split())
        query = f"SELECT * FROM {{batch}} WHERE {condition}"  # noqa: S608
        super().__init__(**{"unexpected_rows_query": query, **fields, "condition": condition})

    def _validate(self, metrics: Mapping[str, int], *_: object, **__: object) -> dict[str, Any]:
        found = metrics[CONDITION_COUNT] or 0
        return {"success": found == 0, "result": {"observed_value": found}}


_counted_with_others = metric_partial(
    engine=SqlAlchemyExecutionEngine,
    partial_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,
    domain_type=MetricDomainTypes.TABLE,
)
"""Marks what gives a number's expression, which goes with those of others in one statement."""


class RowConditionCount(TableMetricProvider):  # type: ignore[misc]
    """The number of rows that meet a condition."""

    metric_name = CONDITION_COUNT
    value_keys = ("condition",)

    @_counted_with_others  # type: ignore[untyped-decorator]
    def _sqlalchemy(
        cls,  # noqa: N805 - the metaclass makes it a class method
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        **_: object,
    ) -> tuple[object, dict[str, Any], dict[str, Any]]:
        is_broken: sqlalchemy.ColumnElement[bool] = sqlalchemy.literal_column(metric_value_kwargs["condition"])
        return sqlalchemy.func.sum(sqlalchemy.case((is_broken, 1), else_=0)), metric_domain_kwargs, {}


class QueryCount(QueryMetricProvider):  # type: ignore[misc]
    """The number of rows that a query finds, in which `{batch}` stands for the rows of the batch."""

    metric_name = QUERY_COUNT
    value_keys = ("unexpected_rows_query",)
    query_param_name = "unexpected_rows_query"

    @_counted_with_others  # type: ignore[untyped-decorator]
    def _sqlalchemy(
        cls,  # noqa: N805 - the metaclass makes it a class method
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        **_: object,
    ) -> tuple[object, dict[str, Any], dict[str, Any]]:
        rows = execution_engine.get_domain_records(metric_domain_kwargs)
        query = cls._get_substituted_batch_subquery_from_query_and_batch_selectable(
            query=metric_value_kwargs["unexpected_rows_query"], batch_selectable=rows, execution_engine=execution_engine
        )
        found = sqlalchemy.text(f"({query}) AS found")
        return sqlalchemy.select(sqlalchemy.func.count()).select_from(found), metric_domain_kwargs, {}
