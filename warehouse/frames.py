"""Answers as data frames, for whoever goes on with pandas."""

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from psycopg2.extensions import Column

from sql.questions import question
from warehouse import open_warehouse
from warehouse.reading import require_one_query
from warehouse.typed_sql import with_placeholders

if TYPE_CHECKING:
    import pandas

_TYPES = {
    21: "Int16", 23: "Int32", 20: "Int64", 700: "float64", 701: "float64", 16: "boolean",
    25: "str", 1042: "str", 1043: "str",
}  # fmt: skip
"""pandas' types, whose values may be missing, by the numbers of types that PostgreSQL and Redshift have in common."""
_DECIMAL = 1700
_MOMENTS = {1114, 1184}
"""TIMESTAMP, which the warehouse keeps in UTC, and TIMESTAMPTZ."""
_LARGEST = 2**63 - 1


def read_frame(
    query: str, *, warehouse: str = "local", schema: str | None = None, **parameters: object
) -> "pandas.DataFrame":
    """Run one read-only query in Redshift SQL, and return its answer.

    `query` is a statement, in which `:name` stands for a parameter, or `@` and the name of a saved question, such as
    `@top-songs`. Whole numbers, sums of them too, become pandas' Int64 and its kin, which may be missing, other
    DECIMAL and floats float64, BOOLEAN boolean, moments datetime64[us, UTC], and text str. A column with a moment that
    Python has no value for, such as one of the year 50805, keeps objects.

    Raises:
        ValueError: a parameter is missing, unknown or wrong, or no question has that name.
        UntranslatableSql: it is not one query, or the warehouse could not run it.
        psycopg2.Error: the warehouse refuses it.
        WarehouseError: the warehouse is not known or cannot be reached.
    """
    text, values = _read(query, parameters)
    statement, names = with_placeholders(text)
    require_one_query(statement)
    connection = open_warehouse(warehouse, schema).connect(read_only=True)
    with closing(connection), connection.cursor() as cursor:
        cursor.execute(statement, values if names else None)
        return _frame(cursor.description, cursor.fetchall())


def _read(query: str, parameters: dict[str, object]) -> tuple[str, dict[str, Any]]:
    """Return the statement and the value of each of its parameters."""
    if query.startswith("@"):
        found = question(query[1:])
        return found.text, found.values({name: str(value) for name, value in parameters.items()})
    _, names = with_placeholders(query)
    if set(names) != parameters.keys():
        has = ", ".join(f":{name}" for name in names) or "none"
        given = ", ".join(parameters) or "none"
        raise ValueError(f"the statement's parameters are {has}; given: {given}")
    return query, parameters


def _frame(columns: Sequence[Column], rows: Sequence[tuple[Any, ...]]) -> "pandas.DataFrame":
    """Return rows with pandas' types; two columns may have one name."""
    import pandas  # noqa: PLC0415 - takes a second, which no load needs

    series = [_series([row[at] for row in rows], column.type_code) for at, column in enumerate(columns)]
    frame = pandas.concat(series, axis=1) if series else pandas.DataFrame()
    frame.columns = pandas.Index([column.name for column in columns])
    return frame


def _series(values: list[Any], type_code: int) -> "pandas.Series[Any]":
    """Return the values of one column."""
    import pandas  # noqa: PLC0415

    known = [value for value in values if value is not None]
    if type_code in _MOMENTS and all(isinstance(value, datetime) for value in known):
        utc = [value and (value if value.tzinfo else value.replace(tzinfo=UTC)) for value in values]
        return pandas.Series(pandas.to_datetime(utc, utc=True).as_unit("us"), dtype="datetime64[us, UTC]")
    if type_code == _DECIMAL and not all(map(_is_whole, known)):
        return pandas.Series([value and float(value) for value in values], dtype="float64")
    if type_code == _DECIMAL:
        return pandas.Series([value and int(value) for value in values], dtype="Int64")
    return pandas.Series(values, dtype=_TYPES.get(type_code, "object"))


def _is_whole(value: Decimal) -> bool:
    """Tell whether a DECIMAL has no decimal places, not even zeros, and fits BIGINT."""
    return value.as_tuple().exponent == 0 and abs(value) <= _LARGEST
