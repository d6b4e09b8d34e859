"""Refuse what must not run: what Redshift lacks though PostgreSQL has it, and what is not emulated.

sqlglot parses the statement, and its tree is only checked, never written out. Sources: the Redshift guide's pages on
unsupported PostgreSQL functions and features, r_Window_function_synopsis, r_UNION, r_INSERT_30, r_UPDATE, r_DELETE.
"""

import re
from collections.abc import Callable, Iterator

from sqlglot import exp

from client.errors import UntranslatableSql
from client.vocabulary import RANKING_FUNCTIONS, RESERVED_WORDS, UNORDERED_WINDOWS

_LACKING = "Redshift has no {}"
_NOT_EMULATED = "{} is not emulated by the local warehouse"

REFUSED: dict[type[exp.Expr], str] = {
    exp.NullSafeEQ: "Redshift has no IS NOT DISTINCT FROM: write (a = b OR (a IS NULL AND b IS NULL))",
    exp.NullSafeNEQ: "Redshift has no IS DISTINCT FROM: write (a <> b OR (a IS NULL) <> (b IS NULL))",
    exp.Unnest: "UNNEST is for SUPER, which is not emulated by the local warehouse",
    exp.Lateral: _LACKING.format("LATERAL"),
    exp.Filter: "Redshift has no FILTER (WHERE …): put a CASE into the aggregate",
    exp.Array: _LACKING.format("arrays here; SUPER is not emulated"),
    exp.Bracket: _LACKING.format("subscripts here; SUPER is not emulated"),
    exp.Lock: _LACKING.format("FOR UPDATE or FOR SHARE"),
    exp.TableSample: _LACKING.format("TABLESAMPLE"),
    exp.Fetch: "Redshift has no FETCH FIRST: write LIMIT",
    exp.OnConflict: "Redshift has no ON CONFLICT: use MERGE",
    exp.Returning: _LACKING.format("RETURNING"),
    exp.RegexpILike: "Redshift has no ~*: write LOWER(…) ~",
    exp.JSONExtract: _LACKING.format("JSON operators; its JSON functions are not emulated"),
    exp.JSONExtractScalar: _LACKING.format("JSON operators; its JSON functions are not emulated"),
    exp.ParseJSON: _LACKING.format("JSON type"),
    exp.ArrayContainsAll: _LACKING.format("array operators"),
    exp.ArrayContainedBy: _LACKING.format("array operators"),
    exp.ArrayOverlaps: _LACKING.format("array operators"),
    exp.Overlaps: _NOT_EMULATED.format("OVERLAPS"),
    exp.Pivot: _NOT_EMULATED.format("PIVOT"),
    exp.Collate: _NOT_EMULATED.format("COLLATE"),
    exp.IgnoreNulls: _NOT_EMULATED.format("IGNORE NULLS"),
    exp.RespectNulls: "RESPECT NULLS is the default: leave it out",
    exp.Connect: _NOT_EMULATED.format("CONNECT BY"),
    exp.ApproxQuantile: _NOT_EMULATED.format("APPROXIMATE PERCENTILE_DISC"),
    exp.PercentileDisc: _NOT_EMULATED.format("PERCENTILE_DISC"),
    exp.CurrentTimestamp: "CURRENT_TIMESTAMP runs on Redshift's leader node only: use SYSDATE or GETDATE()",
    exp.CurrentTime: "CURRENT_TIME runs on Redshift's leader node only: use SYSDATE",
    exp.Localtime: "LOCALTIME runs on Redshift's leader node only: use SYSDATE",
    exp.Localtimestamp: "LOCALTIMESTAMP runs on Redshift's leader node only: use SYSDATE",
    exp.CurrentCatalog: _LACKING.format("CURRENT_CATALOG"),
    exp.CurrentRole: _LACKING.format("CURRENT_ROLE"),
}
TRUE_OR_FALSE = {"t", "true", "y", "yes", "1", "f", "false", "n", "no", "0"}  # r_Boolean_type
NOT_POSIX = re.compile(r"\(\?|[*+?}][?+]|\\[1-9]")  # look-around, non-greedy, back references


def check_tree(tree: exp.Expr, names: dict[int, str]) -> None:
    """Refuse what the tree shows; `names` are the functions by the place of their name in the text.

    Raises:
        UntranslatableSql: with the reason and, where there is one, what to write instead.
    """
    for node in tree.walk():
        for kind, reason in REFUSED.items():
            if isinstance(node, kind) and not _is_clock(node):
                raise UntranslatableSql(reason, _place(node))
        for kind, check in CHECKS.items():
            if isinstance(node, kind) and (found := check(node, names)):
                raise UntranslatableSql(found, _place(node))


def _place(node: exp.Expr) -> int | None:
    """Return where the first part of a node stands whose place is known."""
    return min((start for part in node.walk() if (start := part.meta.get("start")) is not None), default=None)


def _is_clock(node: exp.Expr) -> bool:
    """Tell GETDATE() and SYSDATE, which are emulated, from CURRENT_TIMESTAMP, as sqlglot does not."""
    return isinstance(node, exp.CurrentTimestamp) and bool(node.args.get("sysdate") or node.meta.get("start"))


ORDERED_SETS: dict[type, str] = {exp.GroupConcat: "LISTAGG", exp.PercentileCont: "PERCENTILE_CONT"}
Check = Callable[[exp.Expr, dict[int, str]], str | None]


def _check_window(node: exp.Expr, names: dict[int, str]) -> str | None:
    spec, order = node.args.get("spec"), node.args.get("order")
    if node.args.get("alias") or isinstance(node.this, exp.Identifier):
        return "Redshift has no named windows: write OVER (…)"
    if spec and (spec.text("kind").upper() != "ROWS" or spec.args.get("exclude")):
        return "Redshift's frames are ROWS frames without EXCLUDE"
    name = names.get(node.this.meta.get("start", -1), "") or ORDERED_SETS.get(type(node.this.this), "")
    if order and name in UNORDERED_WINDOWS:
        return f"{name} takes no ORDER BY in OVER (…)"
    if order and not spec and name not in RANKING_FUNCTIONS:
        return f"{name} OVER (… ORDER BY …) needs a frame on Redshift, such as ROWS UNBOUNDED PRECEDING"
    if order and any(isinstance(item.this, exp.Literal) for item in order.expressions):
        return "Redshift takes no constant in ORDER BY of a window"
    return None


def _check_offset(node: exp.Expr, _: dict[int, str]) -> str | None:
    return f"Redshift's {node.key.upper()} takes no default: use NVL" if node.args.get("default") else None


def _check_values(node: exp.Expr, _: dict[int, str]) -> str | None:
    if not isinstance(node.parent, exp.Insert):
        return "Redshift has no VALUES as a table: use SELECT … UNION ALL SELECT …"
    if len(node.expressions) > 1 and node.find(exp.Subquery, exp.Select):
        return "Redshift takes no subquery in VALUES of several rows"
    return None


def _check_insert(node: exp.Expr, _: dict[int, str]) -> str | None:
    if node.args.get("with_"):
        return "Redshift takes WITH after INSERT INTO t, not before it"
    return "Redshift takes no alias in INSERT INTO" if node.this.find(exp.TableAlias) else None


def _check_update(node: exp.Expr, _: dict[int, str]) -> str | None:
    if any(isinstance(part.this, exp.Tuple) for part in node.expressions):
        return "Redshift sets one column at a time: SET a = …, b = …"
    source = node.args.get("from_")
    if source and any(join.side for join in source.find_all(exp.Join) if join.parent_select is None):
        return "Redshift takes no outer join in UPDATE … FROM: use a subquery"
    return None


def _check_delete(node: exp.Expr, _: dict[int, str]) -> str | None:
    target = node.this or (node.args.get("tables") or [None])[0]
    return "Redshift takes no alias in DELETE FROM" if target and target.alias else None


def _check_cte(node: exp.Expr, _: dict[int, str]) -> str | None:
    if node.args.get("materialized") is not None:
        return _LACKING.format("[NOT] MATERIALIZED")
    if not isinstance(node.this, exp.Query):
        return _LACKING.format("WITH … AS (INSERT, UPDATE or DELETE)")
    is_recursive = any(table.name == node.alias for table in node.this.find_all(exp.Table))
    is_union_all = isinstance(node.this, exp.Union) and not node.this.args.get("distinct")
    if is_recursive and not (is_union_all and node.args["alias"].columns):
        return "a recursive WITH needs a list of columns and UNION ALL on Redshift"
    return None


def _check_set_operation(node: exp.Expr, _: dict[int, str]) -> str | None:
    if not node.args.get("distinct") and not isinstance(node, exp.Union):
        return f"Redshift has no {node.key.upper()} ALL"
    if any(isinstance(side, exp.Subquery) and side.this.args.get("limit") for side in (node.this, node.expression)):
        return "LIMIT may not be used within input to set operations"
    return None


def _check_cast(node: exp.Expr, _: dict[int, str]) -> str | None:
    value, kind = node.this, node.args["to"]
    if isinstance(kind, exp.ObjectIdentifier):
        return None if kind.name in CATALOGUE_TYPES else f"type {kind.name} is not Redshift's"
    if kind.this == exp.DataType.Type.ARRAY:
        return _LACKING.format("arrays here; SUPER is not emulated")
    if kind.this not in CASTABLE:
        return f"type {kind.sql('redshift')} is not emulated by the local warehouse"
    is_word = kind.this == exp.DataType.Type.BOOLEAN and isinstance(value, exp.Literal) and value.is_string
    if is_word and value.name.strip().lower() not in TRUE_OR_FALSE:
        return f"'{value.name}' is no BOOLEAN on Redshift: use 'true' or 'false'"
    return None


CATALOGUE_TYPES = {"OID", "REGCLASS", "REGNAMESPACE", "REGTYPE"}
_TYPES = exp.DataType.Type
CASTABLE = {
    _TYPES.SMALLINT, _TYPES.INT, _TYPES.BIGINT, _TYPES.DECIMAL, _TYPES.FLOAT, _TYPES.DOUBLE, _TYPES.BOOLEAN,
    _TYPES.CHAR, _TYPES.NCHAR, _TYPES.BPCHAR, _TYPES.VARCHAR, _TYPES.NVARCHAR, _TYPES.TEXT, _TYPES.DATE, _TYPES.TIME,
    _TYPES.TIMETZ, _TYPES.TIMESTAMP, _TYPES.TIMESTAMPTZ, _TYPES.INTERVAL, _TYPES.NAME,
}  # fmt: skip


def _check_pattern(node: exp.Expr, _: dict[int, str]) -> str | None:
    pattern = node.expression
    if isinstance(pattern, exp.Literal) and NOT_POSIX.search(pattern.name):
        return f"regular expression '{pattern.name}': look-around, non-greedy and back references are not emulated"
    return None


def _check_name(node: exp.Expr, _: dict[int, str]) -> str | None:
    is_label = isinstance(node.parent, exp.Alias) or (node.parent and node.parent.args.get("table") not in (None, node))
    if node.args.get("quoted") or is_label or node.name.upper() not in RESERVED_WORDS:
        return None
    return f'{node.name} is a reserved word on Redshift: write "{node.name.lower()}"'


def _orders(select: exp.Expr) -> Iterator[tuple[str, ...]]:
    """Give what each aggregate of a SELECT that sorts is sorted by (Redshift guide, r_PERCENTILE_CONT); no windows."""
    for node in select.walk(prune=lambda node: isinstance(node, exp.Query) and node is not select):
        if isinstance(node.parent, exp.Window):
            continue
        if isinstance(node, exp.WithinGroup):
            yield tuple(item.this.sql() for item in node.expression.expressions)
        if isinstance(node, exp.Median):
            yield (node.this.sql(),)


def _check_select(node: exp.Expr, _: dict[int, str]) -> str | None:
    if not node.expressions:
        return "SELECT needs a list of columns"
    if len(set(_orders(node))) > 1:
        return "within group ORDER BY clauses for aggregate functions must be the same"
    return "Redshift has no WINDOW clause: write OVER (…)" if node.args.get("windows") else None


def _given(argument: str, reason: str) -> Check:
    return lambda node, _: reason if node.args.get(argument) else None


CHECKS: dict[type[exp.Expr], Check] = {
    exp.Window: _check_window,
    exp.Lag: _check_offset,
    exp.Lead: _check_offset,
    exp.Values: _check_values,
    exp.Insert: _check_insert,
    exp.Update: _check_update,
    exp.Delete: _check_delete,
    exp.CTE: _check_cte,
    exp.SetOperation: _check_set_operation,
    exp.Cast: _check_cast,
    exp.RegexpLike: _check_pattern,
    exp.Identifier: _check_name,
    exp.Merge: _given("with_", "MERGE cannot follow WITH"),
    exp.Any: lambda node, _: None if node.find(exp.Query) else _LACKING.format("ANY (array)"),
    exp.Distinct: _given("on", "Redshift has no DISTINCT ON: number the rows with ROW_NUMBER()"),
    exp.Star: _given("except_", _NOT_EMULATED.format("* EXCLUDE")),
    exp.Select: _check_select,
    exp.Group: _given("all", _NOT_EMULATED.format("GROUP BY ALL")),
    exp.Between: _given("symmetric", _LACKING.format("BETWEEN SYMMETRIC")),
    exp.Column: _given("join_mark", _NOT_EMULATED.format("the outer join mark (+)")),
    exp.Into: _given("unlogged", _LACKING.format("UNLOGGED")),
}
