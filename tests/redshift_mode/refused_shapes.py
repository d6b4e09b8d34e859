"""Shapes of statements that Redshift refuses though it parses them, with the public sources that say so.

A local warehouse runs them, since PostgreSQL does. So each statement that is sent is parsed by sqlglot, and its tree is
held against this list. Columns of more than one query block are known by the table that qualifies them, as in all of
our SQL.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

from sqlglot import exp

GUIDE = "Redshift guide, {}"
ON_LEADER_ONLY = {
    "CURRENT_SCHEMA", "CURRENT_SCHEMAS", "HAS_DATABASE_PRIVILEGE", "HAS_SCHEMA_PRIVILEGE", "HAS_TABLE_PRIVILEGE",
    "AGE", "CURRENT_TIME", "LOCALTIME", "LOCALTIMESTAMP", "FORMAT_TYPE", "PG_GET_USERBYID", "PG_GET_CONSTRAINTDEF",
}  # fmt: skip
"""Those that the parser tells from others: NOW() is GETDATE() to it, and is found by its word."""
CATALOGUE = ("pg_", "information_schema.", "svv_", "stv_", "stl_", "sys_")
SORTING = (exp.GroupConcat, exp.Median, exp.PercentileCont)
Block = exp.Select | exp.Update | exp.Delete | exp.Merge
BLOCKS = (exp.Select, exp.Update, exp.Delete, exp.Merge)


@dataclass(frozen=True)
class Shape:
    """A shape that Redshift refuses: who says so, a statement of it, one alike that runs, and how it is found."""

    name: str
    source: str
    refused: str
    allowed: str
    find: Callable[[exp.Expr], bool]


def _blocks(node: exp.Expr) -> Iterator[Block]:
    """Give the query blocks around a node, the nearest first."""
    above = node.parent
    while above is not None:
        if isinstance(above, BLOCKS):
            yield above
        above = above.parent


def _names(block: Block) -> set[str]:
    """Return what the tables of a block are called in it."""
    joins = [join.this for join in block.args.get("joins") or []]
    given = [block.args.get("from_"), block.args.get("using"), block.this]
    tables = [each.this if isinstance(each, exp.From) else each for each in given] + joins
    return {each.alias_or_name for each in tables if isinstance(each, exp.Table | exp.Subquery)}


@dataclass(frozen=True)
class _Correlation:
    """A column of a query block that comes from a block around it."""

    column: exp.Column
    block: Block
    """The block that it stands in."""
    levels: int
    """How many blocks farther out its table is."""

    def path(self) -> Iterator[exp.Expr]:
        """Give all that lies between its block and the next one around it."""
        above = self.block.parent
        while above is not None and not isinstance(above, BLOCKS):
            yield above
            above = above.parent


def _correlations(tree: exp.Expr) -> Iterator[_Correlation]:
    for column in tree.find_all(exp.Column):
        blocks = [*_blocks(column)]
        for levels, block in enumerate(blocks):
            if column.table in _names(block):
                if levels:
                    yield _Correlation(column, blocks[0], levels)
                break


def _skips_a_block(tree: exp.Expr) -> bool:
    return any(each.levels > 1 for each in _correlations(tree))


def _is_in_outer_join(tree: exp.Expr) -> bool:
    return any(isinstance(above, exp.Join) and above.side for each in _correlations(tree) for above in each.path())


def _has_window(tree: exp.Expr) -> bool:
    return any(each.block.find(exp.Window) for each in _correlations(tree))


def _is_in_select_list(tree: exp.Expr) -> bool:
    """Tell whether a subquery of a select list is correlated; those that are grouped by it are not the only ones."""
    return any(
        isinstance(above, exp.Select) and _part_of(above, found.block) in above.expressions
        for found in _correlations(tree)
        for above in _blocks(found.block)
    )


def _part_of(above: exp.Expr, node: exp.Expr) -> exp.Expr:
    """Return the part of a block that a node is in."""
    part = node
    while part.parent is not None and part.parent is not above:
        part = part.parent
    return part


def _aggregates_in_in(tree: exp.Expr) -> bool:
    return any(
        found.args.get("query")
        and found.args["query"].find(exp.Group)
        and any(not isinstance(each, exp.Min | exp.Max) for each in found.args["query"].find_all(exp.AggFunc))
        for found in tree.find_all(exp.In)
    )


def _tables(tree: exp.Expr) -> tuple[set[str], set[str]]:
    """Return the tables of a statement, apart from its own WITH: those of the catalogue, and all others."""
    ours = {cte.alias for cte in tree.find_all(exp.CTE)}
    names = {f"{each.db}.{each.name}" if each.db else each.name for each in tree.find_all(exp.Table)} - ours - {""}
    catalogue = {name for name in names if name.lower().removeprefix("pg_catalog.").startswith(CATALOGUE)}
    return catalogue, names - catalogue


def _leader_beside_tables(tree: exp.Expr) -> bool:
    calls = {each.name if isinstance(each, exp.Anonymous) else each.sql_name() for each in tree.find_all(exp.Func)}
    return not ON_LEADER_ONLY.isdisjoint(name.upper() for name in calls) and bool(_tables(tree)[1])


def _catalogue_beside_tables(tree: exp.Expr) -> bool:
    catalogue, others = _tables(tree)
    return bool(others) and any(name.lower().startswith(("pg_", "information_schema.")) for name in catalogue)


def _sorts_beside_distinct(tree: exp.Expr) -> bool:
    """Tell whether a block has an aggregate that sorts beside another of distinct values."""
    for select in tree.find_all(exp.Select):
        own = [each for part in select.expressions for each in part.find_all(exp.AggFunc, exp.WithinGroup)]
        distinct = [each for each in own if isinstance(each.this, exp.Distinct)]
        sorting = [each for each in own if isinstance(each, SORTING)]
        if len({id(each) for each in (*distinct, *sorting)}) > 1 and distinct and sorting:
            return True
    return False


def _scalar_under(tree: exp.Expr, is_under: Callable[[exp.Select], bool]) -> bool:
    return any(
        is_under(select) and any(part.find(exp.Subquery) for part in select.expressions)
        for select in tree.find_all(exp.Select)
    )


def _is_branch(select: exp.Select) -> bool:
    return isinstance(select.parent, exp.Union)


def _untyped_null_in_union(tree: exp.Expr) -> bool:
    return any(
        isinstance(part.unalias(), exp.Null)
        for select in tree.find_all(exp.Select)
        if _is_branch(select)
        for part in select.expressions
    )


def _updates_without_equality(tree: exp.Expr) -> bool:
    """Tell whether rows of one table are changed by another's with no column of both said to be equal."""
    for node in tree.find_all(exp.Update, exp.Delete):
        others = _names(cast(Block, node)) - {node.this.alias_or_name}
        target, where = node.this.alias_or_name, node.args.get("where")
        pairs = [{side.table for side in (each.this, each.expression) if isinstance(side, exp.Column)}
                 for each in (where.find_all(exp.EQ) if where else ())]  # fmt: skip
        if others and not any(target in pair and pair & others for pair in pairs):
            return True
    return False


SHAPES = [
    Shape(
        "a correlation that skips a query block",
        GUIDE.format("r_correlated_subqueries"),
        "SELECT a.x FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE NOT EXISTS (SELECT 1 FROM c WHERE c.x = a.x))",
        "SELECT a.x FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.x = a.x)",
        _skips_a_block,
    ),
    Shape(
        "a correlated subquery in the ON of an outer join",
        GUIDE.format("r_correlated_subqueries"),
        "SELECT 1 FROM a LEFT JOIN b ON a.x = b.x AND b.y = (SELECT MAX(c.y) FROM c WHERE c.x = b.x)",
        "SELECT 1 FROM a LEFT JOIN b ON a.x = b.x AND b.y = (SELECT MAX(c.y) FROM c)",
        _is_in_outer_join,
    ),
    Shape(
        "a window function in a correlated subquery",
        GUIDE.format("r_correlated_subqueries"),
        "SELECT a.x FROM a WHERE a.y NOT IN (SELECT SUM(b.y) OVER () FROM b WHERE b.x = a.x)",
        "SELECT a.x FROM a WHERE a.y IN (SELECT SUM(b.y) OVER () FROM b)",
        _has_window,
    ),
    Shape(
        "a correlated subquery in a select list",
        f"{GUIDE.format('r_correlated_subqueries')}; github.com/tuva-health/tuva-core/issues/948",
        "SELECT a.x, (SELECT COUNT(b.y) FROM b WHERE b.x = a.x) AS n FROM a",
        "SELECT a.x, (SELECT COUNT(b.y) FROM b) AS n FROM a",
        _is_in_select_list,
    ),
    Shape(
        "IN with a subquery of groups and an aggregate other than MIN and MAX",
        GUIDE.format("r_correlated_subqueries"),
        "SELECT a.x FROM a WHERE a.x IN (SELECT SUM(b.y) FROM b GROUP BY b.x)",
        "SELECT a.x FROM a WHERE a.x IN (SELECT MAX(b.y) FROM b GROUP BY b.x)",
        _aggregates_in_in,
    ),
    Shape(
        "a function of the leader node beside a table",
        f"{GUIDE.format('c_SQL_functions_leader_node_only')}; github.com/liquibase/liquibase-redshift/issues/1",
        "INSERT INTO a (x) SELECT CURRENT_SCHEMA() FROM b",
        "SELECT FORMAT_TYPE(pg_attribute.atttypid, 1) FROM pg_attribute",
        _leader_beside_tables,
    ),
    Shape(
        "a table of the catalogue beside another table",
        f"{GUIDE.format('c_join_PG')}; github.com/data-mie/dbt-profiler/pull/29",
        "SELECT a.x FROM a JOIN pg_class ON a.x = pg_class.relname",
        "SELECT a.x FROM a JOIN stl_load_errors ON a.x = stl_load_errors.query",
        _catalogue_beside_tables,
    ),
    Shape(
        "LISTAGG, MEDIAN or PERCENTILE_CONT beside another aggregate of distinct values",
        "github.com/data-mie/dbt-profiler/issues/84",
        "SELECT MEDIAN(a.x), COUNT(DISTINCT a.y) FROM a",
        "SELECT LISTAGG(DISTINCT a.x, ',') WITHIN GROUP (ORDER BY a.x), COUNT(a.y) FROM a",
        _sorts_beside_distinct,
    ),
    Shape(
        "a subquery in the select list of a branch of UNION ALL",
        "github.com/growthbook/growthbook/issues/782: unsupported due to an internal error",
        "SELECT (SELECT MAX(a.x) FROM a) AS x UNION ALL SELECT b.x FROM b",
        "SELECT a.x FROM a UNION ALL SELECT b.x FROM b WHERE b.y = (SELECT MAX(c.y) FROM c)",
        lambda tree: _scalar_under(tree, _is_branch),
    ),
    Shape(
        "a subquery in the select list of groups",
        GUIDE.format("r_correlated_subqueries"),
        "SELECT a.x, (SELECT MAX(b.x) FROM b) AS m, COUNT(*) FROM a GROUP BY a.x",
        "SELECT a.x, COUNT(*) FROM a WHERE a.y > (SELECT MAX(b.x) FROM b) GROUP BY a.x",
        lambda tree: _scalar_under(tree, lambda select: bool(select.args.get("group"))),
    ),
    Shape(
        "a NULL without a type in a branch of UNION ALL",
        "github.com/growthbook/growthbook/issues/782: unsupported due to an internal error",
        "SELECT NULL AS x, a.y FROM a UNION ALL SELECT b.x, b.y FROM b",
        "SELECT CAST(NULL AS INTEGER) AS x, a.y FROM a UNION ALL SELECT b.x, b.y FROM b",
        _untyped_null_in_union,
    ),
    Shape(
        "an UPDATE or DELETE by another table without an equality with it",
        "Redshift's error: Target table must be part of an equijoin predicate",
        "UPDATE a SET x = b.x FROM b WHERE a.y > b.y",
        "UPDATE a SET x = b.x FROM b WHERE a.y = b.y",
        _updates_without_equality,
    ),
]
