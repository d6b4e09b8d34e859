"""SET, RESET and SHOW: which of Redshift's settings PostgreSQL has too, and which are only remembered.

A setting that changes no result here (a queue, a cache) is kept under the name `redshift.…`, so that SHOW tells what
was set. Refused: a setting that would change results and is not emulated.
"""

from warehouse.rewriting import Rewriter
from warehouse.statement import Statement

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
    name, place = statement.word(1).lower(), _place(statement)
    if place == name and name != "search_path":
        return f"SHOW {name}"
    return f"SELECT REPLACE(COALESCE(CURRENT_SETTING('{place}', TRUE), ''), ', redshift', '') AS {name}"


def _place(statement: Statement) -> str:
    """Return where PostgreSQL keeps a setting."""
    name = statement.word(1)
    if len(statement.tokens) != 2 or name not in SHARED | {PATH} | REMEMBERED | ONLY_OFF:
        statement.refuse(f"{statement.text} is not emulated by the local warehouse")
    return name.lower() if name in SHARED | {PATH} else f"redshift.{name.lower()}"
