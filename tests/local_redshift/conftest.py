"""A home of the embedded PostgreSQL that no other test has."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_redshift import postgres_server


@pytest.fixture
def home() -> Iterator[Path]:
    """A home with a private folder above it, short enough for a socket."""
    private = Path(tempfile.mkdtemp(prefix="sp-"))
    yield private / "home"
    postgres_server.stop(private / "home")
    shutil.rmtree(private)
