"""Write a statement as PostgreSQL runs it, changing no more than what differs; every other character stays.

Queries are parsed and judged first (`refusals`); then their tokens are gone through once, and each construct that
differs is replaced where it stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import ascii_lowercase, ascii_uppercase

from sqlglot import TokenType, exp

from client.errors import UntranslatableSql
from client.parsing import SQLGLOT, TOO_DEEP, parse
from client.statement import POSITIONAL, Statement
from client.vocabulary import SAME_FUNCTIONS, refuse_call
from local_redshift.dialect.aliases import Span, find_aliases
from local_redshift.dialect.datatypes import translate_type
from local_redshift.dialect.functions import RULES
from local_redshift.dialect.refusals import check_tree
from local_redshift.dialect.selects import translate_select
from local_redshift.dialect.tokens import check_tokens

LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
PARSED_APART = set(SQLGLOT.parser_class.FUNCTION_PARSERS) - {"CHAR"}
NO_CALLS = {"VALUES", "DEFAULT"}  # which sqlglot parses as functions in MERGE
TYPED = {"DATE", "TIME", "TIMETZ", "TIMESTAMP", "TIMESTAMPTZ"}  # before a literal
LONGEST_EXPRESSION = 1_000_000
Replacement = tuple[str, int]


@dataclass(frozen=True)
class Rewriter:
    """One pass over a statement: the functions it calls by token, and replacements already decided on by token."""

    statement: Statement
    calls: Mapping[int, str] = field(default_factory=dict)
    replacements: Mapping[int, Replacement] = field(default_factory=dict)
    aliases: Mapping[int, Span] = field(default_factory=dict)

    def render(self, low: int, high: int) -> str:
        """Return the PostgreSQL text of a span."""
        return self._copy(low, high, replace_first=True)

    def unchanged(self, at: int, end: int) -> Replacement:
        """Keep the token at `at` as it is, and render the rest up to `end`."""
        return self._copy(at, end, replace_first=False), end

    def after(self, name: int) -> int:
        """Return the token after the arguments of the function at `name`."""
        return self.statement.closing(name + 1) + 1

    def exactly(self, name: int, count: int) -> list[str]:
        """Render the arguments of the function at `name`, which must be that many."""
        spans = self.statement.arguments(name)
        if len(spans) != count:
            self.statement.refuse(f"{self.statement.word(name)} takes {count} arguments, not {len(spans)}")
        return [self.render(*span) for span in spans]

    def keep_in_place(self, low: int, high: int) -> None:
        """Refuse positional placeholders in a span that is about to be moved or written twice."""
        if any(token.text == POSITIONAL for token in self.statement.tokens[low:high]):
            self.statement.refuse(f"%s cannot stand in {self.statement.source(low, high)}: name it, as in %(name)s")

    def _copy(self, low: int, high: int, *, replace_first: bool) -> str:
        statement, parts, at = self.statement, [], low
        while at < high:
            if at > low:
                parts.append(statement.sql[statement.tokens[at - 1].end + 1 : statement.tokens[at].start])
            replacement = self._replacement(at, high) if at > low or replace_first else None
            text, after = replacement or (statement.source(at, at + 1), at + 1)
            parts += [statement.mark(at), text]
            at = after
        return "".join(parts)

    def _replacement(self, at: int, high: int) -> Replacement | None:
        statement = self.statement
        if at in self.replacements or at in self.aliases:
            return self.replacements.get(at) or (self._expression(*self.aliases[at]), at + 1)
        if self.calls.get(at) in RULES:
            return RULES[self.calls[at]](self, at)
        kind = statement.kind(at)
        if kind == TokenType.SELECT:
            return translate_select(self, at, high)
        if kind == TokenType.IDENTIFIER:
            folded = statement.source(at, at + 1).translate(LOWER)
            return (folded, at + 1) if folded != statement.source(at, at + 1) else None
        if kind == TokenType.DCOLON:
            name, after = translate_type(statement, at + 1)
            return (f"::{name}", after) if name != statement.source(at + 1, after) else None
        return self._replaced_word(at)

    def _expression(self, low: int, high: int) -> str:
        """Return the expression that an alias stands for."""
        self.keep_in_place(low, high)
        text = f"({self.render(low, high)})"
        if len(text) > LONGEST_EXPRESSION:
            self.statement.refuse(f"aliases of aliases grow to more than {LONGEST_EXPRESSION:,} characters", low)
        return text

    def _replaced_word(self, at: int) -> Replacement | None:
        statement, word, before = self.statement, self.statement.word(at), self.statement.word(at - 1)
        if word.startswith("#"):
            is_select_into = before == "INTO" and statement.word(at - 2) not in ("INSERT", "MERGE")
            return f'TEMP "{word.lower()}"' if is_select_into else f'"{word.lower()}"', at + 1
        if word == "SYSDATE" and before not in ("AS", "."):
            return "redshift.sysdate()", at + 1
        if word == "APPROXIMATE" and statement.word(at + 1) == "COUNT":
            return statement.source(at + 1, at + 2), at + 2  # the exact count is near enough
        is_text = (
            TokenType.STRING in (statement.kind(at - 1), statement.kind(at + 1)) and statement.word(at - 2) not in TYPED
        )
        if statement.kind(at) == TokenType.DPIPE and not is_text:
            return "|| '' ||", at + 1  # text beside each of two that may be numbers or dates
        if statement.kind(at) == TokenType.ILIKE:  # r_patternmatching_condition_like: for single-byte characters
            return f"{statement.source(at, at + 1)} '' COLLATE \"C\" ||", at + 1
        return ("EXCEPT", at + 1) if word == "MINUS" else None


def translate_query(statement: Statement, replacements: Mapping[int, Replacement] | None = None) -> str:
    """Translate one SELECT, INSERT, UPDATE, DELETE or part of such a statement that parses on its own.

    Raises:
        UntranslatableSql: it holds what Redshift lacks or what is not emulated.
    """
    check_tokens(statement)
    tree = parse(statement)
    calls = _find_calls(statement, tree)
    check_tree(tree, {statement.tokens[at].start: name for at, name in calls.items()})
    _check_calls(statement, calls)
    try:
        return Rewriter(statement, calls, replacements or {}, find_aliases(statement, tree)).render(
            0, len(statement.tokens)
        )
    except RecursionError as error:
        raise UntranslatableSql(TOO_DEEP) from error


def _find_calls(statement: Statement, tree: exp.Expr) -> dict[int, str]:
    """Find the functions that a statement calls, by the token of their name."""
    starts = {node.meta.get("start") for node in tree.walk() if not isinstance(node, exp.Identifier | exp.Star)}
    calls = {}
    for at, token in enumerate(statement.tokens):
        name = statement.word(at)
        is_name = token.start in starts or name in PARSED_APART
        if is_name and statement.kind(at + 1) == TokenType.L_PAREN and name not in NO_CALLS:
            calls[at] = name
    return calls


def _check_calls(statement: Statement, calls: Mapping[int, str]) -> None:
    """Refuse functions that Redshift lacks or that are not emulated."""
    for at, name in calls.items():
        is_qualified = statement.kind(at - 1) == TokenType.DOT
        is_shared = name in SAME_FUNCTIONS and (not is_qualified or statement.word(at - 2) == "PG_CATALOG")
        if is_shared or (name in RULES and not is_qualified):
            continue
        refuse_call(statement, at, "the local warehouse knows")
