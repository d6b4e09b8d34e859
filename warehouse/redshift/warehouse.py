"""A warehouse on Amazon Redshift, as the tasks see it: where SQL runs, and where the lake and the manifests are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial

import psycopg2
from psycopg2.sql import SQL, Identifier, Literal

from lake.object_store import Store
from warehouse import LoadHistory
from warehouse.connection import WarehouseConnection
from warehouse.errors import LoginRefused
from warehouse.idle_sessions import IdleSessions
from warehouse.redshift.aws_errors import explained
from warehouse.redshift.compute import Clients, Compute, Endpoint, Login
from warehouse.redshift.connection import Dial, Logins, dial, parameters, reach
from warehouse.redshift.settings import DATA_DOCS, Settings
from warehouse.usage import Usage


@dataclass(frozen=True)
class RedshiftWarehouse:
    """A cluster or a workgroup that a block describes; nothing secret is in any representation of it."""

    settings: Settings
    load_history: LoadHistory
    clients: Clients = field(repr=False)
    compute: Compute = field(repr=False)
    dial: Dial = field(default=dial, repr=False)
    usage: Usage = field(default_factory=Usage, repr=False, compare=False)
    idle_sessions: IdleSessions = field(default_factory=IdleSessions, repr=False, compare=False)

    @property
    def schema(self) -> str:
        """Return the schema of all tables."""
        return self.settings.schema_name

    @property
    def work_url(self) -> str:
        """Return the prefix that manifests are written to."""
        return self.settings.work_prefix

    @property
    def data_docs_url(self) -> str:
        """Return the prefix that Data Docs are written to, beside the manifests."""
        return f"{self.settings.work_prefix}{DATA_DOCS}"

    @property
    def region(self) -> str:
        """Return the AWS Region of warehouse and buckets."""
        return self.settings.region

    @property
    def lake(self) -> Mapping[str, str]:
        """Return the URL of each dataset."""
        return self.settings.lake

    @property
    def max_lag(self) -> str | None:
        """Return how old the newest event may be."""
        return self.settings.max_lag

    @cached_property
    def store(self) -> Store:
        """Return S3, as the block's AWS credentials reach it."""
        return Store(partial(self.clients, "s3"), has_folders=False)

    @cached_property
    def iam_role(self) -> str:
        """Return the ARN of the role that COPY reads S3 with: it belongs to the account of the AWS credentials.

        Raises:
            WarehouseUnavailable: AWS does not accept the credentials.
        """
        with explained(self.settings.name):
            caller = self.clients("sts").get_caller_identity()
        partition = caller["Arn"].split(":")[1]
        return f"arn:{partition}:iam::{caller['Account']}:role/{self.settings.iam_role_name}"

    @cached_property
    def _logins(self) -> Logins:
        return Logins(self.compute)

    def connect(self, *, read_only: bool = False) -> WarehouseConnection:
        """Open a connection with a temporary login, of the reader if it is read-only.

        Sessions that are open outlive their login. One that the server no longer takes, as by a clock that is ahead of
        ours, is renewed, once.

        Raises:
            WarehouseUnavailable: the warehouse is not there, not awake, or cannot be reached.
        """
        endpoint = self.compute.endpoint()  # this first: its errors are the most specific
        login = self._logins.current(read_only=read_only)
        try:
            connection = self._reach(endpoint, login)
        except LoginRefused:
            self._logins.forget(login)
            connection = self._reach(endpoint, self._logins.current(read_only=read_only))
        connection.statement_timeout_ms = self.settings.statement_timeout_s * 1000
        _begin_session(connection, self.schema)
        if read_only:
            connection.set_session(readonly=True)
        return connection

    def _reach(self, endpoint: Endpoint, login: Login) -> WarehouseConnection:
        given = parameters(endpoint, login, self.settings.database, self.settings.tls_mode)
        return reach(self.dial, given, self.settings.name).counted_in(self.usage)


def _begin_session(connection: WarehouseConnection, schema: str) -> None:
    """Limit the time of statements, and make the schema the one place where tables are looked for, at one go.

    Unlike PostgreSQL, Redshift refuses a search path with a schema that is not there yet. No tables must be found then:
    the default path would find those of others, in `public`.
    """
    begin = SQL("SET statement_timeout TO {}; SET search_path TO {}")
    limit_ms = Literal(connection.statement_timeout_ms)
    with connection.cursor() as cursor:
        try:
            cursor.execute(begin.format(limit_ms, Identifier(schema)))
        except psycopg2.errors.InvalidSchemaName:
            connection.rollback()
            connection.is_usable_again = False
            cursor.execute(begin.format(limit_ms, Identifier("pg_catalog")))
    connection.commit()
