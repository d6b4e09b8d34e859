"""Let an alias of a select list stand for its expression later in it and in QUALIFY (Redshift guide, r_SELECT_list).

Redshift puts the expression in its place, unless a column of FROM has the name. So what FROM's tables have must be
known: tables are looked up in the session, subqueries are read. WHERE and HAVING take no alias.
"""

from collections.abc import Iterator
from itertools import chain

from sqlglot import TokenType, exp

from client.statement import Statement

Span = tuple[int, int]


def find_aliases(statement: Statement, tree: exp.Expr) -> dict[int, Span]:
    """Return the tokens that are an alias of their select list, each with the tokens that it stands for."""
    positions = {token.start: at for at, token in enumerate(statement.tokens)}
    found: dict[int, Span] = {}
    for select in tree.find_all(exp.Select):
        uses = list(_uses(select))
        known = _columns_of_from(statement, select) if uses else set()
        for column, alias in uses:
            if known is not None and column.name.lower() not in known:
                found[positions[column.this.meta["start"]]] = _span(statement, positions[alias.meta["start"]])
    return found


def _uses(select: exp.Select) -> Iterator[tuple[exp.Column, exp.Expr]]:
    """Give the columns that may be an alias by their name and their place, each with that alias."""
    aliases: dict[str, exp.Expr] = {}
    for part in (*select.expressions, select.args.get("qualify")):
        if part is None:
            continue
        for node in part.walk(prune=lambda node: isinstance(node, exp.Query)):
            if isinstance(node, exp.Column) and not node.table and "start" in node.this.meta:
                alias = aliases.get(node.name.lower())
                if alias is not None:
                    yield node, alias
        if isinstance(part, exp.Alias) and "start" in part.args["alias"].meta:
            aliases.setdefault(part.alias.lower(), part.args["alias"])


def _span(statement: Statement, alias: int) -> Span:
    """Return the tokens of the expression that has an alias."""
    high = alias - 1 if statement.word(alias - 1) == "AS" else alias
    low = high
    while statement.kind(low - 1) not in (TokenType.COMMA, TokenType.SELECT):
        low = statement.opening(low - 1)
    if statement.kind(low - 1) == TokenType.SELECT:
        while statement.word(low) in ("ALL", "DISTINCT"):
            low += 1
        low += 2 if statement.word(low) == "TOP" else 0
    return low, high


def _columns_of_from(statement: Statement, select: exp.Expr) -> set[str] | None:
    """Return the names of all columns of FROM; None if a table is not there yet."""
    source = select.args.get("from_")
    joined = (join.this for join in select.args.get("joins") or [])
    names: set[str] = set()
    for relation in chain([source.this] if source else [], joined):
        columns = _columns(statement, relation)
        if columns is None:
            return None
        names |= columns
    return names


def _columns(statement: Statement, relation: exp.Expr) -> set[str] | None:
    """Return the names of the columns of a table, a subquery or a name in WITH; a list behind its alias adds names."""
    alias = relation.args.get("alias")
    named = {column.name.lower() for column in alias.columns} if alias else set()
    query = _defined(relation) if isinstance(relation, exp.Table) else relation.this
    if isinstance(query, exp.CTE):
        named |= {column.name.lower() for column in query.args["alias"].columns}
        query = query.this
    if query is None and isinstance(relation, exp.Table):
        parts = (part.name.lower().replace('"', '""') for part in relation.parts)
        columns = statement.columns_of(".".join(f'"{part}"' for part in parts))
    else:
        columns = _output(statement, query) if query is not None else set()
    return None if columns is None else columns | named


def _defined(table: exp.Expr) -> exp.Expr | None:
    """Return the WITH query that a table's name stands for, if it does."""
    inner: exp.Expr = table
    for outer in _ancestors(table) if not table.text("db") else ():
        named = outer.args.get("with_")
        queries = named.expressions if named is not None and named is not inner else []
        if isinstance(outer, exp.With):  # one of its queries knows those before it, and itself if it is recursive
            at = next(at for at, query in enumerate(outer.expressions) if query is inner)
            queries = outer.expressions[: at + bool(outer.args.get("recursive"))]
        found: exp.Expr | None = next((query for query in queries if query.alias.lower() == table.name.lower()), None)
        if found is not None:
            return found
        inner = outer
    return None


def _ancestors(node: exp.Expr) -> Iterator[exp.Expr]:
    while node.parent is not None:
        node = node.parent
        yield node


def _output(statement: Statement, query: exp.Expr) -> set[str] | None:
    """Return the names of the columns that a query gives."""
    while isinstance(query, exp.SetOperation | exp.Subquery):
        query = query.this
    names: set[str] = set()
    for part in query.expressions:
        if not part.is_star:
            names.add(part.alias_or_name.lower())
            continue
        columns = _columns_of_from(statement, query)  # of t.* too: a name too many is no alias, and then not found
        if columns is None:
            return None
        names |= columns
    return names
