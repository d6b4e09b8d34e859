"""Run a conformance case somewhere and tell what came of it, in the words of the case."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

import psycopg2
import psycopg2.extensions

from tests.local_redshift.conformance.case import Case
from warehouse import UntranslatableSql

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LOAD_FAILED = ["XX000", "Load into table 't' failed."]
_PLACE = re.compile(r"^COPY, line \d+, column \d+: ")
LAST_COPY = "query = PG_LAST_COPY_ID()"


class Place(Protocol):
    """Where cases run: a database with an empty schema, and a folder that it can read."""

    @property
    def connection(self) -> psycopg2.extensions.connection:
        """A connection to the database."""

    @property
    def url(self) -> str:
        """The URL of the folder, with a slash at its end."""

    @property
    def key(self) -> str:
        """The folder as a failure names it: without scheme and bucket."""

    @property
    def authorization(self) -> str:
        """What COPY is to say to be let in."""

    def put(self, name: str, data: bytes) -> None:
        """Write one file into the folder."""


@dataclass(frozen=True)
class LocalPlace:
    """The local warehouse, and a folder."""

    connection: psycopg2.extensions.connection
    folder: Path
    authorization = "IAM_ROLE default"

    @property
    def url(self) -> str:
        return f"file://{self.folder}/"

    @property
    def key(self) -> str:
        return f"{self.folder}/"

    def put(self, name: str, data: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


@dataclass(frozen=True)
class RemotePlace:
    """A database that reads S3, and a prefix of a bucket."""

    connection: psycopg2.extensions.connection
    client: "S3Client"
    bucket: str
    key: str
    authorization: str

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def put(self, name: str, data: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=self.key + name, Body=data)


@contextmanager
def remote_place(
    connection: psycopg2.extensions.connection, client: "S3Client", bucket_url: str, authorization: str
) -> Iterator[RemotePlace]:
    """Make a fresh prefix under this URL of a bucket, and delete it in the end."""
    bucket, _, folder = bucket_url.removeprefix("s3://").strip("/").partition("/")
    prefix = f"{folder}/{uuid4().hex}/".lstrip("/")
    try:
        yield RemotePlace(connection, client, bucket, prefix, authorization)
    finally:
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for found in page.get("Contents", []):
                client.delete_object(Bucket=bucket, Key=found["Key"])


@contextmanager
def fresh_schema(connection: psycopg2.extensions.connection) -> Iterator[str]:
    """Put an empty schema on the search path, give its name, and drop it in the end."""
    schema = f"conformance_{uuid4().hex[:12]}"
    with connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {schema}")
        cursor.execute(f"SET search_path TO {schema}")
    try:
        yield schema
    finally:
        connection.rollback()
        with connection, connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA {schema} CASCADE")


def replay(case: Case, place: Place) -> dict[str, object]:
    """Run a case, and return its outcome as far as the case tells one."""
    for name, data in case.contents(place.url):
        place.put(name, data)
    connection = place.connection
    failure = _failure(case, place)
    if failure and failure[0] != "XX000" and case.failure:
        return {"failure": failure}
    outcome: dict[str, object] = {
        "failure": failure,
        "rows": _ask(connection, case.query),
        "errors": _ask(
            connection,
            f"SELECT line_number, TRIM(colname), err_code, TRIM(err_reason) FROM stl_load_errors WHERE {LAST_COPY}",
        ),
        "notices": [notice.strip() for notice in connection.notices],
        "count": _ask(connection, "SELECT PG_LAST_COPY_COUNT()")[0][0],
        "replacements": _ask(
            connection,
            f"SELECT line_number, TRIM(colname) FROM stl_replacements WHERE {LAST_COPY}",
        ),
    }
    return {name: value for name, value in outcome.items() if name in expected(case, place)}


def expected(case: Case, place: Place) -> dict[str, object]:
    """Return the outcome that a case expects."""
    if case.failure:
        state, message = case.failure
        words = {"{lake}": place.url, "{key}": place.key, "{path}": place.url.removeprefix("file://")}
        for placeholder, word in words.items():
            message = message.replace(placeholder, word)
        return {"failure": [state, message]}
    outcome: dict[str, object] = {
        "failure": LOAD_FAILED if case.rows is None else None,
        "rows": sorted(case.rows or [], key=repr),
        "errors": sorted(case.errors, key=repr),
    }
    more = {"notices": case.notices, "count": case.count, "replacements": case.replacements}
    return outcome | {name: value for name, value in more.items() if value is not None}


def _failure(case: Case, place: Place) -> list[str] | None:
    """Run the statements of a case, and return SQLSTATE and message if one fails."""
    connection = place.connection
    sql = case.statement.replace("{lake}", place.url).replace("{auth}", place.authorization)
    try:
        with connection.cursor() as cursor:
            cursor.execute(case.table)
            connection.commit()
            connection.notices.clear()
            cursor.execute(sql)
        connection.commit()
    except UntranslatableSql as refusal:
        return ["refused", str(refusal).partition(" (line ")[0]]
    except psycopg2.Error as error:
        connection.rollback()
        message = str(error.diag.message_primary)
        if message.startswith(LOAD_FAILED[1]):  # what follows names one of two system tables
            return LOAD_FAILED
        return [str(error.pgcode), _PLACE.sub("", message)]
    return None


def _ask(connection: psycopg2.extensions.connection, query: str) -> list[list[Any]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        rows = [[_plain(value) for value in row] for row in cursor.fetchall()]
    return sorted(rows, key=repr)


def _plain(value: object) -> object:
    """Return a value as YAML has it; a timestamp with a zone as its instant."""
    return str(value) if isinstance(value, Decimal | time) else value
