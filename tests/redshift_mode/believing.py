"""A planner that believes declared keys, as Redshift's does (Redshift guide, t_Defining_constraints).

It leaves out what declared keys make needless: the grouping and DISTINCT of what has a key, a join to what a key refers
to where nothing else is read of it, and the search for a row that refers to none. Where the keys hold the answer is the
same. `believe` writes a statement as such a planner runs it; `unique_indexes` lets PostgreSQL's own planner believe
that there is one row of a key, behind which it looks for no other.
"""

from collections.abc import Mapping
from functools import cache

import sqlglot
from sqlglot import exp

from sql.tables import STAR, TABLES, read_table

Columns = Mapping[str, str]
"""What a query calls the columns of a table, each with its name in the table; none where it calls them as they are."""


def unique_indexes() -> str:
    """Return the statement that makes PostgreSQL believe every key that has an index, until it is rolled back."""
    tables = ", ".join(f"'{table}'::REGCLASS" for table in STAR)
    return f"""
        UPDATE pg_index SET indisunique = TRUE
        FROM pg_class JOIN pg_am ON pg_am.oid = relam
        WHERE pg_class.oid = indexrelid AND amname = 'btree' AND indrelid IN ({tables})
    """


def believe(statement: str, dialect: str = "postgres") -> str:
    """Return a statement as a planner runs it that believes declared keys; the same where that changes nothing."""
    tree = sqlglot.parse_one(statement, dialect=dialect)
    is_other = False
    for select in [*tree.find_all(exp.Select)]:
        for leave_out in (_distinct, _grouping, _inner_joins, _orphans):
            is_other |= leave_out(select)
    return tree.sql(dialect=dialect) if is_other else statement


@cache
def _unique(table: str) -> tuple[frozenset[str], ...]:
    words = (key.partition("(") for key in read_table(table).keys if not key.startswith("FOREIGN"))
    return tuple(frozenset(columns.rstrip(")").split(", ")) for _, _, columns in words)


@cache
def _referred(table: str, column: str) -> str | None:
    return {each.name: each.refers_to for each in read_table(table).columns}.get(column)


def _base(source: exp.Expr | None) -> tuple[str, Columns] | None:
    """Return the table of which something is only some rows and columns; None where it is anything else."""
    if isinstance(source, exp.From):
        source = source.this
    if isinstance(source, exp.Table):
        return (source.name, {}) if source.name in TABLES else None
    if not isinstance(source, exp.Subquery) or not isinstance(source.this, exp.Select):
        return None
    inner = source.this
    if any(inner.args.get(each) for each in ("joins", "group", "distinct", "limit")):
        return None
    below = _base(inner.args.get("from_"))
    if below is None or any(isinstance(each, exp.Star) for each in inner.expressions):
        return below
    plain = [each for each in inner.expressions if isinstance(each.unalias(), exp.Column)]
    return below[0], {each.alias_or_name: below[1].get(each.unalias().name, each.unalias().name) for each in plain}


def _has_key(select: exp.Select, columns: list[exp.Expr]) -> bool:
    """Tell whether no two rows of a query without joins have the same in these columns, by what is declared."""
    base = None if select.args.get("joins") else _base(select.args.get("from_"))
    if base is None:
        return False
    table, names = base
    known = {names.get(each.name, "" if names else each.name) for each in columns if isinstance(each, exp.Column)}
    return any(key <= known for key in _unique(table))


def _distinct(select: exp.Select) -> bool:
    """Leave out DISTINCT where the rows have a key."""
    if not select.args.get("distinct") or not _has_key(select, [each.unalias() for each in select.expressions]):
        return False
    select.set("distinct", None)
    return True


def _grouping(select: exp.Select) -> bool:
    """Take each row for its group where the groups have a key."""
    group, having = select.args.get("group"), select.args.get("having")
    if not group or not _has_key(select, group.expressions):
        return False
    for count in [*select.find_all(exp.Count)]:
        count.replace(exp.Literal.number(1))
    select.set("group", None)
    select.set("having", None)
    if having:
        select.where(having.this, copy=False)
    return True


def _reference(select: exp.Select, join: exp.Join) -> exp.Column | None:
    """Return the column that refers to what is joined by its key, where that is declared."""
    parent, condition = join.this, join.args.get("on")
    if not isinstance(parent, exp.Table) or not isinstance(condition, exp.EQ):
        return None
    for child, key in ((condition.this, condition.expression), (condition.expression, condition.this)):
        if not isinstance(child, exp.Column) or not isinstance(key, exp.Column):
            return None
        sources = [select.args["from_"].this, *(each.this for each in select.args["joins"])]
        bases = [_base(source) for source in sources if source.alias_or_name == child.table]
        if key.table == parent.alias_or_name and bases and bases[0]:
            table, names = bases[0]
            if _referred(table, names.get(child.name, "" if names else child.name)) == parent.name:
                return child
    return None


def _inner_joins(select: exp.Select) -> bool:
    """Leave out joins to what a key refers to, where nothing is read of it."""
    is_other = False
    for join in [*(select.args.get("joins") or ())]:
        child = None if join.side or join.kind == "CROSS" else _reference(select, join)
        inside = {id(column) for column in join.find_all(exp.Column)}
        read = [each for each in select.find_all(exp.Column) if id(each) not in inside]
        reads_all = any(isinstance(each, exp.Star) for each in select.expressions)
        if child and not reads_all and all(each.table not in ("", join.this.alias_or_name) for each in read):
            join.pop()
            select.where(exp.Not(this=exp.Is(this=child.copy(), expression=exp.Null())), copy=False)
            is_other = True
    return is_other


def _orphans(select: exp.Select) -> bool:
    """Find no row that refers to none."""
    is_other = False
    for join in select.args.get("joins") or []:
        child = _reference(select, join) if join.side == "LEFT" else None
        where = select.args.get("where")
        if child is None or where is None:
            continue
        for each in [*where.find_all(exp.Is)]:
            if each.this.table == join.this.alias_or_name and isinstance(each.expression, exp.Null):
                each.replace(exp.Is(this=child.copy(), expression=exp.Null()))
                is_other = True
    return is_other
