"""Versions of the tables: which migrations of `sql/migrate` a warehouse has had, and how it gets those that it lacks.

A migration changes tables that are there, in one transaction with its row in `schema_versions`. Tables that are missing
are made by `sql/create` as they are now, and need no migration. Tables without a `schema_versions` are of version 0,
whatever code made them: some have come part of the way, so what a migration adds may be there.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import psycopg2
from psycopg2.sql import SQL, Composed, Literal

import sql
from sql.datasets import STAGING
from sql.tables import TABLES
from tasks.fencing import fence
from tasks.provision.catalogue import (
    LEASE_TABLES,
    Catalogue,
    differences,
    new_columns,
    read_catalogue,
    read_keys,
)
from warehouse import DamagedWarehouse, UntranslatableSql, WarehouseConnection, WrongVersion

VERSIONS = "schema_versions"
_COMMENT = re.compile(r"^--.*\n", re.MULTILINE)
_DROPS = re.compile(r"(?:DROP TABLE|DELETE FROM|ALTER TABLE (?=\w+ (?:DROP|RENAME))) ?(?:IF EXISTS )?(\w+)")
_ADDS_COLUMN = re.compile(r"ALTER TABLE (\w+) ADD COLUMN (\w+) ")
_RENAMES_COLUMN = re.compile(r"ALTER TABLE (?P<table>\w+) RENAME COLUMN (?P<new>\w+) TO (?P<old>\w+)")
_ALTER = re.compile(
    r"ALTER TABLE (?P<table>\w+) (?:ADD COLUMN (?P<column>\w+).*|ADD (?P<key>(?:UNIQUE|PRIMARY KEY|FOREIGN KEY).*)"
    r"|DROP COLUMN (?P<gone>\w+)|ALTER DISTSTYLE KEY DISTKEY (?P<distkey>\w+)|.*)",
    re.DOTALL,
)
_COLUMN_DROP = re.compile(r"ALTER TABLE (\w+) DROP COLUMN (\w+)")
_CHANGE = re.compile(r"(?:UPDATE|INSERT INTO) (\w+)")
_SOURCE = re.compile(r"\b(?:FROM|JOIN) (\w+)")
START_AGAIN = "put it back, or drop everything and load it again with sparkify reset --yes and sparkify etl"
TOLD_BY = ("version", "migration")
"""The columns of the table of versions that are read before any other is known to be as it should."""


@dataclass(frozen=True)
class Migration:
    """A file of `sql/migrate`: the version that the tables are of after it, its name, and its statements."""

    version: int
    name: str
    statements: Sequence[str]

    @property
    def dropped(self) -> list[str]:
        """The tables of which it drops something, or which it puts another in the place of: a person has to agree.

        A column that it has copied to another table before is not lost, nor is one whose place a column takes that it
        has added: nobody needs to agree to that.
        """
        added = {match.groups() for each in self.statements if (match := _ADDS_COLUMN.match(each))}
        renames = [match for each in self.statements if (match := _RENAMES_COLUMN.match(each))]
        replaced = [match for match in renames if (match["table"], match["new"]) in added]
        harmless = {f"ALTER TABLE {match['table']} DROP COLUMN {match['old']}" for match in replaced}
        harmless |= {match[0] for match in replaced}
        return sorted(
            {
                match[1]
                for place, each in enumerate(self.statements)
                if (match := _DROPS.match(each))
                and each not in harmless
                and not _is_copied(each, self.statements[:place])
            }
        )


def migrations() -> list[Migration]:
    """Return all migrations that this code knows, in order."""
    names = sorted(file.stem for file in (sql.FOLDER / "migrate").glob("*.sql"))
    return [Migration(int(name[:4]), name, [*map(_code, sql.statements(f"migrate/{name}"))]) for name in names]


def read_pending(connection: WarehouseConnection, there: Catalogue) -> list[Migration]:
    """Return the migrations that the tables lack; none where there are no tables.

    Raises:
        WrongVersion: the tables have had a migration that this code does not know.
        DamagedWarehouse: the table of versions has not the columns that tell.
    """
    known, version = migrations(), 0
    if lost := [f"column {VERSIONS}.{name} is gone" for name in TOLD_BY if name not in there.get(VERSIONS, TOLD_BY)]:
        raise DamagedWarehouse(f"{'; '.join(lost)}: {START_AGAIN}")
    with connection.cursor() as cursor:
        for found in sql.fetch_named(cursor, "inspect/schema_version") if VERSIONS in there else ():
            version = found["version"]
            if version > known[-1].version:
                raise WrongVersion(
                    f"the tables are of version {version} ({found['migration']}), and this sparkify knows no version "
                    f"after {known[-1].version}; nothing was changed. Use the release that brought them there, or a "
                    "newer one"
                )
    return [each for each in known if each.version > version] if has_tables(there) else []


def has_tables(there: Catalogue) -> bool:
    """Tell whether any table is there but those of the lease, which whoever holds an empty warehouse has made."""
    return any(table in there for table in TABLES if table not in LEASE_TABLES)


def older_version(pending: Sequence[Migration]) -> WrongVersion:
    """Return the error about tables that lack migrations, where whoever asks may not bring them up to date."""
    names = ", ".join(migration.name for migration in pending)
    return WrongVersion(f"the tables are of an older version, and lack {names}: run sparkify etl first")


def had_already(pending: Sequence[Migration], there: Catalogue) -> Sequence[Migration]:
    """Return the first pending migrations, if the tables have had them and only lack their rows in `schema_versions`.

    Tables that are all as their DDL has them have had every migration up to the last that shows in columns, since they
    are run in order; one after that may only look so.
    """
    for table in TABLES:
        found = there.get(table)
        if found is None or new_columns(table, found) or (table not in STAGING and any(differences(table, found))):
            return ()
    shows = [any(_shows(statement, there) for statement in each.statements) for each in pending]
    return pending[: len(shows) - shows[::-1].index(True)] if True in shows else ()


def _shows(statement: str, there: Catalogue) -> bool:
    """Tell whether a column is there that a statement adds, or gone that it drops."""
    added, dropped = _ADDS_COLUMN.match(statement), _COLUMN_DROP.match(statement)
    is_added = added is not None and added[2] in there.get(added[1], {})
    return is_added or (dropped is not None and dropped[2] not in there.get(dropped[1], {}))


def require_consent(pending: Sequence[Migration]) -> None:
    """Refuse migrations that drop something: nobody but a person may decide that.

    Raises:
        WrongVersion: there is such a one.
    """
    for migration in pending:
        if migration.dropped:
            raise WrongVersion(
                f"the tables are of an older version, and {migration.name} drops or rewrites "
                f"{', '.join(migration.dropped)}; nothing was changed. Run: sparkify provision --migrate"
            )


def run_migration(connection: WarehouseConnection, schema: str, migration: Migration, made: Collection[str]) -> None:
    """Run a migration in a transaction with its row; tables that were just `made` are as it leaves them.

    Raises:
        WrongVersion: a statement cannot be run on the tables as they are.
        WarehouseBusy: another run has taken the warehouse over.
    """
    with connection.cursor() as cursor:
        fence(cursor)
    there = read_catalogue(connection, schema)
    keys = read_keys(connection, schema)
    try:
        with connection, connection.cursor() as cursor:
            for statement in migration.statements:
                if not _is_done(statement, there, keys, made):
                    cursor.execute(statement, {})
            record(cursor, [migration])
    except (psycopg2.ProgrammingError, psycopg2.errors.DependentObjectsStillExist, UntranslatableSql) as error:
        said = str(error).strip().replace("\n", "; ")
        raise WrongVersion(
            f"{migration.name} cannot be run on the tables as they are, and nothing of it was: {said}. Put that right "
            "and run again, or drop everything and load it again with sparkify reset --yes and sparkify etl"
        ) from error


def record(cursor: psycopg2.extensions.cursor, done: Sequence[Migration]) -> None:
    """Enter migrations as done."""
    cursor.execute(recorded(done))


def recorded(done: Sequence[Migration]) -> Composed:
    """Return the statement that enters migrations as done, or as not needed by a warehouse that was made without."""
    rows = [SQL("({}, {}, GETDATE())").format(Literal(each.version), Literal(each.name)) for each in done]
    insert = SQL("INSERT INTO schema_versions (version, migration, applied_at) VALUES {}")
    return insert.format(SQL(", ").join(rows))


def _is_copied(statement: str, before: Sequence[str]) -> bool:
    """Tell whether a statement drops a column that one before has copied, by its full name, to another table."""
    match = _COLUMN_DROP.fullmatch(statement)
    if match is None:
        return False
    copied = re.compile(rf"\b{match[1]}\.{match[2]}\b")
    return any(each.startswith("INSERT INTO ") and copied.search(each) for each in before)


def _is_done(statement: str, there: Catalogue, keys: Collection[tuple[str, str]], made: Collection[str]) -> bool:
    """Tell whether there is what ALTER TABLE would add or set, and not what it would drop; Redshift has no IF EXISTS.

    What fills tables that were just made, or copies from them alone, has nothing to do: they hold no rows.
    """
    if change := _CHANGE.match(statement):
        sources = {*_SOURCE.findall(statement)} - {change[1]}
        is_update = statement.startswith("UPDATE")
        return change[1] in made if is_update else bool(sources) and sources <= {*made}
    match = _ALTER.fullmatch(statement)
    if match is None:
        return False
    table, columns = match["table"], there.get(match["table"], {})
    is_distributed = match["distkey"] in columns and columns[match["distkey"]].is_dist_key
    is_gone = match["gone"] is not None and match["gone"] not in columns
    is_there = match["column"] in columns or (table, match["key"]) in keys or bool(is_distributed)
    return table in made or is_gone or is_there


def _code(statement: str) -> str:
    return _COMMENT.sub("", statement).strip()
