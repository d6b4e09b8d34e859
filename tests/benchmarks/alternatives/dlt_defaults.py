"""dlt as its documentation shows it: the filesystem source, read_jsonl, the postgres destination."""

import tempfile

import dlt
from dlt.sources.filesystem import filesystem, read_jsonl

from tests.benchmarks.alternatives.target import Target, run


def load(target: Target) -> None:
    """Fill one table from the logs and one from the songs."""
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "defaults",
            pipelines_dir=folder,
            destination=dlt.destinations.postgres(target.url),
            dataset_name=target.schema,
        )
        files = {"staging_events": "log_data", "staging_songs": "song_data"}
        resources = [
            (filesystem(f"file://{target.lake}/{data}", file_glob="**/*.json") | read_jsonl()).with_name(table)
            for table, data in files.items()
        ]
        pipeline.run(resources, write_disposition="replace").raise_on_failed_jobs()


if __name__ == "__main__":
    run("dlt_defaults", load)
