"""Cut a COPY statement into tokens, and read them one after another.

No message quotes a string literal of the statement: it may be a secret.
"""

import re
from dataclasses import dataclass
from typing import NoReturn

_TOKEN = re.compile(
    r"""
      (?P<blank>   \s+ | --[^\n]* )
    | (?P<comment> /\* )
    | (?P<string>  [eE]?'(?:[^'\\]|\\.|'')*' )
    | (?P<name>    "(?:[^"]|"")+" )
    | (?P<number>  \d+ )
    | (?P<word>    [^\W\d][\w$]* | \#\w[\w$]* )
    | (?P<mark>    [(),.;] )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)|''", re.DOTALL)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_WHAT_OPENS = {"'": "a string", '"': "a quoted name", "/": "a comment"}


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
        self._tokens = _tokenize(sql)
        self._at = 0

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
        """Take a token of this kind, or say what `owner` lacks; the token found instead is not quoted."""
        if self.next.kind != kind:
            self.fail(self.next, f"{owner.value.upper()} needs {what}")
        return self.take()

    def fail(self, token: Token, message: str) -> NoReturn:
        """Refuse the statement at this token."""
        raise _error(self.sql, token.start, message)


def _error(sql: str, start: int, message: str) -> CopySyntaxError:
    line = sql.count("\n", 0, start) + 1
    column = start - sql.rfind("\n", 0, start)
    return CopySyntaxError(f"COPY, line {line}, column {column}: {message}")


def _tokenize(sql: str) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    while at < len(sql):
        match = _TOKEN.match(sql, at)
        if match is None:
            raise _error(sql, at, _cannot_read(sql[at]))
        at = match.end()
        if match.lastgroup == "comment":
            at = _end_of_comment(sql, match.start())
        elif match.lastgroup != "blank":
            kind = str(match.lastgroup)
            tokens.append(Token(kind, _value(kind, match.group()), match.start()))
    tokens.append(Token("end", "", len(sql)))
    return tokens


def _cannot_read(character: str) -> str:
    if character in _WHAT_OPENS:
        return f"{_WHAT_OPENS[character]} is opened and not closed"
    return f"{character!r} has no meaning here"


def _end_of_comment(sql: str, start: int) -> int:
    """Find the end of a comment; comments nest, as in PostgreSQL."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(sql, start):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    raise _error(sql, start, _cannot_read("/"))


def _value(kind: str, text: str) -> str:
    if kind == "string":
        # As in every literal of Redshift, a backslash takes the meaning from what follows it.
        return _ESCAPE.sub(lambda found: found[1] or "'", text[text.index("'") + 1 : -1])
    if kind == "name":
        return text[1:-1].replace('""', '"')
    return text
