"""Answers as data frames: pandas' types, whatever is missing."""

from datetime import UTC, datetime

import pandas as pd
import pytest

from tests.expectations.rows import GOOD_ROWS, create_tables, execute
from warehouse import UntranslatableSql, WarehouseConnection
from warehouse.frames import read_frame


@pytest.fixture
def star(connection: WarehouseConnection, schema: str) -> str:
    """The name of a schema with two plays."""
    with connection:
        create_tables(connection)
        execute(connection, GOOD_ROWS)
    return schema


def test_columns_have_pandas_types_and_what_is_missing_is_missing(star: str) -> None:
    frame = read_frame(
        """
        SELECT start_time, user_id, song_id, song_duration AS duration, user_id = 8 AS is_zoe,
            SUM(user_id) OVER () AS total, AVG(user_id::DECIMAL(9, 2)) OVER () AS mean
        FROM songplays ORDER BY start_time
        """,
        schema=star,
    )
    assert frame.dtypes.astype(str).to_dict() == {
        "start_time": "datetime64[us, UTC]",
        "user_id": "Int32",
        "song_id": "str",
        "duration": "float64",
        "is_zoe": "boolean",
        "total": "Int64",
        "mean": "float64",
    }
    assert frame.start_time[0] == pd.Timestamp("2018-11-30 23:59:59.796", tz="UTC")
    assert frame.song_id.isna().tolist() == [False, True]
    assert frame.total.tolist() == [16, 16]


@pytest.mark.parametrize(
    ("type_name", "dtype"),
    [
        ("SMALLINT", "Int16"), ("INTEGER", "Int32"), ("BIGINT", "Int64"), ("DECIMAL(18, 0)", "Int64"),
        ("DOUBLE PRECISION", "float64"), ("BOOLEAN", "boolean"), ("TIMESTAMP", "datetime64[us, UTC]"),
        ("TIMESTAMPTZ", "datetime64[us, UTC]"), ("VARCHAR(9)", "str"), ("DATE", "object"),
    ],
)  # fmt: skip
def test_a_column_without_a_value_has_its_type_too(star: str, type_name: str, dtype: str) -> None:
    for rows in ("", "WHERE 1 = 0"):
        frame = read_frame(f"SELECT NULL::{type_name} AS nothing FROM songplays {rows}", schema=star)
        assert (str(frame.nothing.dtype), frame.nothing.count()) == (dtype, 0)


def test_a_moment_that_python_lacks_stays_as_the_warehouse_writes_it(star: str) -> None:
    frame = read_frame("SELECT TIMESTAMP '50805-05-14 12:06:36.123' AS far", schema=star)
    assert frame.far.tolist() == ["50805-05-14 12:06:36.123"]


def test_parameters_are_values_and_each_must_be_given(star: str) -> None:
    query = "SELECT user_id, :word AS word FROM songplays WHERE start_time >= :since"
    frame = read_frame(query, schema=star, since=datetime(2018, 12, 1, tzinfo=UTC), word="it's 5 %")
    assert frame.to_dict("records") == [{"user_id": 8, "word": "it's 5 %"}]
    with pytest.raises(ValueError, match="the statement's parameters are :word, :since; given: word"):
        read_frame(query, schema=star, word="x")


def test_a_saved_question_is_asked_by_its_name(star: str) -> None:
    frame = read_frame("@top-songs", schema=star, places=1)
    assert frame.shape[0] == 1
    with pytest.raises(ValueError, match="no saved question is named @top-song: did you mean @top-songs"):
        read_frame("@top-song", schema=star)
    with pytest.raises(ValueError, match="@top-songs has no parameter day"):
        read_frame("@top-songs", schema=star, day=1)


@pytest.mark.parametrize("statement", ["DELETE FROM users", "SELECT 1; SELECT 2"])
def test_only_one_query_is_run(star: str, statement: str) -> None:
    with pytest.raises(UntranslatableSql):
        read_frame(statement, schema=star)
