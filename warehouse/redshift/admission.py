"""Let the IAM identity that runs use make a schema, where it may not do so by itself.

On Serverless a temporary login is a database user named after the IAM identity (`IAM:…`, `IAMR:…`), who owns nothing
and may only connect. The namespace's administrator, whose password AWS Secrets Manager keeps, grants it CREATE on the
database, once; schema and tables then belong to it, and the administrator is not needed again.
"""

from contextlib import closing

from psycopg2.sql import SQL, Identifier

from warehouse.redshift.connection import parameters, reach
from warehouse.redshift.ownership import Resource, made
from warehouse.redshift.warehouse import RedshiftWarehouse


def admit(warehouse: RedshiftWarehouse) -> Resource:
    """Make sure that the user of the runs may create the schema.

    Raises:
        WarehouseUnavailable: the warehouse cannot be reached, or the administrator's secret not be read.
    """
    compute, settings = warehouse.compute, warehouse.settings
    user, administrator = compute.login().user, compute.administrator()
    if administrator is None:
        return Resource("database user", user, "found", "the master user")
    given = parameters(compute.endpoint(), administrator, settings.database, settings.tls_mode)
    with closing(reach(warehouse.dial, given)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT HAS_DATABASE_PRIVILEGE(usename, %s, 'CREATE') FROM pg_user WHERE usename = %s",
            (settings.database, user),
        )
        may_create = cursor.fetchone()
        if may_create is None:
            cursor.execute(SQL("CREATE USER {} PASSWORD DISABLE").format(Identifier(user)))
        if may_create != (True,):
            database, grantee = Identifier(settings.database), Identifier(user)
            cursor.execute(SQL("GRANT CREATE ON DATABASE {} TO {}").format(database, grantee))
    state = made(created=may_create is None, changed=may_create == (False,))
    return Resource("database user", user, state, "may create the schema")
