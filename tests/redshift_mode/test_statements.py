"""Every statement in the life of a warehouse: Redshift could parse it, has what it asks for, and reads no secret in it.

That the local warehouse ran them proves less: what Great Expectations sends reaches PostgreSQL as it is.
"""

import logging
import re
from dataclasses import dataclass
from functools import cached_property
from threading import Event
from typing import TYPE_CHECKING

import pytest
import sqlglot
from boto3.s3.transfer import TransferConfig
from prefect.artifacts import Artifact
from sqlfluff.core import Linter
from sqlglot import exp

from cli.query import TypedQuery, query
from expectations.running.results import ExpectationsFailed
from flows.audit import audit
from flows.erase import erase
from flows.etl import etl
from flows.insights import insights
from flows.rebuild import rebuild
from flows.reset import reset
from tasks.discover.discovery import Manifest
from tasks.provision.catalogue import LEASE_TABLES
from tasks.stage.copy_progress import shown_progress
from tests.redshift_mode.believing import believe
from tests.redshift_mode.conftest import CANARIES, WAREHOUSES, new_cloud
from tests.redshift_mode.emulated import PASSWORD, WIRE
from tests.redshift_mode.refused_shapes import SHAPES, Shape
from warehouse import CopyError, open_warehouse
from warehouse.redshift.blocks import load_block

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LACKING = {
    "a IS NOT DISTINCT FROM b": r"IS\s+(NOT\s+)?DISTINCT\s+FROM",
    "STRING_AGG(a, ',')": r"(STRING_AGG|ARRAY_AGG|GENERATE_SERIES|UNNEST|REGEXP_MATCHES|AGE|NOW|FORMAT)\s*\(",
    "SELECT * FROM (VALUES (1)) AS t": r"(FROM|JOIN|,)\s*\(\s*VALUES",
    "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING": r"ON\s+CONFLICT|DO\s+NOTHING",
    "DELETE FROM t RETURNING a": r"RETURNING",
    "SELECT DISTINCT ON (a) b FROM t": r"DISTINCT\s+ON",
    "COUNT(*) FILTER (WHERE a)": r"FILTER\s*\(",
    "CROSS JOIN LATERAL f(a)": r"LATERAL|TABLESAMPLE|WITH\s+ORDINALITY|FETCH\s+FIRST|FOR\s+UPDATE",
    "ROLLBACK TO SAVEPOINT s": r"SAVEPOINT",
    "WHEN MATCHED AND a THEN DELETE": r"WHEN\s+(NOT\s+)?MATCHED\s+AND",
    "CREATE UNIQUE INDEX i ON t (a)": r"CREATE\s+(UNIQUE\s+)?(INDEX|SEQUENCE|TRIGGER|DOMAIN|TYPE|EXTENSION|UNLOGGED)",
    "id SERIAL": r"(SMALL|BIG)?SERIAL|UUID|::\s*JSONB?|BYTEA|INHERITS|CHECK\s*\(",
    "ARRAY[1, 2]": r"ARRAY\s*\[",
    "TRUNCATE t": r"TRUNCATE(?! staging_)",  # it commits: not in the transaction that publishes
    "COPY t FROM STDIN": r"STDIN|STDOUT",
}
"""A statement that Redshift refuses, or that commits the transaction, and how to find its like.

Sources: Redshift guide, c_unsupported-postgresql-features, -functions and -datatypes, r_MERGE, r_TRUNCATE.
"""
VALUE, SAME_AGAIN = re.compile(r"'[^']*'|\d+|\bNULL\b"), re.compile(r"(\([^()]*\))(?:,\s*\1)+")
QUOTED = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*")


@dataclass(frozen=True)
class Life:
    """What a warehouse's life left behind."""

    statements: tuple[str, ...]
    passwords: frozenset[str]
    words: str
    """Everything that was logged, kept as an artifact, written to the work bucket or put into a message."""
    unchecked: tuple[str, ...]
    """What was written by transactions that had not checked the lease."""

    @cached_property
    def alike(self) -> tuple[str, ...]:
        """One statement of those that differ in nothing but values, or in how many rows of them they enter."""
        shapes = ((SAME_AGAIN.sub(r"\1", VALUE.sub("?", statement)), statement) for statement in self.statements)
        return tuple(dict(shapes).values())


class Listener(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(record.getMessage())


@pytest.fixture(scope="module")
def life(prefect_server: str, aws: "S3Client") -> Life:
    """Make, fill, ask, audit, empty and misuse a warehouse on a cluster and on Serverless, listening to all of it.

    Who is erased has nothing in the lake, all of which is one user's.
    """
    listener = Listener()
    logging.getLogger().addHandler(listener)
    cloud = new_cloud(aws)
    for warehouse in WAREHOUSES:
        etl(warehouse=warehouse)
        for bad, error in (({"userId": "abc"}, CopyError), ({"level": "gold"}, ExpectationsFailed)):
            cloud.log("2018-11-14", {"sessionId": 2, **bad})
            with pytest.raises(error) as failure:
                etl(warehouse=warehouse)
            listener.lines.append(str(failure.value))
        etl(warehouse=warehouse, quarantine_budget=0.5, full_refresh=True)
        erase(warehouse=warehouse, user=99, confirm=True, in_advance=True)
        aws.delete_object(Bucket="lake", Key="log_data/2018-11-14-events.json")
        etl(warehouse=warehouse, full_refresh=True)
        move_the_lake(aws, warehouse)
        audit(warehouse=warehouse)
        insights(warehouse=warehouse)
        rebuild(warehouse=warehouse)
        watch_a_copy(warehouse)
        with query(warehouse, TypedQuery("SELECT level, COUNT(*) FROM songplays GROUP BY level")):
            pass
        reset(warehouse=warehouse)
    logging.getLogger().removeHandler(listener)
    written = [
        aws.get_object(Bucket="work", Key=found["Key"])["Body"].read().decode()
        for found in aws.list_objects_v2(Bucket="work")["Contents"]
    ]
    shown = [repr(part) for name in WAREHOUSES for part in (load_block(name), open_warehouse(name))]
    kept = [str(Artifact.get(key)) for key in ("sparkify-etl-summary", "sparkify-failed-expectations")]
    passwords = frozenset(str(given["password"]) for given in WIRE.dialled)
    words = "\n".join([*listener.lines, *written, *shown, *kept])
    return Life(tuple(WIRE.sent), passwords, words, tuple(WIRE.unchecked))


def move_the_lake(aws: "S3Client", warehouse: str) -> None:
    """Copy the lake in parts, which gives the copies other etags, let the ledger follow, and delete the copies."""
    for found in aws.list_objects_v2(Bucket="lake")["Contents"]:
        in_parts = TransferConfig(multipart_threshold=1)
        aws.copy({"Bucket": "lake", "Key": found["Key"]}, "lake", f"moved/{found['Key']}", Config=in_parts)
    events, songs = ("s3://lake/moved/log_data", "s3://lake/moved/song_data")
    assert etl(warehouse=warehouse, events=events, songs=songs, moved_from="s3://lake").headline.startswith(
        "nothing new"
    )
    for found in aws.list_objects_v2(Bucket="lake", Prefix="moved/")["Contents"]:
        aws.delete_object(Bucket="lake", Key=found["Key"])


def watch_a_copy(warehouse: str) -> None:
    """Ask once how far a COPY is, which a run does only of one that takes long."""
    asked = len(WIRE.sent)
    with shown_progress(open_warehouse(warehouse), 1, Manifest("events", "", ()), long_s=0.0):
        while not any("source_file_bytes" in statement for statement in WIRE.sent[asked:]):
            Event().wait(0.05)


def test_redshift_could_parse_every_statement(life: Life) -> None:
    linter = Linter(dialect="redshift")
    broken = [
        statement
        for statement in life.alike
        if (tree := linter.parse_string(statement).tree) is None or "unparsable" in tree.type_set()
    ]
    assert broken == []


def test_no_statement_has_a_shape_that_redshift_refuses(life: Life) -> None:
    trees = [tree for statement in life.alike for tree in sqlglot.parse(statement, dialect="redshift") if tree]
    assert {(shape.name, tree.sql()) for tree in trees for shape in SHAPES if shape.find(tree)} == set()


def test_no_statement_has_another_answer_where_declared_keys_are_believed(life: Life) -> None:
    parts = [part for text in life.alike for part in sqlglot.parse(text, dialect="redshift") if part]
    shapes = {part.sql("redshift") for part in parts if part.find(exp.Select)}
    assert {shape for shape in shapes if believe(shape, "redshift") != shape} == set()


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_shape_that_redshift_refuses_would_be_found_and_one_alike_is_none(shape: Shape) -> None:
    assert shape.find(sqlglot.parse_one(shape.refused, dialect="redshift"))
    assert not shape.find(sqlglot.parse_one(shape.allowed, dialect="redshift"))


def test_redshift_has_what_every_statement_asks_for(life: Life) -> None:
    code = {QUOTED.sub("''", statement) for statement in life.statements}
    found = {(text, name) for text in code for name, form in LACKING.items() if _asks_for(form, text)}
    assert found == set()


@pytest.mark.parametrize("example", LACKING)
def test_what_redshift_lacks_would_be_found(example: str) -> None:
    assert _asks_for(LACKING[example], QUOTED.sub("''", example))


def test_the_statements_are_those_of_all_stages(life: Life) -> None:
    sent = "\n".join(life.statements)
    stages = (
        "CREATE SCHEMA",
        "CREATE TABLE",
        "LOCK TABLE",
        "COPY staging_events",
        "INSERT INTO lake_events",
        "INSERT INTO songplays",
        "COPY loaded_files",
        "COPY moved_etags",
    )
    quarantine = ("COPY quarantine", "DELETE FROM staging_events WHERE", "DELETE FROM quarantine")
    erasure = ("userid IN (SELECT user_id FROM erased_users)", "INSERT INTO erased_users", "WHERE userid = 99")
    assert [stage for stage in (*stages, *quarantine, *erasure) if stage not in sent] == []
    assert "stl_load_errors" in sent
    assert "sys_load_error_detail" in sent
    assert len([statement for statement in life.statements if "AS anon_" in statement]) > 50  # SQLAlchemy's


def test_every_transaction_that_writes_begins_by_checking_the_lease(life: Life) -> None:
    made = [f"CREATE TABLE IF NOT EXISTS {table}" for table in LEASE_TABLES]
    assert [statement for statement in life.unchecked if not statement.startswith(tuple(made))] == []


def test_no_secret_is_sent_logged_kept_or_shown(life: Life) -> None:
    secrets = {*CANARIES.values(), *life.passwords}
    assert PASSWORD in secrets
    assert len(life.passwords) > 1
    told = "\n".join(life.statements) + life.words
    assert [secret for secret in secrets if secret in told] == []


def _asks_for(form: str, code: str) -> bool:
    return re.search(rf"(?<!\w)({form})(?!(?<=\w)\w)", code, re.IGNORECASE) is not None
