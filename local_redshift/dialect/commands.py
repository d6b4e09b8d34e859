"""Commands that are neither queries nor definitions: transactions, cursors, maintenance, rights.

Each is checked against the form that Redshift's guide gives it; what does not fit is refused, since PostgreSQL has
more forms and some mean something else.
"""

import re
from collections.abc import Callable

from client.statement import Statement
from local_redshift.dialect.keys import build_indexes
from local_redshift.dialect.rewriting import Rewriter, translate_query
from local_redshift.dialect.tokens import check_tokens

QUOTED = r'"(?:[^"]|"")*"'
NAME = rf"(?:{QUOTED}|[^\W\d]\S*|#\S*)(?: \. (?:{QUOTED}|\S+))*"
LEVEL = "SERIALIZABLE|READ COMMITTED|READ UNCOMMITTED|REPEATABLE READ|SNAPSHOT"
BEGIN = rf"(BEGIN(?: WORK| TRANSACTION)?|START TRANSACTION)( ISOLATION LEVEL (?:{LEVEL}))?( READ WRITE| READ ONLY)?"
RIGHT = "(?:SELECT|INSERT|UPDATE|DELETE|REFERENCES|CREATE|USAGE|TEMPORARY|TEMP|ALL(?: PRIVILEGES)?)"
THINGS = rf"(?:(?:TABLE|SCHEMA|DATABASE|ALL TABLES IN SCHEMA) )?{NAME}(?: , {NAME})*"
RIGHTS = rf"{RIGHT}(?: , {RIGHT})* ON {THINGS}"  # never a role: PostgreSQL's own may run programs and read any file
WHOM = rf"(?:GROUP )?{NAME}(?: , (?:GROUP )?{NAME})*"
FORMS = {
    "COMMIT": "COMMIT( WORK| TRANSACTION)?",
    "END": "END( WORK| TRANSACTION)?",
    "ROLLBACK": "ROLLBACK( WORK| TRANSACTION)?",
    "ABORT": "ABORT( WORK| TRANSACTION)?",
    "LOCK": rf"LOCK (TABLE )?{NAME}( , {NAME})*",
    "DROP": rf"DROP (TABLE|VIEW|SCHEMA) (IF EXISTS )?{NAME}( , {NAME})*( CASCADE| RESTRICT)?",
    "COMMENT": rf"COMMENT ON (TABLE|VIEW|SCHEMA|COLUMN) {NAME} IS ('.*'|NULL|%.*)",
    "FETCH": rf"FETCH (NEXT |ALL |FORWARD (\d+ |ALL )?)?FROM {NAME}",
    "CLOSE": rf"CLOSE {NAME}",
    "GRANT": rf"GRANT {RIGHTS} TO {WHOM}( WITH GRANT OPTION)?",
    "REVOKE": rf"REVOKE (GRANT OPTION FOR )?{RIGHTS} FROM {WHOM}( CASCADE| RESTRICT)?",
}
"""What means the same to both engines."""

ANALYZE = re.compile(rf"ANALYZE( VERBOSE)?( {NAME}( \( {NAME}( , {NAME})* \))?)?( (PREDICATE|ALL) COLUMNS)?")
VACUUM = re.compile(
    rf"VACUUM(?: FULL| SORT ONLY| DELETE ONLY| REINDEX| RECLUSTER)?(?: ({NAME}))??(?: TO (?:\d+) PERCENT)?(?: BOOST)?"
)
TRUNCATE = re.compile(rf"TRUNCATE (?:TABLE )?{NAME}")
SHAPES = {"ROLLBACK": "Redshift has no ROLLBACK TO SAVEPOINT", "LOCK": "Redshift's LOCK takes no mode"}


def shape(statement: Statement) -> str:
    """Return a statement as words in upper case, one blank between them, names and strings in their quotes."""
    words = (statement.word(at) or statement.source(at, at + 1) for at in range(len(statement.tokens)))
    return " ".join(words)


def translate_form(statement: Statement) -> str:
    """Pass a command on that has the form it has on Redshift.

    Raises:
        UntranslatableSql: it has another.
    """
    verb = statement.word(0)
    if not re.fullmatch(FORMS[verb], shape(statement), re.DOTALL):
        statement.refuse(SHAPES.get(verb, f"this form of {verb} is not Redshift's, or not emulated"))
    return _folded(statement)


def translate_drop(statement: Statement) -> str:
    """Drop one thing after the other where nothing that depends on them may go: none is spared for one that follows.

    The guide does not say whether it is so on Redshift, but PostgreSQL 8.0, which Redshift comes from, drops them so.
    """
    passed, end = translate_form(statement), len(statement.tokens)
    start = 4 if statement.words(2, 2) == "IF EXISTS" else 2
    names = statement.items(start, end)
    if len(names) == 1 or statement.word(end - 1) == "CASCADE":
        return passed
    head = statement.source(0, start)
    return ";\n".join(f"{head} {Rewriter(statement).render(*name)}" for name in names)


def translate_begin(statement: Statement) -> str:
    """Begin a transaction; whatever level is named, Redshift gives its own, and here that is a snapshot."""
    found = re.fullmatch(BEGIN, shape(statement))
    if not found:
        statement.refuse("BEGIN takes an isolation level and READ WRITE or READ ONLY")
    return f"{found[1]} ISOLATION LEVEL REPEATABLE READ{found[3] or ''}" if found[2] else statement.text


def translate_truncate(statement: Statement) -> str:
    """TRUNCATE commits the transaction that it runs in, with the work before it (Redshift guide, r_TRUNCATE)."""
    if not TRUNCATE.fullmatch(shape(statement)):
        statement.refuse("TRUNCATE takes one table and no options on Redshift")
    return f"{_folded(statement)};\nCOMMIT"


def translate_vacuum(statement: Statement) -> str:
    """Run VACUUM as PostgreSQL's plain one: Redshift's FULL is not PostgreSQL's, and rows are not sorted here."""
    found = VACUUM.fullmatch(shape(statement))
    if not found:
        statement.refuse("VACUUM takes FULL, SORT ONLY, DELETE ONLY, REINDEX or RECLUSTER, and a table TO n PERCENT")
    name = (found[1] or "").lower()
    return f'VACUUM "{name}"' if name.startswith("#") else f"VACUUM {name}".strip()


def translate_analyze(statement: Statement) -> str:
    """Build the table's indexes and run ANALYZE; PREDICATE COLUMNS only chooses columns to save time."""
    words = shape(statement)
    found = None if statement.word(1) == "COMPRESSION" else ANALYZE.fullmatch(words)
    if not found:
        return statement.refuse(f"{' '.join(words.split()[:2])} …: ANALYZE takes a table and its columns here")
    end = len(statement.tokens) - 2 * words.endswith((" PREDICATE COLUMNS", " ALL COLUMNS"))
    analyze = _folded(statement.part(0, end))
    start = 2 if found[1] else 1
    if start == end:
        return analyze
    columns = statement.find("(", start, end)
    return f"{build_indexes(Rewriter(statement).render(start, columns or end))};\n{analyze}"


def translate_explain(statement: Statement) -> str:
    """Explain a query without running it: Redshift has no EXPLAIN ANALYZE."""
    start = 2 if statement.word(1) == "VERBOSE" else 1
    if statement.word(start) not in ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "("):
        statement.refuse(f"EXPLAIN {statement.word(start)} is not Redshift's, or not emulated")
    query = translate_query(statement.part(start, len(statement.tokens)))
    return f"{statement.source(0, start)} {query}"


def translate_declare(statement: Statement) -> str:
    """Declare a cursor for a query."""
    if statement.words(2, 2) != "CURSOR FOR":
        statement.refuse("DECLARE: write DECLARE name CURSOR FOR SELECT …")
    return f"{statement.source(0, 4)} {translate_query(statement.part(4, len(statement.tokens)))}"


def _folded(statement: Statement) -> str:
    check_tokens(statement)
    return Rewriter(statement).render(0, len(statement.tokens))


COMMANDS: dict[str, Callable[[Statement], str]] = {
    **dict.fromkeys(FORMS, translate_form),
    "DROP": translate_drop,
    "BEGIN": translate_begin,
    "START": translate_begin,
    "TRUNCATE": translate_truncate,
    "VACUUM": translate_vacuum,
    "ANALYZE": translate_analyze,
    "ANALYSE": translate_analyze,
    "EXPLAIN": translate_explain,
    "DECLARE": translate_declare,
}
