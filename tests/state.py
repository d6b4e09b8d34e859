"""The state of the local warehouse and of the emulated AWS, as tests read it and wipe it."""

from contextlib import closing
from urllib.request import Request, urlopen

from warehouse import connect


def forget_everything() -> None:
    """Drop the warehouse's schema with all it holds."""
    with closing(connect()) as connection, connection, connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS sparkify CASCADE")


def fetch(query: str) -> list[tuple[object, ...]]:
    """Ask the local warehouse."""
    with closing(connect()) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def forget_aws(endpoint: str) -> None:
    """Make moto forget all accounts: one process has one AWS, however many servers it starts."""
    with urlopen(Request(f"{endpoint}/moto-api/reset", method="POST")):
        pass
