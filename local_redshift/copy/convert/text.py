"""Convert JSON values to CHAR and VARCHAR, whose lengths COPY counts in bytes (Redshift guide, r_Character_types).

For what the guide leaves open: EMPTYASNULL looks at the text before TRIMBLANKS cuts it, TRUNCATECOLUMNS cuts between
characters, and ACCEPTINVCHARS puts one character in the place of an escaped half of a surrogate pair.
"""

import re

from lake.documents import JsonValue
from lake.values import BLANKS, value_text
from local_redshift.copy.command.statement import CopyCommand
from local_redshift.copy.convert.columns import NULL, Converter, TargetColumn, ValueRejected

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
# The kinds of multi-byte-character-load-errors, by the words of Python's decoder.
_INVALID_UTF8 = {"unexpected end of data": 2, "invalid start byte": 3, "invalid continuation byte": 4}


def character(column: TargetColumn, command: CopyCommand) -> Converter:
    """Return the converter of a CHAR or VARCHAR column."""
    limit_bytes = column.length
    keeps_plain_text = not (command.blanks_as_null or command.empty_as_null or command.trim_blanks)

    def convert(value: JsonValue) -> str:
        if value is None:
            return NULL
        text = value if type(value) is str else value_text(value)
        if not (keeps_plain_text and text.isascii() and len(text) <= limit_bytes and "\0" not in text):
            if (text == "" and command.empty_as_null) or (text and command.blanks_as_null and not text.strip(BLANKS)):
                return NULL
            text = _stored(text, column, command)
        return f'"{text}"' if '"' not in text else '"' + text.replace('"', '""') + '"'

    return convert


def is_replaced(value: JsonValue, column: TargetColumn) -> bool:
    """Tell whether ACCEPTINVCHARS replaces something in a value on its way into this column."""
    return column.kind == "varchar" and value is not None and _SURROGATE.search(value_text(value)) is not None


def _stored(text: str, column: TargetColumn, command: CopyCommand) -> str:
    """Return the text as the column holds it."""
    text = _before_nul(text)
    if column.kind == "varchar":
        if command.trim_blanks:
            text = text.rstrip(BLANKS)
        if command.accept_invalid_characters:
            text = _SURROGATE.sub(command.accept_invalid_characters.replace("\\", r"\\"), text)
    if not text.isascii():
        _check_characters(text, column)
    return _cut(text, column, command.truncate_columns)


def _before_nul(text: str) -> str:
    """Return the text up to a NUL, where COPY ends it."""
    head, nul, tail = text.partition("\0")
    if nul and tail and not head:
        reason = "Invalid null byte - field longer than 1 byte"
        raise ValueRejected(1218, reason, "starts with a NUL character, which no column can hold")
    return head


def _check_characters(text: str, column: TargetColumn) -> None:
    """Refuse a character that the column cannot hold."""
    escaped = "surrogateescape" if not re.search(r"[\ud800-\udc7f\udd00-\udfff]", text) else "surrogatepass"
    raw = text.encode(errors=escaped)
    if column.kind == "bpchar":
        found = _NOT_ASCII.search(text)
        what = found.group().encode(errors=escaped).hex(" ") if found else ""
        reason = f"Multibyte character not supported for CHAR (Hint: Try using VARCHAR). Invalid char: {what}"
        raise ValueRejected(1220, reason, f"has a character outside of ASCII, {column.sql_type} holds none")
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        bad, kind = raw[error.start : error.end].hex(" "), _INVALID_UTF8.get(error.reason, 3)
        reason = (
            f"String contains invalid or unsupported UTF-8 codepoints. Bad UTF-8 hex sequence: {bad} (error {kind})"
        )
        raise ValueRejected(1220, reason, f"is not UTF-8: bytes {bad} ({error.reason})") from error


def _cut(text: str, column: TargetColumn, truncate: bool) -> str:
    raw = text.encode()
    if len(raw) <= column.length:
        return text
    # r_Character_types: what is too long only by its trailing blanks is cut in any case.
    if truncate or not raw[column.length :].strip(b" "):
        return raw[: column.length].decode(errors="ignore")
    what = "String" if column.kind == "varchar" else "Char"
    size = f"is {len(raw)} bytes, {column.sql_type} allows {column.length}"
    raise ValueRejected(1204, f"{what} length exceeds DDL length", size)
