"""The questions to a warehouse: what each does, and what may be the answer.

Each opens sessions of its own, makes tables of its own, and waits no longer than it is given patience for.
"""

from collections.abc import Mapping
from threading import Timer

import psycopg2

from tests.redshift_account.asked import Asked, Probe, Session, fetch_column, outcome_of, run

OBJECTS, LINES = 3, 9
SPANNING = '{\n"id": 1\n}\n' * OBJECTS
"""A file whose every object spans several lines."""
REFUSED = '{"id": 1}\n{"id": "x"}\n'
RELEASE_S = 5.0
"""How much longer than the patience a lock is held that another session waits for."""


def version(asked: Asked) -> object:
    """Return what the warehouse calls itself."""
    with asked.session() as session:
        return fetch_column(session, "SELECT VERSION()")[0]


def last_copy_id(asked: Asked) -> object:
    """Return which COPY PG_LAST_COPY_ID() tells after one that was rolled back, and after one that failed."""
    query = "SELECT PG_LAST_COPY_ID()"
    with asked.session() as session:
        asked.copy(session, "copied", SPANNING)
        session.commit()
        [before] = fetch_column(session, query)
        asked.copy(session, "copied", SPANNING)
        session.rollback()
        [after_rollback] = fetch_column(session, query)
        asked.place.put("copied/1.json", REFUSED.encode())
        failure = outcome_of(session, asked.copy_statement("copied"))
        [after_failure] = fetch_column(session, query)
    return {
        "is_updated_by_a_copy_rolled_back": after_rollback != before,
        "is_updated_by_a_copy_that_failed": after_failure != after_rollback,
        "failure": failure,
    }


def sys_query_id(asked: Asked) -> object:
    """Return whether the SYS views call a COPY what PG_LAST_COPY_ID() does; null where they do not have it."""
    with asked.session() as session:
        asked.copy(session, "sys_query_id", SPANNING)
        session.commit()
        [last] = fetch_column(session, "SELECT PG_LAST_COPY_ID()")
        _, found = asked.look(
            session, "SELECT query_id FROM sys_load_history WHERE data_source LIKE %s", "sys_query_id"
        )
    return {"is_that_of_pg_last_copy_id": last in found if found else None}


def rows_of_a_file(view: str, file_column: str) -> Probe:
    """Make the question when a view has the rows of a file, and how many lines it says were scanned."""

    def probe(asked: Asked) -> object:
        table = f"in_{view}"
        with asked.session() as session:
            asked.copy(session, table, SPANNING)
            session.commit()
            query = f"SELECT lines_scanned FROM {view} WHERE {file_column} LIKE %s"
            after_s, scanned = asked.look(session, query, table)
        return {"after_s": after_s, "lines_scanned": scanned, "objects": OBJECTS, "physical_lines": LINES}

    return probe


def load_errors(view: str, file_column: str) -> Probe:
    """Make the question when a view has a line that COPY refused, and which line it says it was."""

    def probe(asked: Asked) -> object:
        table = f"in_{view}"
        with asked.session() as session:
            asked.copy(session, table, REFUSED, "MAXERROR 10")
            session.commit()
            after_s, lines = asked.look(session, f"SELECT line_number FROM {view} WHERE {file_column} LIKE %s", table)
        return {"after_s": after_s, "line_numbers": lines}

    return probe


def copy_messages(asked: Asked) -> object:
    """Return what COPY says of one row that it loaded and one that it refused."""
    with asked.session() as session:
        session.notices.clear()
        asked.copy(session, "messages", REFUSED, "MAXERROR 10")
        session.commit()
        return [notice.strip() for notice in session.notices]


def lock_wait(asked: Asked) -> object:
    """Return whether statement_timeout ends a wait for a lock; if not, the lock is released after a while."""
    with asked.session() as holder, asked.session() as waiter:
        run(holder, "CREATE TABLE locked (id INT)")
        holder.commit()
        run(holder, "LOCK TABLE locked")
        run(waiter, f"SET statement_timeout TO {100 + round(100 * asked.patience_s)}")
        release = Timer(asked.patience_s + RELEASE_S, holder.rollback)
        release.start()
        try:
            outcome = outcome_of(waiter, "LOCK TABLE locked")
        finally:
            release.cancel()
            release.join()
    return {"is_ended_by_statement_timeout": outcome != "done", "outcome": outcome}


def drop(asked: Asked) -> object:
    """Return what comes of dropping a table that a view reads, and one that another table refers to."""
    made = (
        "CREATE TABLE viewed (id INT)",
        "CREATE VIEW viewing AS SELECT id FROM viewed",
        "CREATE TABLE referred (id INT PRIMARY KEY)",
        "CREATE TABLE referring (id INT REFERENCES referred (id))",
    )
    with asked.session() as session:
        for statement in made:
            run(session, statement)
        session.commit()
        return {table: outcome_of(session, f"DROP TABLE {table}") for table in ("viewed", "referred")}


def distribution(asked: Asked) -> object:
    """Return what PG_CLASS_INFO has for each distribution style (Redshift guide, viewing-distribution-styles)."""
    styles = {"all": "DISTSTYLE ALL", "key": "DISTKEY (id)", "even": "DISTSTYLE EVEN", "auto": "DISTSTYLE AUTO"}
    query = """
        SELECT releffectivediststyle FROM pg_class_info INNER JOIN pg_namespace ON relnamespace = pg_namespace.oid
        WHERE nspname = %s AND relname = %s
    """
    with asked.session() as session:
        for name, style in styles.items():
            run(session, f"CREATE TABLE spread_{name} (id INT) {style}")
        session.commit()
        return {name: fetch_column(session, query, asked.schema, f"spread_{name}")[0] for name in styles}


def conflicts(asked: Asked) -> object:
    """Return how a transaction fails that writes what another has written since, or reads what another has made since.

    Nothing waits here: the other has committed before.
    """
    statements = {
        "update": "UPDATE rivals SET id = 3",
        "merge": "MERGE INTO rivals USING news ON rivals.id = news.id "
        "WHEN MATCHED THEN UPDATE SET id = news.id WHEN NOT MATCHED THEN INSERT VALUES (news.id)",
        "truncate": "TRUNCATE rivals",
        "read": "SELECT id FROM made_by_update",
    }
    with asked.session() as first, asked.session() as second:
        run(first, "CREATE TABLE rivals (id INT); CREATE TABLE news (id INT); INSERT INTO news VALUES (4)")
        run(first, "INSERT INTO rivals VALUES (1)")
        first.commit()
        outcomes = {}
        for name, statement in statements.items():
            run(second, "SELECT id FROM rivals")
            run(first, f"UPDATE rivals SET id = 2; CREATE TABLE made_by_{name} (id INT)")
            first.commit()
            asked_for = statement.replace("made_by_update", f"made_by_{name}")
            outcomes[name] = _commit(second, outcome_of(second, asked_for))
    return outcomes


def _commit(session: Session, outcome: str) -> str:
    """Commit what was done, where it may fail too."""
    try:
        session.commit()
    except psycopg2.Error as error:
        return f"{error.pgcode}: {error.diag.message_primary or type(error).__name__}, at COMMIT"
    return outcome


def declared_keys(asked: Asked) -> object:
    """Return how many rows DISTINCT finds of a declared key that two rows have, and how many join it.

    As the rows are, these are 1 and 2; where the planner believes what is declared, 2 and 3.
    """
    with asked.session() as session:
        run(session, "CREATE TABLE keyed (id INT PRIMARY KEY); INSERT INTO keyed VALUES (1), (1)")
        run(session, "CREATE TABLE children (id INT REFERENCES keyed (id)); INSERT INTO children VALUES (1), (2), (3)")
        session.commit()
        distinct = fetch_column(session, "SELECT DISTINCT id FROM keyed")
        joined = fetch_column(session, "SELECT children.id FROM children INNER JOIN keyed ON children.id = keyed.id")
    return {"distinct_rows": len(distinct), "joined_rows": len(joined)}


PROBES: Mapping[str, Probe] = {
    "version": version,
    "last_copy_id": last_copy_id,
    "sys_query_id": sys_query_id,
    "stl_load_commits": rows_of_a_file("stl_load_commits", "filename"),
    "sys_load_detail": rows_of_a_file("sys_load_detail", "file_name"),
    "stl_load_errors": load_errors("stl_load_errors", "filename"),
    "sys_load_error_detail": load_errors("sys_load_error_detail", "file_name"),
    "copy_messages": copy_messages,
    "lock_wait": lock_wait,
    "drop": drop,
    "distribution": distribution,
    "conflicts": conflicts,
    "declared_keys": declared_keys,
}
