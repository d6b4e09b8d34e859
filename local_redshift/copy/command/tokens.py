"""Read the tokens of a COPY statement one after another.

No message quotes a string literal of the statement: it may be a secret.
"""

import re
from dataclasses import dataclass
from typing import NoReturn

from sqlglot import TokenType

from client.errors import UntranslatableSql
from client.statement import Statement, split

_KINDS = {
    TokenType.STRING: "string",
    TokenType.BYTE_STRING: "string",  # E'…'
    TokenType.IDENTIFIER: "name",
}
_WORD = re.compile(r"[^\W\d][\w$]*|\#\w[\w$]*")
_ESCAPE = re.compile(r"\\(.)|''", re.DOTALL)


class CopySyntaxError(ValueError):
    """A COPY statement that cannot be run; the message names the option and its place."""


@dataclass(frozen=True)
class Token:
    """One token: `kind` is string, name, number, word, mark or end, `value` what it stands for."""

    kind: str
    value: str
    start: int

    @property
    def keyword(self) -> str:
        """The keyword that this token is, in upper case; a quoted name is none."""
        return self.value.upper() if self.kind == "word" else ""


class TokenReader:
    """The tokens of one statement and the place up to which they have been read."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        try:
            statement, *others = split(sql) or [Statement(sql, ())]
        except UntranslatableSql as error:
            raise CopySyntaxError(f"COPY: {error}") from error
        end = Token("end", "", len(sql))
        self._tokens = [*(_token(statement, at) for at in range(len(statement.tokens))), end]
        self._at = 0
        if others:
            self.fail(_token(others[0], 0), "something follows the end of the statement")

    @property
    def next(self) -> Token:
        """The token that has not been taken yet."""
        return self._tokens[self._at]

    @property
    def keywords(self) -> set[str]:
        """Every keyword of the statement."""
        return {token.keyword for token in self._tokens}

    def take(self) -> Token:
        """Take the next token; past the last one comes the end, again and again."""
        token = self.next
        self._at += token.kind != "end"
        return token

    def take_if(self, *keywords: str) -> bool:
        """Take the next token if it is one of these keywords or marks."""
        matches = self.next.keyword in keywords or (self.next.kind == "mark" and self.next.value in keywords)
        self._at += matches
        return matches

    def expect(self, kind: str, what: str, owner: Token) -> Token:
        """Take a token of this kind, or report what `owner` lacks; the token found instead is not quoted."""
        if self.next.kind != kind:
            self.fail(self.next, f"{owner.value.upper()} needs {what}")
        return self.take()

    def fail(self, token: Token, message: str) -> NoReturn:
        """Refuse the statement at this token."""
        line = self.sql.count("\n", 0, token.start) + 1
        column = token.start - self.sql.rfind("\n", 0, token.start)
        raise CopySyntaxError(f"COPY, line {line}, column {column}: {message}")


def _token(statement: Statement, at: int) -> Token:
    found = statement.tokens[at]
    kind = _KINDS.get(found.token_type)
    if kind is None and found.token_type == TokenType.NUMBER and found.text.isdecimal():
        kind = "number"
    if kind is None:
        kind = "word" if _WORD.fullmatch(found.text) else "mark"
    return Token(kind, _value(statement.source(at, at + 1)) if kind == "string" else found.text, found.start)


def _value(literal: str) -> str:
    """Return what a literal stands for; as everywhere on Redshift, a backslash escapes the character behind it."""
    return _ESCAPE.sub(lambda found: found[1] or "'", literal[literal.index("'") + 1 : -1])
