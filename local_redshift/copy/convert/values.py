"""Convert JSON values to numbers, booleans, dates and times as COPY does.

The rules are those of the Redshift guide, copy-parameters-data-conversion. Numbers are compared and cut as text or
decimals, never as floats, so every digit of the file counts. For what the guide leaves open: a number with a fraction
of zero (1540919166796.0) goes into an integer column, every other fraction and `true` do not; an epoch may have such
a fraction too; a decimal out of range has the code of "exceeded the acceptable range"; NaN and infinities are
refused; TIME and TIMETZ take HH:MI[:SS] whatever TIMEFORMAT says, and what is none has the code of timestamps.
"""

import math
import re
import struct
from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, InvalidOperation

from lake.documents import JsonNumber, JsonValue
from lake.epochs import epoch_text
from lake.values import BLANKS, value_text
from local_redshift.copy.command.statement import CopyCommand
from local_redshift.copy.convert.columns import NULL, Converter, TargetColumn, ValueRejected
from local_redshift.copy.convert.time import EPOCHS, compile_format, read_clock

_INTEGERS = {"int2": ("Short", 2**15), "int4": ("Integer", 2**31), "int8": ("Long", 2**63)}
_FLOATS = {"float4": ("Real", "f"), "float8": ("Double", "d")}
# r_Boolean_type; PostgreSQL's own on and off are not among them.
_TRUE, _FALSE = {"t", "true", "y", "yes", "1"}, {"f", "false", "n", "no", "0"}

_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_START_OF_INTEGER = re.compile(r"[+-]?\d*", re.ASCII)
_START_OF_NUMBER = re.compile(r"[+-]?\d*\.?\d*", re.ASCII)
_EXACT = Context(prec=100)


def integer(column: TargetColumn) -> Converter:
    """Return the converter of a SMALLINT, INTEGER or BIGINT column."""
    type_name, limit = _INTEGERS[column.kind]

    def convert(value: JsonValue) -> str:
        if isinstance(value, str) and len(value) < 20:
            # Nearly every value ends here; what remains is read with more care, and to the same end.
            whole = value[:-2] if type(value) is JsonNumber and value.endswith(".0") else value
            if whole.isdecimal() and whole.isascii() and int(whole) < limit:
                return whole
        text = _blankless(value)
        if text == NULL:
            return NULL
        if not _is_whole(value, text):
            raise _invalid_digit(text, _START_OF_INTEGER, column, type_name)
        number = _decimal(text)
        if not -limit <= number < limit:
            raise _overflow(column, 1222, type_name)
        return str(int(number))

    return convert


def _is_whole(value: JsonValue, text: str) -> bool:
    """Tell whether an integer column takes this: digits, or as a number of JSON also a fraction of zero."""
    if isinstance(value, JsonNumber):
        number = _decimal(text)
        return number == number.to_integral_value()
    return isinstance(value, str) and _INTEGER.fullmatch(text) is not None


def numeric(column: TargetColumn, round_decimals: bool) -> Converter:
    """Return the converter of a NUMERIC column: digits past its scale are cut, or rounded with ROUNDEC."""
    digits = column.length - column.scale
    whole = rf"-?\d{{1,{digits}}}" if digits else "-?0"
    as_it_is = re.compile(whole + (rf"(?:\.\d{{1,{column.scale}}})?" if column.scale else ""), re.ASCII).fullmatch
    rounding = ROUND_HALF_UP if round_decimals else ROUND_DOWN
    step = Decimal(1).scaleb(-column.scale)

    def convert(value: JsonValue) -> str:
        if type(value) is JsonNumber and as_it_is(value):
            return value
        text = _blankless(value)
        if text == NULL:
            return NULL
        if not isinstance(value, str) or not _NUMBER.fullmatch(text):
            raise _invalid_digit(text, _START_OF_NUMBER, column, "Decimal")
        number = _decimal(text)
        if number.is_finite() and number.adjusted() < digits:
            number = number.quantize(step, rounding, _EXACT)
        if number.is_infinite() or (number and number.adjusted() >= digits):
            raise _overflow(column, 1204, "Decimal")
        return f"{number:f}" if number else "0"

    return convert


def floating(column: TargetColumn) -> Converter:
    """Return the converter of a REAL or DOUBLE PRECISION column."""
    type_name, packed = _FLOATS[column.kind]

    def convert(value: JsonValue) -> str:
        text = _blankless(value)
        if text == NULL:
            return NULL
        if not isinstance(value, str) or not _NUMBER.fullmatch(text):
            raise _invalid_digit(text, _START_OF_NUMBER, column, type_name)
        try:
            nearest = struct.unpack(packed, struct.pack(packed, float(text)))[0]
        except OverflowError:
            nearest = math.inf
        if math.isinf(nearest):
            raise _overflow(column, 1204, type_name)
        # PostgreSQL rounds the text itself, but refuses one that would round to zero.
        return text if nearest else "0"

    return convert


def boolean(column: TargetColumn) -> Converter:
    """Return the converter of a BOOLEAN column."""

    def convert(value: JsonValue) -> str:
        text = _blankless(value)
        word = text.lower()
        if word in _TRUE:
            return "t"
        if word in _FALSE:
            return "f"
        if text == NULL:
            return NULL
        explanation = "is no truth value: true, false, 1, 0, yes, no, t, f, y and n are"
        raise ValueRejected(1210, f"Invalid boolean value, Column type: {column.sql_type.title()}", explanation)

    return convert


def timestamp(column: TargetColumn, command: CopyCommand) -> Converter:
    """Return the converter of a TIMESTAMP or TIMESTAMPTZ column; TIMESTAMP drops the zone, as a cast does."""
    zone = "+00" if column.kind == "timestamptz" else ""
    unit_ms = EPOCHS.get(command.time_format or "")
    if unit_ms is not None:
        return _dated(command, lambda text: _epoch(text, unit_ms, zone), 1206, "timestamp", str(command.time_format))
    read = compile_format(
        command.time_format or "YYYY-MM-DD HH:MI:SS", with_zone=bool(zone) and not command.time_format
    )
    shown = command.time_format or "YYYY-MM-DD HH24:MI:SS" + ("OF" if zone else "")

    def convert(text: str) -> str | None:
        moment = read(text)
        return moment and moment.text(zone)

    return _dated(command, convert, 1206, "timestamp", shown)


def time_of_day(column: TargetColumn, command: CopyCommand) -> Converter:
    """Return the converter of a TIME or TIMETZ column; TIME drops the zone, TIMETZ without one is UTC."""
    zone = "+00" if column.kind == "timetz" else ""

    def convert(text: str) -> str | None:
        moment = read_clock(text)
        return moment and moment.clock_text(zone)

    return _dated(command, convert, 1206, "timestamp", "HH24:MI:SS" + ("OF" if zone else ""))


def date(command: CopyCommand) -> Converter:
    """Return the converter of a DATE column; a time of day in the format is read and dropped."""
    shown = command.date_format or "YYYY-MM-DD"
    read = compile_format(shown)

    def convert(text: str) -> str | None:
        moment = read(text)
        return moment and moment.date_text()

    return _dated(command, convert, 1205, "date", shown)


def _dated(command: CopyCommand, convert: Callable[[str], str | None], code: int, what: str, shown: str) -> Converter:
    """Make a converter of a reader that returns None for what it cannot read."""
    reason = f"Invalid {what} format or value [{shown}]"

    def convert_or_reject(value: JsonValue) -> str:
        text = _blankless(value)
        if text == NULL:
            return NULL
        converted = convert(text)
        if converted is None and not command.accept_any_date:
            raise ValueRejected(code, reason, f"is no {what} of the format {shown}")
        return converted or NULL

    return convert_or_reject


def _epoch(text: str, unit_ms: int, zone: str) -> str | None:
    if len(text) < 16 and text.isascii() and text.isdecimal():
        return epoch_text(int(text) * unit_ms, zone)
    if not _NUMBER.fullmatch(text):
        return None
    number = _decimal(text)
    if number != number.to_integral_value() or number.adjusted() > 20:
        return None
    return epoch_text(int(number) * unit_ms, zone)


def _blankless(value: JsonValue) -> str:
    """Return the text of a value without blanks around it; the guide makes blank text NULL in these columns."""
    return NULL if value is None else value_text(value).strip(BLANKS)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent of 19 digits and more
        return Decimal("1e-999999" if "e-" in text.lower() else "inf")


def _invalid_digit(text: str, start: re.Pattern[str], column: TargetColumn, type_name: str) -> ValueRejected:
    match = start.match(text)
    position = match.end() if match else 0
    found = text[position : position + 1]
    reason = f"Invalid digit, Value '{found}', Pos {position}, Type: {type_name}"
    what = f"{found!r} at position {position}" if found else "the end of the text"
    return ValueRejected(1207, reason, f"does not fit {column.sql_type}: a digit is needed instead of {what}")


def _overflow(column: TargetColumn, code: int, type_name: str) -> ValueRejected:
    return ValueRejected(code, f"Overflow, Column type: {type_name}", f"is out of the range of {column.sql_type}")
