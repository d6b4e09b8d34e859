"""How many statements a run sends: as many for a large batch as for a small one, and few of them move rows.

Each costs a round trip, and on Redshift a plan that must be compiled and queued: what a run sends once for each file or
row would take longer than the work.
"""

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pytest

from flows.etl import etl
from tests.redshift_mode.conftest import WAREHOUSES, new_cloud
from tests.redshift_mode.emulated import WIRE
from tests.variants import often

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MOST, MOST_IDLE = 82, 20
"""What a run sends at most for good rows, all tables to make, and one that finds nothing new."""
MOST_OF_BAD_ROWS = 130
"""What a run with bad rows sends at most: it looks for each of them, and runs the suites of staging again."""
MOST_COPIES = 4
"""Staged events, staged songs, the ledger, quarantine."""
HEARTBEAT = "-- A heartbeat"
"""What is sent as time goes by, and not for the work: the more of it the slower the machine is."""
LITERAL = re.compile(r"'(?:[^']|'')*'|\d+")


class Size(NamedTuple):
    """How large a lake is, and how many of its rows are bad: in files, and in rows of each file of the logs."""

    logs: int
    songs: int
    rows: int
    bad_rows: int


SMALL, LARGE = Size(2, 3, 10, 0), Size(20, 40, 50, 0)
SMALL_AND_BAD, LARGE_AND_BAD = Size(2, 3, 10, 1), Size(20, 40, 50, 20)
"""More than one log: the rows of a single file are those of COPY, and the load history is not asked."""


def load(aws: "S3Client", warehouse: str, size: Size, *, compact_songs: bool = False) -> list[str]:
    """Load a lake of this size into an empty warehouse, and return the statements that were sent for it."""
    cloud = new_cloud(aws)
    for number in range(size.logs):
        good = [{"sessionId": 1000 + number, "itemInSession": row, "userId": str(row % 7)} for row in range(size.rows)]
        refused = [{"level": "premium", "itemInSession": row} for row in range(size.bad_rows)]
        broken = [{"gender": "X", "sessionId": 9, "itemInSession": row} for row in range(size.bad_rows)]
        cloud.log(f"day-{number}", *good, *refused, *broken)
    for number in range(size.songs):
        cloud.song(f"TR{number}", {"song_id": f"SOAAAAAAAAAAAAAA{number:02}", "title": str(number)})
    WIRE.reset()
    etl(warehouse=warehouse, quarantine_budget=0.5 if size.bad_rows else 0, compact_songs=compact_songs)
    return [statement for statement in WIRE.sent if not statement.startswith(HEARTBEAT)]


def shapes(statements: list[str]) -> Counter[str]:
    """Count statements that differ in nothing but their literals, and in the order in which they ask for things."""
    return Counter(" ".join(sorted(LITERAL.sub("?", each).replace(",", " ").split())) for each in statements)


@pytest.mark.parametrize("sizes", [(SMALL, LARGE), (SMALL_AND_BAD, LARGE_AND_BAD)], ids=["good rows", "bad rows too"])
@pytest.mark.parametrize("warehouse", often(WAREHOUSES))
def test_a_run_sends_the_same_statements_for_few_files_and_rows_as_for_many(
    prefect_server: str, aws: "S3Client", warehouse: str, sizes: tuple[Size, Size]
) -> None:
    small, large = (load(aws, warehouse, size) for size in sizes)
    assert shapes(large) - shapes(small) == shapes(small) - shapes(large) == Counter()
    assert len(large) <= (MOST_OF_BAD_ROWS if sizes[1].bad_rows else MOST)
    assert len([statement for statement in large if re.search("^COPY ", statement, re.MULTILINE)]) <= MOST_COPIES


@pytest.mark.long
def test_compaction_sends_no_statement_of_its_own(prefect_server: str, aws: "S3Client") -> None:
    plain, compacted = (load(aws, WAREHOUSES[0], LARGE, compact_songs=compact) for compact in (False, True))
    assert shapes(compacted) - shapes(plain) == Counter()


def test_a_run_with_nothing_new_sends_few_statements_and_no_copy(prefect_server: str, aws: "S3Client") -> None:
    idle = []
    for size in (SMALL, LARGE):
        load(aws, WAREHOUSES[0], size)
        WIRE.sent.clear()
        etl(warehouse=WAREHOUSES[0])
        idle.append([statement for statement in WIRE.sent if not statement.startswith(HEARTBEAT)])
    assert shapes(idle[0]) == shapes(idle[1])
    assert len(idle[1]) <= MOST_IDLE
    assert [
        statement
        for statement in idle[1]
        if re.search("^COPY |^MERGE |FROM songplays(?! LIMIT)", statement, re.MULTILINE)
    ] == []
