r"""Describe the lines of a file by one regular expression, the template, that vouches for a whole line.

A line that matches is one JSON object with the keys of the file's first line, each once and in the same order, and
every value that a column takes is written in a form that is sure to mean the same to a JSON library as to COPY: a text
for text, a number that is exact as a float, an escape that is one character. What a library reads from such lines needs
no more checks than those of lengths and ranges. Whatever else COPY may load is not in the template, and is left to the
exact conversion: numbers into text, nested values, exponents, halves of surrogate pairs, \u0000.
"""

import json
import re
from collections.abc import Iterable

from local_redshift.copy.command.statement import CopyCommand
from local_redshift.copy.convert.columns import TargetColumn

MAX_LINE_BYTES = 1 << 20  # so no row comes near its limit of 4 MB
_MAX_KEYS = 500
_PLAIN_KEY = re.compile(r"[\w .$@/:-]+", re.ASCII)
_FLOAT_DIGITS = 15  # a decimal of so many digits survives a float

_ESCAPE = r'\\["\\/bfnrt]'
_CODE_POINT = (
    r"(?:00(?:0[1-9a-f]|[1-9a-f][0-9a-f])|0[1-9a-f][0-9a-f]{2}|[1-9a-cef][0-9a-f]{3}"
    r"|d[0-7][0-9a-f]{2}|d[89ab][0-9a-f]{2}(?-i:\\u)d[c-f][0-9a-f]{2})"
)
_CHARACTER = r'[^"\\\x00-\x1f]'
_STRING = rf'"(?:{_CHARACTER}|{_ESCAPE}|\\u(?i:{_CODE_POINT}))*"'
_USUAL_STRING = rf'"(?:{_CHARACTER}|{_ESCAPE}|\\u{_CODE_POINT})*"'  # with a \u00E9 it takes half as long again to match
_ASCII_STRING = rf'"(?:[ !#-\[\]-~]|{_ESCAPE})*"'
_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"
_INTEGER = r"-?[1-9][0-9]{0,17}|0"
WHOLE_FLOAT = r"-?[1-9][0-9]{0,14}\.0|0\.0"
_INTEGERS = rf'""|"(?:{_INTEGER})"|{_INTEGER}|{WHOLE_FLOAT}'
_FLOATS = r"-?(?:0|[1-9][0-9]{0,2})\.[0-9]{1,12}|-?[1-9][0-9]{0,14}|0"
_FORMS = {
    "bpchar": _ASCII_STRING,
    "int2": _INTEGERS,
    "int4": _INTEGERS,
    "int8": _INTEGERS,
    "float4": _FLOATS,
    "float8": _FLOATS,
    "bool": "true|false|[01]",
}
_EPOCH_DIGITS = {"epochmillisecs": 13, "epochsecs": 10}  # years of four digits


def value_pattern(column: TargetColumn, command: CopyCommand, is_usual: bool) -> str:
    """Return the forms of a value, other than null, that can be converted in bulk for a column; "null" if none can."""
    if column.kind == "varchar":
        return _string(is_usual)
    if column.kind == "numeric":
        return _decimal_pattern(column.length - column.scale, column.scale)
    if column.kind == "timestamp" and command.time_format in _EPOCH_DIGITS:
        digits = rf"[1-9][0-9]{{0,{_EPOCH_DIGITS[command.time_format] - 1}}}|0"
        return rf'""|"(?:{digits})"|(?:{digits})(?:\.0)?'
    return _FORMS.get(column.kind, "null")


def _decimal_pattern(whole_digits: int, scale: int) -> str:
    """Return the form of decimals that are neither rounded nor out of range."""
    scale = min(scale, _FLOAT_DIGITS - 1)
    whole_digits = min(whole_digits, _FLOAT_DIGITS - scale)
    whole = rf"(?:0|[1-9][0-9]{{0,{whole_digits - 1}}})" if whole_digits > 0 else "0"
    number = rf"-?{whole}" + (rf"(?:\.[0-9]{{1,{scale}}})?" if scale else "")
    return rf'""|"{number}"|{number}'


def read_members(line: bytes) -> dict[str, object]:
    """Return the members of a line that is one JSON object; none if it is not, or has unusual keys."""
    try:
        members = json.loads(line, object_pairs_hook=tuple) if line.lstrip().startswith(b"{") else ()
    except (ValueError, RecursionError):
        return {}
    found: dict[str, object] = dict(members)
    is_plain = len(found) == len(members) <= _MAX_KEYS and all(map(_PLAIN_KEY.fullmatch, found))
    return found if is_plain else {}


def line_pattern(keys: Iterable[str], values: dict[str, str], is_usual: bool) -> str:
    """Return the template of lines with these keys; a key without a form of its value may have any scalar.

    What is usual is matched faster: all lines but those with upper-case letters in the codes of escaped characters.
    """
    any_value = rf"true|false|{_NUMBER}|{_string(is_usual)}"
    members = (rf'"{_literal(key)}": ?(?:null|{values.get(key, any_value)})' for key in keys)
    return "^\\{" + ", ?".join(members) + "\\}$"


def _string(is_usual: bool) -> str:
    return _USUAL_STRING if is_usual else _STRING


def _literal(text: str) -> str:
    return "".join(f"\\x{ord(character):02x}" for character in text)
