"""Write TOP and QUALIFY as PostgreSQL has them: a LIMIT, and a subquery whose rows are filtered outside.

Refused: either of them in one side of a UNION, placeholders `%s` that would change their order, and a QUALIFY whose
columns have no name of their own (`AS` gives one).
"""

from sqlglot import TokenType, exp

from client.parsing import parse
from client.statement import Statement
from local_redshift.dialect.renderer import Renderer

SET_OPERATORS = {TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT}
QUANTIFIERS = {"ALL", "DISTINCT"}
CLAUSES = ("FROM", "QUALIFY", "ORDER BY", "LIMIT", "OFFSET")


def translate_select(rewriter: Renderer, at: int, high: int) -> tuple[str, int] | None:
    """Rewrite the SELECT at a token if it has TOP or QUALIFY; a span ends at `high`."""
    statement = rewriter.statement
    end = _end(statement, at, high)
    top = next((i for i in (at + 1, at + 2) if statement.word(i) == "TOP"), None)
    is_top = top is not None and (top == at + 1 or statement.word(at + 1) in QUANTIFIERS)
    qualify = statement.find("QUALIFY", at, end)
    if not is_top and qualify is None:
        return None
    if (
        statement.kind(end) in SET_OPERATORS
        or statement.kind(at - 1) in SET_OPERATORS
        or statement.word(at - 1) in QUANTIFIERS
    ):
        statement.refuse("TOP and QUALIFY in one side of a set operation are not emulated: use a subquery")
    return _Select(rewriter, at, end, top if is_top else None).translate(), end


def _end(statement: Statement, at: int, high: int) -> int:
    """Return the token after the SELECT at a token."""
    last = at
    for last in statement.top_level(at, high):
        if statement.kind(last) in SET_OPERATORS:
            return last
    return 1 + (statement.closing(last) if statement.kind(last) == TokenType.L_PAREN else last)


class _Select:
    """One SELECT: where its list and its clauses stand."""

    def __init__(self, rewriter: Renderer, at: int, end: int, top: int | None) -> None:
        self.rewriter, self.end = rewriter, end
        self.statement = rewriter.statement
        low = at + 1
        quantifiers = []
        while self.statement.word(low) in QUANTIFIERS or low == top:
            if low == top:
                rewriter.keep_in_place(low + 1, low + 2)
                low += 1
            else:
                quantifiers.append(self.statement.word(low))
            low += 1
        self.head = " ".join(["SELECT", *quantifiers])
        self.limit = f" LIMIT {self.statement.source(top + 1, top + 2)}" if top is not None else ""
        self.low = low
        self.clauses = {name: place for name in CLAUSES if (place := self.statement.find(name, low, end)) is not None}
        if self.limit and "LIMIT" in self.clauses:
            self.statement.refuse("TOP and LIMIT exclude each other")
        self.tree = parse(self.statement.part(at, end))

    def translate(self) -> str:
        """Return the whole SELECT."""
        if "QUALIFY" not in self.clauses:
            return f"{self.head} {self.rewriter.render(self.low, self.end)}{self.limit}"
        if "FROM" not in self.clauses or self.tree.args.get("into"):
            self.statement.refuse("QUALIFY needs a FROM and no INTO")
        qualify, start = self.clauses["QUALIFY"], self.clauses["FROM"]
        self._require_alias(qualify)
        tail = min((self.clauses[name] for name in CLAUSES[2:] if name in self.clauses), default=self.end)
        self.rewriter.keep_in_place(qualify, tail)
        inner, outer = self._columns(start)
        order, hidden = self._order(tail, outer)
        condition = f"({self.rewriter.render(qualify + 1, tail)}) AS _qualifies"
        subquery = f"SELECT {', '.join([*inner, *hidden, condition])} {self.rewriter.render(start, qualify)}"
        columns = ", ".join(outer.values())
        return f"{self.head} {columns} FROM ({subquery}) AS _qualified WHERE _qualifies{order}{self.limit}"

    def _require_alias(self, qualify: int) -> None:
        """Refuse QUALIFY right after the name of a table (Redshift guide, r_QUALIFY_clause)."""
        joins: list[exp.Expr] = self.tree.args.get("joins") or []
        last = joins[-1] if joins else self.tree.args["from_"].this
        is_ended = any(last.args.get(clause) for clause in ("on", "using"))
        relation = last.this if isinstance(last, exp.Join) else last
        has_clause = any(self.tree.args.get(clause) for clause in ("where", "group", "having"))
        if not relation.alias and not is_ended and not has_clause:
            self.statement.refuse("QUALIFY right after FROM needs an alias on Redshift: FROM t AS x QUALIFY …", qualify)

    def _columns(self, start: int) -> tuple[list[str], dict[str, str]]:
        """Return the columns of the subquery, and those of the SELECT around it by their name."""
        inner: list[str] = []
        outer: dict[str, str] = {}
        spans = self.statement.items(self.low, start)
        for (low, high), column in zip(spans, self.tree.expressions, strict=True):
            for relation in self._relations(column):
                outer[f"{relation}.*"] = f"(_qualified._{len(inner)}).*"
                inner.append(f"{relation}.*::record AS _{len(inner)}")
            if column.is_star:
                continue
            if not column.alias_or_name:
                self.statement.refuse(f"QUALIFY: give {self.statement.source(low, high)} a name with AS")
            label = (2 if self.statement.word(high - 2) == "AS" else 1) if isinstance(column, exp.Alias) else 0
            name = column.alias_or_name.lower()
            quoted = name.replace('"', '""')
            outer[name] = f'_{len(inner)} AS "{quoted}"'
            inner.append(f"{self.rewriter.render(low, high - label)} AS _{len(inner)}")
        return inner, outer

    def _relations(self, column: exp.Expr) -> list[str]:
        """Return the relations whose columns a star stands for."""
        if not column.is_star:
            return []
        if isinstance(column, exp.Column):
            return [column.table]
        joins = self.tree.args.get("joins") or []
        if any(join.args.get("using") or join.method for join in joins):
            self.statement.refuse("QUALIFY: * with USING or NATURAL is not emulated, list the columns")
        return [source.alias_or_name for source in (self.tree.args["from_"].this, *(join.this for join in joins))]

    def _order(self, tail: int, outer: dict[str, str]) -> tuple[str, list[str]]:
        """Return what follows QUALIFY, ordering by columns of the subquery where the list does not hold them."""
        order = self.tree.args.get("order")
        end = min((self.clauses[name] for name in ("LIMIT", "OFFSET") if name in self.clauses), default=self.end)
        rest = self.rewriter.render(end, self.end)
        if order is None:
            return f" {rest}" if rest else "", []
        items: list[str] = []
        hidden: list[str] = []
        for (low, high), item in zip(self.statement.items(tail + 1, end), order.expressions, strict=True):
            if isinstance(item.this, exp.Literal) or item.this.sql().lower() in outer:
                items.append(self.rewriter.render(low, high))
                continue
            stop = next((i for i in range(low, high) if self.statement.word(i) in ("ASC", "DESC", "NULLS")), high)
            items.append(f"_order{len(hidden)} {self.statement.source(stop, high)}".strip())
            hidden.append(f"{self.rewriter.render(low, stop)} AS _order{len(hidden)}")
        return f" ORDER BY {', '.join(items)}" + (f" {rest}" if rest else ""), hidden
