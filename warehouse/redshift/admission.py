"""Make who logs in to a warehouse: a loader, which owns the schema, and a reader, which may read its tables.

The administrator, a superuser, makes them, and is not needed again. On a cluster they are users without a password:
IAM binds a temporary login to one of them. On Serverless a login is a database user named after the IAM identity
(`IAM:…`, `IAMR:…`), and no other can be requested: there the loader is who provisions, and the reader is a role, which
an identity has whose tag `RedshiftDbRoles` names it (management guide, redshift-iam-access-federated-db-roles).
"""

from collections.abc import Collection
from contextlib import closing

import psycopg2.extensions
from psycopg2.sql import SQL, Composed, Identifier

from warehouse.redshift.connection import parameters, reach
from warehouse.redshift.ownership import Resource, made
from warehouse.redshift.settings import READER
from warehouse.redshift.warehouse import RedshiftWarehouse

USERS = "SELECT usename FROM pg_user WHERE usename = %s"
ROLES = "SELECT role_name FROM svv_roles WHERE role_name = %s"
OWNER = "SELECT PG_GET_USERBYID(nspowner), CURRENT_USER FROM pg_namespace WHERE nspname = %s"
MINE = "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tableowner = CURRENT_USER"
RIGHTS = (
    "GRANT USAGE ON SCHEMA {schema} TO {reader}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {reader}",
    "ALTER DEFAULT PRIVILEGES FOR USER {loader} IN SCHEMA {schema} GRANT SELECT ON TABLES TO {reader}",
    "GRANT TEMP ON DATABASE {database} TO {loader}",
)
"""What is so afterwards, whatever was so before; the last everybody has by default, and some databases took away."""
PUBLIC_IS_CLOSED = "REVOKE CREATE ON SCHEMA public FROM PUBLIC"
"""By default everybody may make tables there."""


def admit(warehouse: RedshiftWarehouse, tables: Collection[str]) -> list[Resource]:
    """Make the loader and the reader, and give them the schema; of what is in it these tables become the loader's.

    Older code made schema and tables as the administrator. A schema that is neither the administrator's nor the
    loader's stays its owner's, and the loader may make tables in it.

    Raises:
        WarehouseUnavailable: the warehouse cannot be reached, or the administrator's login not be had.
    """
    compute, settings, loader = warehouse.compute, warehouse.settings, warehouse.compute.loader()
    given = parameters(compute.endpoint(), compute.administrator(), settings.database, settings.tls_mode)
    schema = settings.schema_name
    with (
        closing(reach(warehouse.dial, given, settings.name)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        is_loader_new = _make(cursor, "USER", loader)
        is_reader_new = _make(cursor, compute.readers, READER)
        has_changed = _hand_over(cursor, schema, loader, tables)
        reader = SQL("ROLE {}" if compute.readers == "ROLE" else "{}").format(Identifier(READER))
        names = {"schema": schema, "loader": loader, "database": settings.database}
        for right in RIGHTS:
            cursor.execute(SQL(right).format(reader=reader, **{each: Identifier(name) for each, name in names.items()}))
        cursor.execute(OWNER, ("public",))
        if cursor.fetchone():
            cursor.execute(PUBLIC_IS_CLOSED)
    owned = made(created=is_loader_new, changed=has_changed)
    read = made(created=is_reader_new, changed=False)
    return [
        Resource("database user", loader, owned, f"loads schema {schema}"),
        Resource(f"database {compute.readers.lower()}", READER, read, f"reads schema {schema}"),
    ]


def _make(cursor: psycopg2.extensions.cursor, kind: str, name: str) -> bool:
    """Make a user or a role that may do nothing yet, unless it is there; return whether it was made."""
    cursor.execute(ROLES if kind == "ROLE" else USERS, (name,))
    if cursor.fetchall():
        return False
    cursor.execute(
        SQL("CREATE ROLE {}" if kind == "ROLE" else "CREATE USER {} PASSWORD DISABLE").format(Identifier(name))
    )
    return True


def _hand_over(cursor: psycopg2.extensions.cursor, schema: str, loader: str, tables: Collection[str]) -> bool:
    """Give the loader the schema and what the administrator made in it; return whether there was anything to give."""
    cursor.execute(OWNER, (schema,))
    found = cursor.fetchone()
    owner, administrator = found or (None, None)
    cursor.execute(MINE, (schema,))
    to_hand_over = sorted(table for (table,) in cursor.fetchall() if table in tables)
    if found is None:
        cursor.execute(_named("CREATE SCHEMA {} AUTHORIZATION {}", schema, loader))
    elif owner == administrator:
        cursor.execute(_named("ALTER SCHEMA {} OWNER TO {}", schema, loader))
    elif owner != loader:
        cursor.execute(_named("GRANT CREATE, USAGE ON SCHEMA {} TO {}", schema, loader))
    for table in to_hand_over:
        cursor.execute(_named("ALTER TABLE {}.{} OWNER TO {}", schema, table, loader))
    return bool(to_hand_over) or (found is not None and owner == administrator)


def _named(statement: str, *names: str) -> Composed:
    return SQL(statement).format(*map(Identifier, names))
