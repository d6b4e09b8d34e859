"""Ask the warehouse one question: read-only, one statement, Redshift's dialect."""

from contextlib import closing

import psycopg2

from warehouse import WarehouseError, open_warehouse
from warehouse.translation import require_one_query

Rows = list[tuple[object, ...]]


def query(warehouse: str, statement: str) -> tuple[list[str], Rows]:
    """Run one SELECT, and return the names of its columns and its rows.

    Raises:
        WarehouseError: it is not one query, or the warehouse refuses it.
    """
    require_one_query(statement)
    with closing(open_warehouse(warehouse).connect(read_only=True)) as connection, connection.cursor() as cursor:
        try:
            cursor.execute(statement)
        except psycopg2.errors.UndefinedTable as error:
            raise WarehouseError(f"{_first_line(error)}; if nothing has been loaded yet, run: sparkify etl") from error
        except psycopg2.Error as error:
            raise WarehouseError(str(error).strip()) from error
        names = [column.name for column in cursor.description or ()]
        return names, cursor.fetchall()


def _first_line(error: psycopg2.Error) -> str:
    return str(error).strip().splitlines()[0]
