"""Give an error of PostgreSQL the words that Redshift has for it, keeping psycopg2's class and the SQLSTATE."""

import psycopg2

WORDS = (
    ("21000", "MERGE command cannot affect row", "Found multiple matches to update the same tuple."),
    ("40001", "", "1023\nDETAIL:  Serializable isolation violation on table in Redshift"),
    ("428C9", "cannot insert a non-DEFAULT value", "cannot set an identity column to a value"),
    ("428C9", "column", "cannot set an identity column to a value"),
)
"""SQLSTATE, how PostgreSQL's message begins, Redshift's message."""


def as_redshift(error: psycopg2.Error) -> psycopg2.Error:
    """Return the error in Redshift's words; the error itself where PostgreSQL's are the same or nothing is known."""
    told = error.diag.message_primary or ""
    for code, beginning, message in WORDS:
        if error.pgcode == code and told.startswith(beginning):
            return _with_message(error, f"{message}\n", f"ERROR:  {message}\n")
    return error


def without_context(error: psycopg2.Error) -> psycopg2.Error:
    """Return the error without PostgreSQL's CONTEXT, which Redshift has not: of a COPY it is a row of the data."""
    message, context, _ = str(error).partition("\nCONTEXT:")
    return _with_message(error, f"{message}\n", f"{message}\n") if context else error


def _with_message(error: psycopg2.Error, message: str, pgerror: str) -> psycopg2.Error:
    made = type(error)(message)
    state = {"pgcode": error.pgcode, "pgerror": pgerror}
    made.__setstate__(state)  # type: ignore[no-untyped-call]  # both are read-only otherwise
    return made
