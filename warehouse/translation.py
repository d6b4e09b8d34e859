"""Translate Redshift SQL to PostgreSQL, statement by statement.

A statement that means the same to both engines is passed on as it was written, so that an error points at the place
in the writer's own text; only what differs is rewritten. A statement of a kind that is not listed here is refused with
`UntranslatableSql`: nothing is dropped in silence.
"""

from dataclasses import dataclass
from functools import lru_cache

from sqlglot import ErrorLevel, Token, TokenType, exp, parse_one, tokenize
from sqlglot.errors import ParseError, TokenError
from sqlglot.parser import logger as parser_log

from warehouse import ddl
from warehouse.errors import UntranslatableSql


@dataclass(frozen=True)
class Copy:
    """A COPY statement, which the emulator executes."""

    sql: str


QUERIES = {"SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "("}
SAME = {
    "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SHOW", "RESET", "ANALYZE", "LOCK", "DROP", "GRANT",
    "REVOKE", "COMMENT", "DECLARE", "FETCH", "CLOSE",
}  # fmt: skip


@lru_cache(maxsize=1024)
def translate(sql: str) -> tuple[str | Copy, ...]:
    """Translate one or more Redshift statements; psycopg2's placeholders stay where they are.

    Raises:
        UntranslatableSql: a statement that PostgreSQL could not run as Redshift would.
    """
    translated: list[str | Copy] = []
    for statement in _split(_tokens(sql)):
        text = sql[statement[0].start : statement[-1].end + 1]
        try:
            part = _translate_statement(sql, text, statement)
        except UntranslatableSql as error:
            place = f"line {statement[0].line}, column {statement[0].col - len(statement[0].text) + 1}"
            raise UntranslatableSql(f"{error} ({place}: {_shorten(text)})") from error
        if isinstance(part, str) and translated and isinstance(translated[-1], str):
            translated[-1] += ";\n" + part
        else:
            translated.append(part)
    return tuple(translated)


def _tokens(sql: str) -> list[Token]:
    try:
        return tokenize(sql, read="redshift")
    except TokenError as error:
        raise UntranslatableSql(f"the statement cannot be read: {error}") from error


def _split(tokens: list[Token]) -> list[list[Token]]:
    statements: list[list[Token]] = [[]]
    for token in tokens:
        if token.token_type == TokenType.SEMICOLON:
            statements.append([])
        else:
            statements[-1].append(token)
    return [statement for statement in statements if statement]


def _shorten(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 80 else words[:77] + "..."


def _translate_statement(sql: str, text: str, tokens: list[Token]) -> str | Copy:
    first = tokens[0].text.upper()
    if first == "COPY":
        return Copy(text)
    if first in QUERIES:
        return _query(text)
    if first == "CREATE":
        return _create(sql, text, tokens)
    if first == "EXPLAIN":
        return "EXPLAIN " + _query(sql[tokens[1].start : tokens[-1].end + 1])
    if first == "SET":
        is_path = len(tokens) > 3 and tokens[1].text.lower() == "search_path"
        return text + ", redshift" if is_path else text
    if first in SAME:
        return text
    raise UntranslatableSql(f"{first} is not emulated by the local warehouse")


def _create(sql: str, text: str, tokens: list[Token]) -> str:
    words = [token.text.upper() for token in tokens[:4]]
    if "TABLE" in words:
        selects = [i for i, token in enumerate(tokens) if token.token_type == TokenType.ALIAS]
        depth_zero = [i for i in selects if _depth(tokens, i) == 0]
        if depth_zero:
            head = ddl.without_attributes(sql, tokens[: depth_zero[0] + 1])
            return head + " " + _query(sql[tokens[depth_zero[0] + 1].start : tokens[-1].end + 1])
        return ";\n".join(ddl.create_table(sql, tokens))
    if words[1] == "SCHEMA":
        return text
    if "VIEW" in words:
        return _query(text)
    raise UntranslatableSql(f"CREATE {words[1]} is not emulated by the local warehouse")


def _depth(tokens: list[Token], at: int) -> int:
    before = tokens[:at]
    return sum(t.token_type == TokenType.L_PAREN for t in before) - sum(
        t.token_type == TokenType.R_PAREN for t in before
    )


def _query(text: str) -> str:
    """Return the text itself where both engines agree on it, else its translation."""
    parser_log.disabled = True  # an unparsable statement is an error here, not a warning on the log
    try:
        tree = parse_one(text, read="redshift", error_level=ErrorLevel.IMMEDIATE)
    except ParseError as error:
        where = error.errors[0]
        raise UntranslatableSql(
            f"{where['description']} near {where['highlight']!r}, line {where['line']} of the statement"
        ) from error
    if isinstance(tree, exp.Command):
        raise UntranslatableSql("the statement cannot be read")
    unsupported = tree.find(*REFUSED)
    if unsupported is not None:
        raise UntranslatableSql(f"{unsupported.sql('redshift')} is not emulated by the local warehouse")
    if tree.find(*DIFFERENT) is None:
        return text
    for now in tree.find_all(exp.CurrentTimestamp):
        now.replace(parse_one("CAST(CURRENT_TIMESTAMP AT TIME ZONE 'UTC' AS TIMESTAMP)", read="postgres"))
    return tree.sql("postgres")


DIFFERENT = (
    exp.Qualify, exp.CurrentTimestamp, exp.Coalesce, exp.TsOrDsAdd, exp.TsOrDsDiff, exp.DateAdd, exp.DateDiff,
    exp.ConvertTimezone, exp.DecodeCase,
)  # fmt: skip
"""What sqlglot rewrites for PostgreSQL."""

REFUSED = (exp.Median, exp.FromBase, exp.GroupConcat, exp.WithinGroup)
"""What it would rewrite into something else or into nothing that PostgreSQL takes."""


READABLE = {"SELECT", "WITH", "SHOW", "EXPLAIN", "("}


def require_one_query(sql: str) -> None:
    """Check that the text is one statement, and one that only reads.

    Raises:
        UntranslatableSql: it is none, several, or a statement that may write.
    """
    found = _split(_tokens(sql))
    if len(found) != 1:
        raise UntranslatableSql(f"one statement is wanted, this is {len(found)}: {_shorten(sql)}")
    first = found[0][0].text.upper()
    if first not in READABLE:
        raise UntranslatableSql(f"{first} may write: only SELECT, WITH, SHOW and EXPLAIN are run here")
