"""Which joins of the project's SQL find their rows on the same node, and which make rows travel.

A relation is distributed by a column (its table's DISTKEY, as far as a query passes that column on), lies on every node
(DISTSTYLE ALL), or neither. A join is co-located if one side is on every node, or if it equates the columns that both
are distributed by: DS_DIST_ALL_NONE and DS_DIST_NONE in Redshift's plans (Redshift guide, c_data_redistribution). Where
the guide promises nothing, as for rows that were grouped by another column, the join counts as one that moves rows.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

_ATTRIBUTES = re.compile(r"\s(?:DISTSTYLE \w+|DISTKEY \(\w+\)|SORTKEY \(\w+\))")


@dataclass(frozen=True)
class Placement:
    """Where the rows of a relation lie: on every node, or on the one that any of these columns says."""

    everywhere: bool = False
    keys: frozenset[str] = frozenset()

    def under(self, alias: str) -> "Placement":
        """Return the placement with its columns qualified."""
        return Placement(self.everywhere, frozenset(f"{alias}.{key}" for key in self.keys))

    def joined(self, other: "Placement", pairs: set[frozenset[str]]) -> "Placement | None":
        """Return where the rows of a co-located join lie; nothing if it is not co-located."""
        if other.everywhere:
            return self
        if self.everywhere:
            return other
        together = any(frozenset((one, two)) in pairs for one in self.keys for two in other.keys)
        return Placement(keys=self.keys | other.keys) if together else None


NOWHERE = Placement()
QUERIES = (exp.Select, exp.SetOperation)


def declared(create: str) -> tuple[str, Placement]:
    """Read the name and the placement of a table from its CREATE TABLE."""
    name = re.search(r"CREATE (?:TEMP )?TABLE (?:IF NOT EXISTS )?(\w+)", create)
    assert name is not None
    return name[1], Placement("DISTSTYLE ALL" in create, frozenset(re.findall(r"DISTKEY \((\w+)\)", create)))


def travelling(statement: str, tables: Mapping[str, Placement]) -> list[str]:
    """Return the joins of one statement that are not co-located, each as the columns that it equates."""
    text = _ATTRIBUTES.sub("", re.sub(r"%\((\w+)\)s", r":\1", statement))
    return _Reader(tables).read(sqlglot.parse_one(text, read="redshift"))


@dataclass
class _Reader:
    tables: Mapping[str, Placement]
    known: dict[int, Placement] = field(default_factory=dict)
    read_by: dict[int, Placement] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)

    def read(self, tree: exp.Expr) -> list[str]:
        target = tree.this if isinstance(tree, exp.Merge | exp.Delete) else None
        own = Placement() if target is None else self._table(target)
        if isinstance(tree, exp.Merge):
            self._join(own, self._table(tree.args["using"]), tree.args["on"])
        for query in tree.find_all(*QUERIES):
            if query.find_ancestor(*QUERIES) is None:
                for scope in traverse_scope(query):
                    self.known[id(scope.expression)] = self._of_scope(scope)
        if target is not None:
            self._memberships(tree, own)
        return self.found

    def _table(self, table: exp.Expr) -> Placement:
        return self.tables.get(table.name, NOWHERE).under(table.alias_or_name)

    def _of_scope(self, scope: Scope) -> Placement:
        query = scope.expression
        if isinstance(query, exp.SetOperation):
            one, two = (self.known[id(part.unnest())] for part in (query.left, query.right))
            return Placement(one.everywhere and two.everywhere, one.keys & two.keys)
        sides = {
            alias: (self.known[id(source.expression)] if isinstance(source, Scope) else self._plain(source)).under(
                alias
            )
            for alias, (_, source) in scope.selected_sources.items()
        }
        aliases = iter(sides)
        where = sides[next(aliases)] if sides else NOWHERE
        for join in query.args.get("joins") or ():
            where = self._join(where, sides[join.alias_or_name], join.args.get("on"))
        self.read_by[id(query)] = where
        self._memberships(query.args.get("where"), where)
        return self._passed_on(query, where)

    def _plain(self, source: exp.Expr) -> Placement:
        return self.tables.get(source.name, NOWHERE)

    def _join(self, where: Placement, other: Placement, on: exp.Expr | None) -> Placement:
        equations = [each for each in (on.flatten() if isinstance(on, exp.And) else [on]) if isinstance(each, exp.EQ)]
        pairs = {frozenset((each.this.sql(), each.expression.sql())) for each in equations}
        joined = where.joined(other, pairs)
        if joined is None:
            self.found.append(" AND ".join(each.sql() for each in equations))
        return joined or NOWHERE

    def _memberships(self, part: exp.Expr | None, where: Placement) -> None:
        """Take `a IN (SELECT b …)` and `EXISTS (SELECT … WHERE b = a)` for the joins that they are."""
        for found in part.find_all(exp.Exists) if part is not None else ():
            if condition := found.this.args.get("where"):  # or it is no join
                self._join(where, self.read_by[id(found.this)], condition.this)
        for each in part.find_all(exp.In) if part is not None else ():
            query = each.args.get("query")
            if query is None:
                continue
            inner = query.unnest()
            place, given = self.known[id(inner)], inner.selects[0]
            is_together = any(_names(key, each.this) for key in where.keys) and given.alias_or_name in place.keys
            if not where.everywhere and not place.everywhere and not is_together:
                self.found.append(f"{each.this.sql()} IN ({given.sql()})")

    def _passed_on(self, query: exp.Expr, where: Placement) -> Placement:
        """Return where the rows that a query gives out lie, by the names that it gives to columns."""
        kept = [key for key in where.keys if all(any(_names(key, each) for each in by) for by in _regroupings(query))]
        names = (name for key in kept for each in query.args["expressions"] if (name := _passes(key, each)))
        return Placement(where.everywhere, frozenset(names))


def _regroupings(query: exp.Expr) -> Iterator[list[exp.Expr]]:
    """Yield the columns of whatever brings rows together that were apart: GROUP BY, and windows."""
    if query.args.get("group"):
        yield query.args["group"].expressions
    for window in query.find_all(exp.Window):
        if window.find_ancestor(*QUERIES) is query:
            yield window.args.get("partition_by") or []


def _names(key: str, expression: exp.Expr) -> bool:
    """Tell whether an expression is this qualified column, by its full name or without the table."""
    return isinstance(expression, exp.Column) and expression.sql() in (key, key.rpartition(".")[2])


def _passes(key: str, selected: exp.Expr) -> str | None:
    """Return the name under which a column is given out here, if it is."""
    if selected.sql() in ("*", f"{key.partition('.')[0]}.*"):
        return key.rpartition(".")[2]
    return selected.alias_or_name if _names(key, selected.unalias()) else None
