"""Read Redshift SQL as statements of tokens, and keep the position of each in the text.

Translation works on the writer's own text: what both engines agree on is never touched. So this module only finds
positions. psycopg2's placeholders (`%s`, `%(name)s`, `%%`) are one token each.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import ClassVar, NoReturn

from sqlglot import Token, TokenType
from sqlglot.dialects.redshift import Redshift
from sqlglot.errors import TokenError

from client.errors import UntranslatableSql

POSITIONAL = "%s"
NOT_WORDS = {TokenType.IDENTIFIER, TokenType.STRING, TokenType.BYTE_STRING}
MARK = "\x01{}\x02"
"""Stands before a token's text in a translation that is traced, with the token's place."""


class _Tokenizer(Redshift.Tokenizer):
    """Redshift's tokens, also after verbs whose rest sqlglot would leave as one string."""

    COMMANDS: ClassVar[set[TokenType]] = set()


ColumnsOf = Callable[[str], set[str] | None]
"""Returns the columns of a table of the session's, None if there is no such table."""


def no_tables(_: str) -> None:
    """Know of no table."""
    return


@dataclass(frozen=True)
class Statement:
    """One statement, or a part of one: the whole text and the tokens that are meant. A span is [low, high)."""

    sql: str
    tokens: tuple[Token, ...]
    is_traced: bool = False
    columns_of: ColumnsOf = no_tables

    @property
    def text(self) -> str:
        """The text as it was written."""
        return self.source(0, len(self.tokens))

    def source(self, low: int, high: int) -> str:
        """Return the text of a span as it was written."""
        return self.sql[self.tokens[low].start : self.tokens[high - 1].end + 1] if low < high else ""

    def part(self, low: int, high: int) -> "Statement":
        """Return a span as a statement of its own."""
        return replace(self, tokens=self.tokens[low:high])

    def word(self, at: int) -> str:
        """Return a token in upper case, '' past the end and for what is quoted, which is never a keyword."""
        if not 0 <= at < len(self.tokens) or self.tokens[at].token_type in NOT_WORDS:
            return ""
        return " ".join(self.tokens[at].text.upper().split())

    def words(self, low: int, count: int) -> str:
        """Return some tokens in upper case, one blank between them."""
        return " ".join(self.word(at) for at in range(low, low + count))

    def kind(self, at: int) -> TokenType | None:
        """Return the type of a token, None past the end."""
        return self.tokens[at].token_type if 0 <= at < len(self.tokens) else None

    def closing(self, opening: int) -> int:
        """Find the parenthesis that closes the one at `opening`."""
        closing = self._closings.get(opening)
        return self.refuse("a parenthesis is opened and not closed") if closing is None else closing

    @cached_property
    def _closings(self) -> dict[int, int]:
        """The parenthesis that closes each one that is closed."""
        opened: list[int] = []
        closings = {}
        for at, token in enumerate(self.tokens):
            if token.token_type == TokenType.L_PAREN:
                opened.append(at)
            elif token.token_type == TokenType.R_PAREN and opened:
                closings[opened.pop()] = at
        return closings

    @cached_property
    def _openings(self) -> dict[int, int]:
        return {closing: opening for opening, closing in self._closings.items()}

    def opening(self, at: int) -> int:
        """Return the token, or if it closes a parenthesis, the one that opens that."""
        return self._openings.get(at, at)

    def mark(self, at: int) -> str:
        """Return what stands before a token in the translation: nothing, unless it is traced."""
        return MARK.format(self.tokens[at].start) if self.is_traced else ""

    def top_level(self, low: int, high: int) -> Iterator[int]:
        """Give the tokens of a span that stand in no parentheses of their own, up to a parenthesis that closes it."""
        at = low
        while at < high and self.tokens[at].token_type != TokenType.R_PAREN:
            yield at
            is_opening = self.tokens[at].token_type == TokenType.L_PAREN
            at = 1 + (self._closings.get(at, high) if is_opening else at)

    def items(self, low: int, high: int) -> list[tuple[int, int]]:
        """Split a span at its commas; an empty span has no items."""
        commas = [at for at in self.top_level(low, high) if self.tokens[at].token_type == TokenType.COMMA]
        return list(zip([low, *(at + 1 for at in commas)], [*commas, high], strict=True)) if low < high else []

    def arguments(self, name: int) -> list[tuple[int, int]]:
        """Return the spans of the arguments of the function at `name`."""
        return self.items(name + 2, self.closing(name + 1))

    def find(self, word: str, low: int, high: int) -> int | None:
        """Find a word in a span, outside of parentheses."""
        return next((at for at in self.top_level(low, high) if self.word(at) == word), None)

    def refuse(self, reason: str, at: int | None = None) -> NoReturn:
        """Refuse the statement, for its token `at` if it is for one."""
        raise UntranslatableSql(reason, None if at is None else self.tokens[at].start)


def split(sql: str, columns_of: ColumnsOf = no_tables, *, is_traced: bool = False) -> list[Statement]:
    """Read a text into its statements; the translation of a traced one marks where its parts come from.

    Raises:
        UntranslatableSql: it cannot be read, or holds what could not be passed on.
    """
    statements: list[list[Token]] = [[]]
    for token in _with_placeholders(tokenize(sql)):
        if token.token_type == TokenType.SEMICOLON:
            statements.append([])
        else:
            statements[-1].append(token)
    return [Statement(sql, tuple(statement), is_traced, columns_of) for statement in statements if statement]


def tokenize(sql: str) -> list[Token]:
    """Read a text into its tokens; a placeholder is several.

    Raises:
        UntranslatableSql: it cannot be read.
    """
    try:
        return _Tokenizer(dialect="redshift").tokenize(sql)
    except TokenError as error:
        missing = re.match(r"Missing (\S+)", str(error.__cause__))
        reason = f"a {missing[1]} is opened and not closed" if missing else "it ends within a comment"
        raise UntranslatableSql(f"the statement cannot be read: {reason}") from error


def trace_unchanged(sql: str) -> str:
    """Return a text with the mark of its place before each token.

    Raises:
        UntranslatableSql: it cannot be read.
    """
    parts, end = [], 0
    for token in _with_placeholders(tokenize(sql)):
        parts += [sql[end : token.start], MARK.format(token.start), sql[token.start : token.end + 1]]
        end = token.end + 1
    return "".join([*parts, sql[end:]])


def _with_placeholders(tokens: list[Token]) -> Iterator[Token]:
    """Join the tokens of each of psycopg2's placeholders into one, which parses as a name; %% becomes one sign."""
    at = 0
    while at < len(tokens):
        length = _placeholder_length(tokens, at)
        first, last = tokens[at], tokens[at + length - 1]
        if length > 1:
            is_sign = last.token_type == TokenType.MOD
            text = "%" if is_sign else POSITIONAL if length == 2 else f"%({tokens[at + 2].text})s"
            kind = TokenType.MOD if is_sign else TokenType.VAR
            first = Token(kind, text, first.line, first.col, first.start, last.end)
        yield first
        at += length


def _placeholder_length(tokens: list[Token], at: int) -> int:
    following = tokens[at : at + 5]
    if tokens[at].token_type != TokenType.MOD or len(following) < 2:
        return 1
    touching = [a.end + 1 == b.start for a, b in pairwise(following)]
    if touching[0] and (following[1].token_type == TokenType.MOD or following[1].text == "s"):
        return 2
    is_named = len(following) == 5 and following[1].token_type == TokenType.L_PAREN and all(touching)
    return 5 if is_named and following[3].token_type == TokenType.R_PAREN and following[4].text == "s" else 1


def shortened(text: str) -> str:
    """Return the beginning of a statement, in one line, for a message about it."""
    words = " ".join(text.split())
    return words if len(words) <= 80 else words[:77] + "..."
