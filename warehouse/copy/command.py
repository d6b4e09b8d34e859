"""Read Redshift's COPY … FORMAT JSON: what to load, from where, and how.

The grammar is that of the Redshift guide (r_COPY and the copy-parameters pages). An option that Redshift does not
know, does not allow with JSON, or that contradicts another is an error here too. Refused beyond that, because this
warehouse does not emulate it: every format other than JSON, 'noshred', LZOP and ZSTD, encryption, encodings other than
UTF-8, and sources other than s3:// and file://.

Credentials are checked for their form and then forgotten: the local warehouse reads S3 as the process that runs it.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from warehouse.copy.authorization import AUTHORIZATIONS, check_authorization
from warehouse.copy.time import EPOCHS, compile_format
from warehouse.copy.tokens import CopySyntaxError, Token, TokenReader

__all__ = ["CopyCommand", "CopySyntaxError", "parse_copy"]

Compression = Literal["GZIP", "BZIP2"]

FLAGS = {
    "MANIFEST": "manifest",
    "ACCEPTANYDATE": "accept_any_date",
    "BLANKSASNULL": "blanks_as_null",
    "EMPTYASNULL": "empty_as_null",
    "EXPLICIT_IDS": "explicit_ids",
    "ROUNDEC": "round_decimals",
    "TRIMBLANKS": "trim_blanks",
    "TRUNCATECOLUMNS": "truncate_columns",
    "IGNOREALLERRORS": "ignore_all_errors",
    "NOLOAD": "no_load",
}
NUMBERS = {"MAXERROR": (0, 100_000), "IGNOREHEADER": (0, 2**31 - 1), "COMPROWS": (1000, 2**31 - 1)}
SWITCHES = {
    "COMPUPDATE": {"PRESET", "ON", "TRUE", "OFF", "FALSE"},
    "STATUPDATE": {"ON", "TRUE", "OFF", "FALSE"},
}
COMPRESSIONS = {"GZIP", "BZIP2", "LZOP", "ZSTD"}
FORMATS = {"CSV", "AVRO", "ORC", "PARQUET", "SHAPEFILE", "FIXEDWIDTH", "RCFILE", "SEQUENCEFILE", "TEXTFILE"}
NOT_WITH_JSON = {
    "CSV", "DELIMITER", "ESCAPE", "FILLRECORD", "FIXEDWIDTH", "IGNOREBLANKLINES", "NULL", "QUOTE", "READRATIO",
    "REMOVEQUOTES",
}  # fmt: skip
ENCRYPTION = {"ENCRYPTED", "MASTER_SYMMETRIC_KEY", "KMS_KEY_ID"}


@dataclass(frozen=True)
class CopyCommand:
    """What one COPY statement says. Names are lower case; `columns` is None where there is no column list."""

    table: str
    url: str
    schema: str | None = None
    columns: tuple[str, ...] | None = None
    json_option: str = "auto"
    manifest: bool = False
    compression: Compression | None = None
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
        while reader.next.kind != "end" and not reader.take_if(";"):
            self._option(reader.take())
        if reader.next.kind != "end":
            reader.fail(reader.next, "something follows the end of the statement")
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
        if name in FLAGS:
            self._options[FLAGS[name]] = True
        elif name in NUMBERS:
            self._number(token)
        elif name in SWITCHES:
            self._reader.take_if(*SWITCHES[name])
        elif name in AUTHORIZATIONS:
            check_authorization(self._reader, token)
        elif name in COMPRESSIONS:
            self._compression(token)
        else:
            self._text_option(token)

    def _text_option(self, token: Token) -> None:
        match token.keyword:
            case "FORMAT" | "JSON":
                self._format(token)
            case "TIMEFORMAT" | "DATEFORMAT":
                self._date_or_time_format(token)
            case "ACCEPTINVCHARS":
                self._accept_invalid_characters(token)
            case "REGION":
                self._reader.take_if("AS")
                self._reader.expect("string", "a quoted Region", token)
            case "ENCODING":
                self._encoding(token)
            case _:
                self._refuse(token)

    def _refuse(self, token: Token) -> None:
        name = token.keyword
        if name in NOT_WITH_JSON and "JSON" in self._reader.keywords:
            self._reader.fail(token, f"{name} cannot be combined with JSON")
        if name in FORMATS | NOT_WITH_JSON:
            self._reader.fail(token, f"{name} is not emulated: only FORMAT JSON is")
        if name in ENCRYPTION:
            self._reader.fail(token, f"{name}: encrypted objects are not emulated")
        if name in ("SECRET_ACCESS_KEY", "SESSION_TOKEN"):
            self._reader.fail(token, f"{name} needs ACCESS_KEY_ID before it")
        self._reader.fail(token, f"{name} is not an option of COPY" if name else "an option is missing here")

    def _number(self, token: Token) -> None:
        low, high = NUMBERS[token.keyword]
        self._reader.take_if("AS")
        given = self._reader.expect("number", f"a whole number from {low} to {high}", token)
        if not low <= int(given.value[:12]) <= high:
            self._reader.fail(given, f"{token.keyword} {given.value} is not from {low} to {high}")
        field = {"MAXERROR": "max_error", "IGNOREHEADER": "ignore_header"}.get(token.keyword)
        if field:
            self._options[field] = int(given.value)

    def _compression(self, token: Token) -> None:
        if token.keyword not in get_args(Compression):
            self._reader.fail(token, f"{token.keyword} is not emulated: no decoder is installed; use GZIP or BZIP2")
        self._options["compression"] = token.keyword

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
            self._json_option(
                self._reader.expect("string", "'auto', 'auto ignorecase' or the URL of a jsonpaths file", token)
            )

    def _json_option(self, token: Token) -> None:
        if token.value == "noshred":
            self._reader.fail(token, "JSON 'noshred' is not emulated: there is no SUPER type here; use 'auto'")
        if token.value not in ("auto", "auto ignorecase") and not token.value.startswith(("s3://", "file://")):
            self._reader.fail(token, "JSON needs 'auto', 'auto ignorecase' or the URL of a jsonpaths file")
        self._options["json_option"] = token.value

    def _date_or_time_format(self, token: Token) -> None:
        self._reader.take_if("AS")
        given = self._reader.expect("string", "a quoted format or 'auto'", token)
        is_time = token.keyword == "TIMEFORMAT"
        if given.value != "auto" and not (is_time and given.value in EPOCHS):
            try:
                compile_format(given.value)
            except ValueError as error:
                self._reader.fail(given, f"{token.keyword} {given.value!r}: {error}")
        self._options["time_format" if is_time else "date_format"] = given.value

    def _accept_invalid_characters(self, token: Token) -> None:
        replacement = "?"
        has_as = self._reader.take_if("AS")
        if has_as or self._reader.next.kind == "string":
            given = self._reader.expect("string", "one quoted ASCII character", token)
            replacement = given.value
            if len(replacement) != 1 or not replacement.isascii() or replacement == "\0":
                self._reader.fail(given, f"ACCEPTINVCHARS {replacement!r} is not one ASCII character")
        self._options["accept_invalid_characters"] = replacement

    def _encoding(self, token: Token) -> None:
        self._reader.take_if("AS")
        kind = "string" if self._reader.next.kind == "string" else "word"
        given = self._reader.expect(kind, "UTF8", token)
        if given.value.upper() != "UTF8":
            self._reader.fail(given, f"ENCODING {given.value} is not emulated: only UTF8 is")

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
