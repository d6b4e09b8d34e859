"""dlt at its fastest: Arrow tables, read with a schema by Arrow's own JSON reader, which skip its normalisation.

They are loaded as CSV with COPY or, if the third argument is `parquet`, through ADBC, by two workers.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import dlt
import pyarrow as pa
from pyarrow import json as arrow_json

from tests.benchmarks.alternatives.target import Target, run

SETTINGS = {
    "DATA_WRITER__FILE_MAX_ITEMS": "250000",
    "NORMALIZE__WORKERS": "2",
    "LOAD__WORKERS": "2",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
}
EVENTS = pa.schema(
    [
        *((name, pa.string()) for name in ("artist", "auth", "firstName", "gender")),
        ("itemInSession", pa.int32()),
        ("lastName", pa.string()),
        ("length", pa.float64()),
        *((name, pa.string()) for name in ("level", "location", "method", "page")),
        ("registration", pa.float64()),
        ("sessionId", pa.int32()),
        ("song", pa.string()),
        ("status", pa.int32()),
        ("ts", pa.int64()),
        *((name, pa.string()) for name in ("userAgent", "userId")),
    ]
)
BLOCK_BYTES = 16 << 20


def read_events(lake: Path) -> Iterator[pa.Table]:
    """Yield a table for each log."""
    for path in sorted((lake / "log_data").rglob("*.json")):
        yield arrow_json.read_json(
            path, arrow_json.ReadOptions(block_size=BLOCK_BYTES), arrow_json.ParseOptions(explicit_schema=EVENTS)
        )


def read_songs(lake: Path) -> Iterator[pa.Table]:
    """Yield one table of all songs, whose files are put together first."""
    songs = b"\n".join(path.read_bytes() for path in sorted((lake / "song_data").rglob("*.json")))
    yield arrow_json.read_json(pa.BufferReader(songs))


def load(target: Target) -> None:
    """Fill one table from the logs and one from the songs."""
    os.environ.update(SETTINGS)
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "arrow",
            pipelines_dir=folder,
            destination=dlt.destinations.postgres(target.url),
            dataset_name=target.schema,
        )
        resources = [
            dlt.resource(read_events(target.lake), name="staging_events"),
            dlt.resource(read_songs(target.lake), name="staging_songs"),
        ]
        form = sys.argv[3] if len(sys.argv) > 3 else "csv"
        info = pipeline.run(resources, write_disposition="replace", loader_file_format=form)
        info.raise_on_failed_jobs()


if __name__ == "__main__":
    run("dlt_arrow", load)
