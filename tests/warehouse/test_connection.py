"""What a connection reads: every value that the warehouse can hold, as Python's where Python has it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import psycopg2.extensions
import pytest

from lake.epochs import epoch_text, read_epoch_ms
from warehouse import WarehouseConnection

VALUES: dict[str, object] = {
    "TIMESTAMP '2018-11-01 20:57:10.796'": datetime(2018, 11, 1, 20, 57, 10, 796000),
    "TIMESTAMP '50805-05-14 12:06:36.123'": "50805-05-14 12:06:36.123",
    "TIMESTAMP '0044-03-15 10:00:00 BC'": "0044-03-15 10:00:00 BC",
    "TIMESTAMP 'infinity'": "infinity",
    "CAST(NULL AS TIMESTAMP)": None,
    "TIMESTAMPTZ '2018-11-01 20:57:10+00'": datetime(2018, 11, 1, 20, 57, 10, tzinfo=UTC),
    "TIMESTAMPTZ '50805-05-14 12:06:36+00'": "50805-05-14 12:06:36+00",
    "TIMESTAMPTZ '0001-01-01 00:00:00+15'": "0001-12-31 09:00:00+00 BC",
    "DATE '2018-11-01'": date(2018, 11, 1),
    "DATE '50805-05-14'": "50805-05-14",
    "DATE '-infinity'": "-infinity",
    "INTERVAL '2 days'": timedelta(days=2),
    "INTERVAL '2000000000 days'": "2000000000 days",
    "INTERVAL '178000000 years'": "178000000 years",
    "CAST('1' || REPEAT('0', 300) AS NUMERIC)": Decimal(10**300),
    "CHR(27) || CHR(159) || CHR(8238)": "\x1b\x9f\u202e",
    "REPEAT('x', 65535)": "x" * 65_535,
}


@pytest.mark.parametrize("value", VALUES)
def test_every_value_is_read_and_one_that_python_lacks_is_its_text(connection: WarehouseConnection, value: str) -> None:
    with connection.cursor(cursor_factory=psycopg2.extensions.cursor) as cursor:
        cursor.execute("SET timezone TO 'UTC'")
        cursor.execute(f"SELECT {value}")
        assert cursor.fetchall() == [(VALUES[value],)]


FIRST_MS, LAST_MS = -210_863_520_000_000, 9_224_318_015_999_999
"""From 4713 BC to 294276 AD."""
MOMENTS_MS = (
    FIRST_MS,
    -62_167_219_200_001,
    -62_135_596_800_001,
    -1,
    0,
    1_541_105_830_796,
    253_402_300_800_000,
    LAST_MS,
)


@pytest.mark.parametrize("epoch_ms", MOMENTS_MS)
def test_a_timestamp_of_any_year_is_known_by_its_milliseconds(connection: WarehouseConnection, epoch_ms: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT CAST(%s AS TIMESTAMP)", (epoch_text(epoch_ms, ""),))
        [(value,)] = cursor.fetchall()
    assert read_epoch_ms(str(value)) == epoch_ms
