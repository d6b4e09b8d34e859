"""Translate Redshift SQL to PostgreSQL, statement by statement.

A statement that means the same to both engines is passed on as it was written, so that an error points at the place
in the writer's own text; only what differs is rewritten. What Redshift lacks, and what could not behave as it does
there, is refused with `UntranslatableSql`: nothing is dropped in silence.

Known to differ and not emulated: VARCHARs that differ in trailing blanks only are equal on Redshift; quotients of
DECIMALs have more digits here; the words 'on' and 'off' are taken for BOOLEAN outside of casts; a transaction that
names no isolation level sees what others commit while it runs.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

from client.errors import UntranslatableSql
from client.statement import ColumnsOf, Statement, no_tables, shortened, split
from local_redshift.dialect.alter import Alone, alter_table
from local_redshift.dialect.commands import COMMANDS, NAME, shape
from local_redshift.dialect.ddl import create_table
from local_redshift.dialect.merge import translate_merge
from local_redshift.dialect.rewriting import Rewriter, translate_query
from local_redshift.dialect.settings import translate_reset, translate_set, translate_show

CACHED_CHARACTERS = 20_000  # a longer text is likely to hold data, and not to come again
QUERIES = {"SELECT", "WITH", "INSERT", "UPDATE", "("}


@dataclass(frozen=True)
class Copy:
    """A COPY statement, which the emulator executes."""

    sql: str


Translated = str | Copy | Alone


class _ColumnsNeeded(Exception):
    """The translation depends on the columns that a table has now."""


def _need_columns(_: str) -> NoReturn:
    raise _ColumnsNeeded


def translate(sql: str, columns_of: ColumnsOf = no_tables) -> tuple[Translated, ...]:
    """Translate one or more Redshift statements; psycopg2's placeholders stay where they are.

    Raises:
        UntranslatableSql: a statement that PostgreSQL could not run as Redshift would.
    """
    with suppress(_ColumnsNeeded):
        if len(sql) <= CACHED_CHARACTERS:
            return _translate_once(sql, _need_columns)
    return _translate(sql, columns_of)


def _translate(sql: str, columns_of: ColumnsOf = no_tables) -> tuple[Translated, ...]:
    translated: list[Translated] = []
    passed: list[str] = []  # statements in a row that PostgreSQL is given
    for statement in split(sql, columns_of):
        try:
            part = _translate_statement(statement)
        except UntranslatableSql as error:
            start = statement.tokens[0].start
            line, column = sql.count("\n", 0, start) + 1, start - sql.rfind("\n", 0, start)
            place = f"line {line}, column {column}: {shortened(statement.text)}"
            raise UntranslatableSql(error.reason, error.position, place) from error
        except IndexError as error:
            raise UntranslatableSql(f"the statement ends too soon: {shortened(statement.text)}") from error
        if isinstance(part, str):
            passed.append(part)
            continue
        translated += [*_joined(passed), part]
        passed = []
    return (*translated, *_joined(passed))


def _joined(statements: list[str]) -> list[str]:
    return [";\n".join(statements)] if statements else []


def trace(sql: str, columns_of: ColumnsOf = no_tables) -> str:
    """Translate one query, each part of it behind a mark of its place in the text (see a person's SQL in `warehouse`).

    Raises:
        UntranslatableSql: a statement that PostgreSQL could not run as Redshift would.
    """
    return str(_translate_statement(split(sql, columns_of, is_traced=True)[0]))


_translate_once = lru_cache(maxsize=1024)(_translate)


def _translate_statement(statement: Statement) -> Translated:
    verb = statement.word(0)
    if verb == "COPY":
        return Copy(statement.text)
    if verb in QUERIES:
        return translate_query(statement)
    if verb in COMMANDS:
        return COMMANDS[verb](statement)
    if verb in VERBS:
        return VERBS[verb](statement)
    return statement.refuse(f"{verb or statement.source(0, 1)} is not emulated by the local warehouse")


def _delete(statement: Statement) -> str:
    """Translate DELETE, whose FROM is optional on Redshift."""
    return translate_query(statement, {} if statement.word(1) == "FROM" else {0: ("DELETE FROM", 1)})


def _create(statement: Statement) -> str:
    words = shape(statement)
    if "TABLE" in words.split()[1:4]:
        return create_table(statement)
    if words.startswith(("CREATE VIEW ", "CREATE OR REPLACE VIEW ")):
        return _create_view(statement)
    if statement.word(1) == "SCHEMA":
        return _create_schema(statement)
    return statement.refuse(f"CREATE {statement.word(1)} is not emulated by the local warehouse")


def _create_view(statement: Statement) -> str:
    if statement.words(len(statement.tokens) - 4, 4) == "WITH NO SCHEMA BINDING":
        statement.refuse("WITH NO SCHEMA BINDING is not emulated: the view would keep the columns it was made with")
    query = statement.find("AS", 0, len(statement.tokens))
    if query is None:
        statement.refuse("CREATE VIEW needs AS SELECT …")
    head = Rewriter(statement).render(0, query + 1)
    return f"{head} {translate_query(statement.part(query + 1, len(statement.tokens)))}"


def _create_schema(statement: Statement) -> str:
    if not re.fullmatch(rf"CREATE SCHEMA (IF NOT EXISTS )?{NAME}( AUTHORIZATION {NAME})?", shape(statement)):
        statement.refuse("CREATE SCHEMA takes a name and AUTHORIZATION here")
    return Rewriter(statement).render(0, len(statement.tokens))


VERBS: dict[str, Callable[[Statement], str | Alone]] = {
    "DELETE": _delete,
    "MERGE": translate_merge,
    "CREATE": _create,
    "ALTER": alter_table,
    "SET": translate_set,
    "RESET": translate_reset,
    "SHOW": translate_show,
}
