"""SET, RESET and SHOW: which of Redshift's settings PostgreSQL has too, and which are only remembered.

A setting that changes no result here (a queue, a cache) is kept under the name `redshift.…`, so that SHOW returns what
was set. Refused: a setting that would change results and is not emulated.
"""

from sqlglot import TokenType

from client.statement import Statement
from local_redshift.dialect.rewriting import Rewriter

SHARED = {"DATESTYLE", "EXTRA_FLOAT_DIGITS", "STATEMENT_TIMEOUT", "TIMEZONE", "APPLICATION_NAME", "SEED"}
REMEMBERED = {
    "QUERY_GROUP", "WLM_QUERY_SLOT_COUNT", "ENABLE_RESULT_CACHE_FOR_SESSION", "ANALYZE_THRESHOLD_PERCENT",
    "MAX_CURSOR_RESULT_SET_SIZE", "MV_ENABLE_AQMV_FOR_SESSION",
}  # fmt: skip
ONLY_OFF = {"ENABLE_CASE_SENSITIVE_IDENTIFIER", "DESCRIBE_FIELD_NAME_IN_UPPERCASE", "ERROR_ON_NONDETERMINISTIC_UPDATE"}
OFF = {"OFF", "FALSE", "0", "DEFAULT"}
PATH = "SEARCH_PATH"


def translate_set(statement: Statement) -> str:
    """Translate SET [SESSION | LOCAL] name {TO | =} value.

    Raises:
        UntranslatableSql: a setting that is not emulated.
    """
    at = 2 if statement.word(1) in ("SESSION", "LOCAL") else 1
    name = statement.word(at)
    if statement.word(at + 1) not in ("TO", "="):
        statement.refuse(f"SET {name}: write SET setting TO value")
    if name == PATH:
        path = Rewriter(statement).render(0, len(statement.tokens))
        return f"{path}, redshift" if statement.word(at + 2) != "DEFAULT" else path
    if name in SHARED:
        return statement.text
    if name in ONLY_OFF:
        given = statement.tokens[at + 2].text.upper()
        if given not in OFF:
            statement.refuse(f"{name.lower()} is not emulated by the local warehouse: leave it off")
    elif name not in REMEMBERED:
        statement.refuse(f"setting {name.lower()} is not emulated by the local warehouse")
    scope = statement.source(0, at)
    return f"{scope} redshift.{name.lower()} {statement.source(at + 1, len(statement.tokens))}"


def translate_reset(statement: Statement) -> str:
    """Translate RESET name."""
    return f"RESET {_place(statement)}"


def translate_show(statement: Statement) -> str:
    """Translate SHOW name; the search path is shown without the schema that holds Redshift's functions."""
    if statement.word(1) in ("TABLES", "COLUMNS"):
        return _show_what_there_is(statement)
    name, place = statement.word(1).lower(), _place(statement)
    if place == name and name != "search_path":
        return f"SHOW {name}"
    return f"SELECT REPLACE(COALESCE(CURRENT_SETTING('{place}', TRUE), ''), ', redshift', '') AS {name}"


def _show_what_there_is(statement: Statement) -> str:
    """Translate SHOW TABLES FROM SCHEMA [database.]schema and SHOW COLUMNS FROM TABLE [database.]schema.table."""
    what, wanted = statement.word(1), 2 if statement.word(1) == "TABLES" else 3
    is_form = statement.words(2, 2) == ("FROM SCHEMA" if what == "TABLES" else "FROM TABLE")
    at, names = 4, [_name(statement, 4)]
    while statement.kind(at + 1) == TokenType.DOT:
        at += 2
        names.append(_name(statement, at))
    pattern = "NULL"
    is_value = statement.kind(at + 2) == TokenType.STRING or statement.word(at + 2).startswith("%")
    if statement.word(at + 1) == "LIKE" and is_value:
        pattern = statement.source(at + 2, at + 3)
        at += 2
    limit = f" {statement.source(at + 1, at + 3)}" if statement.word(at + 1) == "LIMIT" else ""
    if not is_form or at + 1 + 2 * bool(limit) != len(statement.tokens) or not wanted - 1 <= len(names) <= wanted:
        form = "SCHEMA database.schema" if what == "TABLES" else "TABLE database.schema.table"
        statement.refuse(f"SHOW {what}: write SHOW {what} FROM {form} [LIKE 'pattern'] [LIMIT n]")
    arguments = ", ".join([*["NULL"] * (wanted - len(names)), *names, pattern])
    return f"SELECT * FROM redshift.show_{what.lower()}({arguments}){limit}"  # noqa: S608


def _name(statement: Statement, at: int) -> str:
    """Return a name as a literal, in lower case as Redshift folds it."""
    name = statement.tokens[at].text.lower() if at < len(statement.tokens) else ""
    return "'" + name.replace("\\", "\\\\").replace("'", "''") + "'"


def _place(statement: Statement) -> str:
    """Return where PostgreSQL keeps a setting."""
    name = statement.word(1)
    if len(statement.tokens) != 2 or name not in SHARED | {PATH} | REMEMBERED | ONLY_OFF:
        statement.refuse(f"{statement.text} is not emulated by the local warehouse")
    return name.lower() if name in SHARED | {PATH} else f"redshift.{name.lower()}"
