"""Read the options of a COPY, one at a time: which there are, what each takes, and which are refused.

REGION names the Region of the bucket (copy-parameters-data-source-s3); here only its form is checked, for the client
finds the Region by itself.
"""

import re

from lake.compression import Compression
from local_redshift.copy.command.tokens import Token, TokenReader
from local_redshift.copy.convert.time import EPOCHS, compile_format

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
SETTINGS = (
    FLAGS
    | dict.fromkeys(COMPRESSIONS, "compression")
    | {
        "MAXERROR": "max_error",
        "IGNOREHEADER": "ignore_header",
        "TIMEFORMAT": "time_format",
        "DATEFORMAT": "date_format",
        "ACCEPTINVCHARS": "accept_invalid_characters",
    }
)
"""The options that change what COPY does, and the fields of a command that they set."""
WITHOUT_EFFECT = {"COMPROWS", "REGION", "ENCODING", *SWITCHES}
FORMATS = {"CSV", "AVRO", "ORC", "PARQUET", "SHAPEFILE", "FIXEDWIDTH", "RCFILE", "SEQUENCEFILE", "TEXTFILE"}
NOT_WITH_JSON = {
    "CSV", "DELIMITER", "ESCAPE", "FILLRECORD", "FIXEDWIDTH", "IGNOREBLANKLINES", "NULL", "QUOTE", "READRATIO",
    "REMOVEQUOTES",
}  # fmt: skip
ENCRYPTION = {"ENCRYPTED", "MASTER_SYMMETRIC_KEY", "KMS_KEY_ID"}
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d+")


def read_value(reader: TokenReader, token: Token) -> object:
    """Take what follows an option of SETTINGS or WITHOUT_EFFECT, and return its value.

    Raises:
        CopySyntaxError: the option has no such value.
    """
    name = token.keyword
    if name in FLAGS:
        return True
    if name in SWITCHES:
        return reader.take_if(*SWITCHES[name])
    if name in COMPRESSIONS:
        return _compression(reader, token)
    has_as = reader.take_if("AS")
    if name in NUMBERS:
        return _number(reader, token)
    if name == "ACCEPTINVCHARS":
        return _replacement(reader, token) if has_as or reader.next.kind == "string" else "?"
    return {"TIMEFORMAT": _format, "DATEFORMAT": _format, "REGION": _region, "ENCODING": _encoding}[name](reader, token)


def read_json_option(reader: TokenReader, owner: Token) -> str:
    """Take the string after JSON, which maps keys to columns.

    Raises:
        CopySyntaxError: it is none of those that JSON takes, or 'noshred'.
    """
    given = reader.expect("string", "'auto', 'auto ignorecase' or the URL of a jsonpaths file", owner)
    if given.value == "noshred":
        reader.fail(given, "JSON 'noshred' is not emulated: there is no SUPER type here; use 'auto'")
    if given.value not in ("auto", "auto ignorecase") and not given.value.startswith(("s3://", "file://")):
        reader.fail(given, "JSON needs 'auto', 'auto ignorecase' or the URL of a jsonpaths file")
    return given.value


def refuse_option(reader: TokenReader, token: Token) -> None:
    """Refuse what is no option here, with the reason.

    Raises:
        CopySyntaxError: always.
    """
    name = token.keyword
    if name in NOT_WITH_JSON and "JSON" in reader.keywords:
        reader.fail(token, f"{name} cannot be combined with JSON")
    if name in FORMATS | NOT_WITH_JSON:
        reader.fail(token, f"{name} is not emulated: only FORMAT JSON is")
    if name in ENCRYPTION:
        reader.fail(token, f"{name}: encrypted objects are not emulated")
    if name in ("SECRET_ACCESS_KEY", "SESSION_TOKEN"):
        reader.fail(token, f"{name} needs ACCESS_KEY_ID before it")
    reader.fail(token, f"{name} is not an option of COPY" if name else "an option is missing here")


def _compression(reader: TokenReader, token: Token) -> Compression:
    if token.keyword == "LZOP":
        reader.fail(token, "LZOP is not emulated: no decoder is installed; use GZIP, BZIP2 or ZSTD")
    return Compression(token.keyword)


def _number(reader: TokenReader, token: Token) -> int:
    low, high = NUMBERS[token.keyword]
    given = reader.expect("number", f"a whole number from {low} to {high}", token)
    if not low <= int(given.value[:12]) <= high:
        reader.fail(given, f"{token.keyword} {given.value} is not from {low} to {high}")
    return int(given.value)


def _format(reader: TokenReader, token: Token) -> str:
    given = reader.expect("string", "a quoted format or 'auto'", token)
    if given.value != "auto" and not (token.keyword == "TIMEFORMAT" and given.value in EPOCHS):
        try:
            compile_format(given.value)
        except ValueError as error:
            reader.fail(given, f"{token.keyword} {given.value!r}: {error}")
    return given.value


def _replacement(reader: TokenReader, token: Token) -> str:
    given = reader.expect("string", "one quoted ASCII character", token)
    if len(given.value) != 1 or not given.value.isascii() or given.value == "\0":
        reader.fail(given, f"ACCEPTINVCHARS {given.value!r} is not one ASCII character")
    return given.value


def _region(reader: TokenReader, token: Token) -> str:
    given = reader.expect("string", "a quoted Region", token)
    if not _REGION.fullmatch(given.value):
        reader.fail(given, "REGION is not the name of a Region, such as 'us-west-2'")
    return given.value


def _encoding(reader: TokenReader, token: Token) -> str:
    given = reader.expect("string" if reader.next.kind == "string" else "word", "UTF8", token)
    if given.value.upper() != "UTF8":
        reader.fail(given, f"ENCODING {given.value} is not emulated: only UTF8 is")
    return given.value
