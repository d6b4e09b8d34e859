"""What a browser opens a page by."""

from pathlib import Path

from lake.object_store import FILE_SCHEME


def address(url: str) -> str:
    """Return what a browser opens a page by; one on S3 keeps its URL."""
    return Path(url.removeprefix(FILE_SCHEME)).as_uri() if url.startswith(FILE_SCHEME) else url
