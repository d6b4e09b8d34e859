"""A Prefect server for all runs of a row, so that none of them starts one while it is measured."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def prefect_server() -> Iterator[None]:
    """Let the processes that are started meanwhile find a server; it keeps its data under PREFECT_HOME."""
    from prefect.server.api.server import SubprocessASGIServer  # noqa: PLC0415 - takes seconds to import

    server = SubprocessASGIServer()
    server.start(timeout=180)
    os.environ["PREFECT_API_URL"] = server.api_url
    try:
        yield
    finally:
        del os.environ["PREFECT_API_URL"]
        server.stop()
