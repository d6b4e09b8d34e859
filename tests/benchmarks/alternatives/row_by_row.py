"""The classic script: read each file with pandas, and INSERT it row by row with psycopg2."""

import pandas as pd
import psycopg2

from tests.benchmarks.alternatives.target import Target, run

TABLES = {
    "log_data": """CREATE TABLE staging_events (
        artist varchar, auth varchar, "firstName" varchar, gender varchar, "itemInSession" int, "lastName" varchar,
        length numeric(9, 5), level varchar, location varchar, method varchar, page varchar, registration float8,
        "sessionId" int, song varchar, status int, ts bigint, "userAgent" varchar, "userId" varchar)""",
    "song_data": """CREATE TABLE staging_songs (
        num_songs int, artist_id varchar, artist_latitude float8, artist_longitude float8, artist_location varchar,
        artist_name varchar, song_id varchar, title varchar, duration numeric(9, 5), year int)""",
}


def load(target: Target) -> None:
    """Fill one table from the logs and one from the songs."""
    with psycopg2.connect(target.dsn) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {target.schema} CASCADE; CREATE SCHEMA {target.schema}")
        for folder, create in TABLES.items():
            cursor.execute(create)
            table = create.split()[2]
            for path in sorted((target.lake / folder).rglob("*.json")):
                frame = pd.read_json(path, lines=True, dtype=False)
                insert = f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(frame.columns))})"
                frame = frame.astype(object).where(frame.notna(), None)
                for _, row in frame.iterrows():
                    cursor.execute(insert, list(row))
                connection.commit()


if __name__ == "__main__":
    run("row_by_row", load)
