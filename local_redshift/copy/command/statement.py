"""Read Redshift's COPY … FORMAT JSON: what to load, from where, and how.

The grammar is that of the Redshift guide (r_COPY and the copy-parameters pages). An option that Redshift does not
know, does not allow with JSON, or that contradicts another is an error here too. Refused beyond that, because this
warehouse does not emulate it: every format other than JSON, 'noshred', LZOP, encryption, encodings other than UTF-8,
and sources other than s3:// and file://.

Credentials and REGION are checked for their form and then forgotten: the local warehouse reads S3 as the process that
runs it.
"""

from dataclasses import dataclass
from typing import Any

from lake.compression import Compression
from local_redshift.copy.command.authorization import AUTHORIZATIONS, check_authorization
from local_redshift.copy.command.options import (
    COMPRESSIONS,
    FORMATS,
    SETTINGS,
    WITHOUT_EFFECT,
    read_json_option,
    read_value,
    refuse_option,
)
from local_redshift.copy.command.tokens import CopySyntaxError, Token, TokenReader

__all__ = ["CopyCommand", "CopySyntaxError", "parse_copy"]


@dataclass(frozen=True)
class CopyCommand:
    """One COPY statement. Names are lower case; `columns` is None where there is no column list."""

    table: str
    url: str
    schema: str | None = None
    columns: tuple[str, ...] | None = None
    json_option: str = "auto"
    manifest: bool = False
    compression: Compression = Compression.NONE
    ignore_header: int = 0
    time_format: str | None = None
    date_format: str | None = None
    accept_any_date: bool = False
    accept_invalid_characters: str | None = None
    blanks_as_null: bool = False
    empty_as_null: bool = False
    explicit_ids: bool = False
    round_decimals: bool = False
    trim_blanks: bool = False
    truncate_columns: bool = False
    max_error: int = 0
    ignore_all_errors: bool = False
    no_load: bool = False


def parse_copy(sql: str) -> CopyCommand:
    """Read one COPY statement.

    Raises:
        CopySyntaxError: the statement is not one that Redshift runs, or not one that is emulated.
    """
    return _Parser(sql).statement()


class _Parser:
    """One pass over the tokens of a statement; `_seen` maps each option to the token that set it."""

    def __init__(self, sql: str) -> None:
        self._reader = TokenReader(sql)
        self._seen: dict[str, Token] = {}
        self._options: dict[str, Any] = {}

    def statement(self) -> CopyCommand:
        """Read the whole statement."""
        reader = self._reader
        first = reader.take()
        if first.keyword != "COPY":
            reader.fail(first, "the statement is not a COPY")
        schema, table = self._table(first)
        columns = self._columns() if reader.take_if("(") else None
        source = reader.take()
        if source.keyword != "FROM":
            reader.fail(source, "FROM is missing: write COPY table [(columns)] FROM 's3://…' …")
        url = self._source(source)
        while reader.next.kind != "end":
            self._option(reader.take())
        self._check(first)
        return CopyCommand(table=table, url=url, schema=schema, columns=columns, **self._options)

    def _table(self, owner: Token) -> tuple[str | None, str]:
        first = self._name("a table name", owner)
        return (first, self._name("a table name", owner)) if self._reader.take_if(".") else (None, first)

    def _name(self, what: str, owner: Token) -> str:
        """Take a name; quoted or not, it folds to lower case (Redshift guide, r_names)."""
        kind = "name" if self._reader.next.kind == "name" else "word"
        return self._reader.expect(kind, what, owner).value.lower()

    def _columns(self) -> tuple[str, ...]:
        columns: list[str] = []
        opening = self._reader.next
        while True:
            at = self._reader.next
            columns.append(self._name("column names between its parentheses", Token("word", "COPY", opening.start)))
            if columns[-1] in columns[:-1]:
                self._reader.fail(at, f'column "{columns[-1]}" is listed twice')
            if self._reader.take_if(")"):
                return tuple(columns)
            if not self._reader.take_if(","):
                self._reader.fail(self._reader.next, "the column list needs ',' or ')' here")

    def _source(self, owner: Token) -> str:
        token = self._reader.expect("string", "a quoted URL: 's3://…' or 'file:///…'", owner)
        if not token.value.startswith(("s3://", "file://")):
            scheme = token.value.partition(":")[0] if "://" in token.value else "that"
            self._reader.fail(token, f"FROM {scheme!r} is not emulated: use s3:// or file://")
        return token.value

    def _option(self, token: Token) -> None:
        name = token.keyword
        if name in ("WITH", "AS"):  # WITH CREDENTIALS, AS JSON
            expected = "CREDENTIALS" if name == "WITH" else "JSON"
            if self._reader.next.keyword != expected and self._reader.next.keyword not in FORMATS:
                self._reader.fail(token, f"{name} needs {expected} after it")
            return
        if name in self._seen:
            self._reader.fail(token, f"{name} is given twice")
        self._seen[name] = token
        if name in AUTHORIZATIONS:
            check_authorization(self._reader, token)
        elif name in ("FORMAT", "JSON"):
            self._format(token)
        elif name in SETTINGS:
            self._options[SETTINGS[name]] = read_value(self._reader, token)
        elif name in WITHOUT_EFFECT:
            read_value(self._reader, token)
        else:
            refuse_option(self._reader, token)

    def _format(self, token: Token) -> None:
        if token.keyword == "FORMAT":
            self._reader.take_if("AS")
            token = self._reader.take()
            if token.keyword != "JSON":
                known = token.keyword in FORMATS
                self._reader.fail(
                    token, f"FORMAT {token.keyword} is not emulated: only JSON is" if known else "FORMAT needs JSON"
                )
            if "JSON" in self._seen:
                self._reader.fail(token, "JSON is given twice")
            self._seen["JSON"] = token
        has_as = self._reader.take_if("AS")
        if has_as or self._reader.next.kind == "string":
            self._options["json_option"] = read_json_option(self._reader, token)

    def _check(self, first: Token) -> None:
        """Refuse what only shows once every option is known."""
        if "JSON" not in self._seen:
            self._reader.fail(first, "FORMAT JSON is missing; the text format that COPY then reads is not emulated")
        if not AUTHORIZATIONS & self._seen.keys():
            self._reader.fail(first, "no authorization is given: add IAM_ROLE default")
        for group in (AUTHORIZATIONS, COMPRESSIONS, {"MAXERROR", "IGNOREALLERRORS"}):
            given = sorted((token for name, token in self._seen.items() if name in group), key=lambda t: t.start)
            if len(given) > 1:
                self._reader.fail(given[1], f"{given[1].keyword} contradicts {given[0].keyword}: give one of them")
