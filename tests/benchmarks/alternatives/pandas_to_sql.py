"""pandas as its documentation shows it: read_json of each file, then to_sql."""

import pandas as pd
from sqlalchemy import create_engine, text

from tests.benchmarks.alternatives.target import Target, run

TABLES = {"log_data": "staging_events", "song_data": "staging_songs"}


def load(target: Target) -> None:
    """Fill one table from the logs and one from the songs."""
    engine = create_engine(target.url.replace("postgresql:", "postgresql+psycopg2:"))
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {target.schema} CASCADE"))
        connection.execute(text(f"CREATE SCHEMA {target.schema}"))
    for folder, table in TABLES.items():
        paths = sorted((target.lake / folder).rglob("*.json"))
        frames = (pd.read_json(path, lines=True, dtype=False) for path in paths)
        for frame in frames if table == "staging_events" else [pd.concat(frames)]:  # thousands of songs make one frame
            frame.to_sql(table, engine, schema=target.schema, if_exists="append", index=False)


if __name__ == "__main__":
    run("pandas_to_sql", load)
