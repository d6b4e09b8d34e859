"""Give each test a connection to an embedded Redshift, in a schema of its own.

Name it in the top conftest.py: `pytest_plugins = ["local_redshift.pytest_plugin"]`, or run `pytest -p
local_redshift.pytest_plugin`. Nothing else of the package needs pytest.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import psycopg2.extensions
import pytest
from psycopg2.sql import SQL, Identifier

from local_redshift import postgres_server
from local_redshift.connection import LocalRedshiftConnection, connect

Connection = TypeVar("Connection", bound=psycopg2.extensions.connection)


@pytest.fixture(scope="session")
def redshift_home() -> Iterator[Path]:
    """The folder of the embedded Redshift, whose server ends with the session; each worker of pytest-xdist has one."""
    home = Path(tempfile.mkdtemp(prefix="redshift-"))
    yield home
    postgres_server.stop(home)
    shutil.rmtree(home)


@pytest.fixture
def redshift(redshift_home: Path) -> Iterator[LocalRedshiftConnection]:
    """A psycopg2 connection that takes Redshift SQL, in an empty schema that is dropped after the test."""
    schema = f"test_{uuid4().hex}"
    with fresh_schema(schema, lambda: connect(redshift_home, schema, LocalRedshiftConnection)) as connection:
        yield connection


@contextmanager
def fresh_schema(schema: str, open_connection: Callable[[], Connection]) -> Iterator[Connection]:
    """Make a schema, give a connection, and drop the schema in the end, also where the connection was closed."""
    connection = open_connection()
    with connection, connection.cursor() as cursor:
        cursor.execute(SQL("CREATE SCHEMA {}").format(Identifier(schema)))
    try:
        yield connection
    finally:
        with closing(open_connection() if connection.closed else connection) as usable:
            usable.rollback()
            with usable, usable.cursor() as cursor:
                cursor.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(schema)))
