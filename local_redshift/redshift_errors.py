"""Give an error of PostgreSQL the words that Redshift has for it, keeping psycopg2's class and the SQLSTATE."""

import re

import psycopg2

from client.errors import reworded

WORDS = (
    ("21000", "MERGE command cannot affect row", "Found multiple matches to update the same tuple."),
    ("40001", "", "1023\nDETAIL:  Serializable isolation violation on table in Redshift"),
    ("428C9", "cannot insert a non-DEFAULT value", "cannot set an identity column to a value"),
    ("428C9", "column", "cannot set an identity column to a value"),
)
"""SQLSTATE, how PostgreSQL's message begins, Redshift's message."""


_SYSTEM_TABLE = re.compile(r'relation "(?:pg_catalog\.)?(?:stl|stv|svl|svv|svcs|sys|pg)_\w+" does not exist')
_INNER = re.compile(r"LINE \d+: [^\n]*\n *\^\n|CONTEXT: .*", re.DOTALL)
"""Parts of a message about the translated statement, and about functions within functions."""


def as_redshift(error: psycopg2.Error) -> psycopg2.Error:
    """Put the error into Redshift's words, unless PostgreSQL's are the same or nothing is known; return it."""
    primary = error.diag.message_primary or ""
    for code, beginning, message in WORDS:
        if error.pgcode == code and primary.startswith(beginning):
            return reworded(error, message)
    if error.pgcode == "42P01" and _SYSTEM_TABLE.fullmatch(primary):
        return reworded(error, f"{primary}: the local warehouse has few of Redshift's system tables")
    text = str(error)
    if "redshift." not in text and "CONTEXT:" not in text:
        return error
    outer = _INNER.sub("", text).replace("redshift._share(numeric, ", "percentile_cont(").replace("redshift.", "")
    return reworded(error, outer.rstrip("\n"))


def without_context(error: psycopg2.Error) -> psycopg2.Error:
    """Take PostgreSQL's CONTEXT off the error, which Redshift has not: of a COPY it is a row of the data; return it."""
    message, context, _ = str(error).partition("\nCONTEXT:")
    return reworded(error, message) if context else error
