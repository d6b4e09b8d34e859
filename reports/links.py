"""What a browser opens a page by."""

import os
from pathlib import Path
from urllib.parse import quote, urlencode

from lake.object_store import FILE_SCHEME
from warehouse.home import home

SERVED_AT = "SPARKIFY_PAGES_URL"
"""The variable that names where `sparkify ui` serves the pages of this SPARKIFY_HOME, to the runs of its worker."""
SERVED = ("data-docs", "reports")
"""The folders of SPARKIFY_HOME that it serves."""
CONSOLES = {
    "cn-": "console.amazonaws.cn/s3",
    "us-gov-": "console.amazonaws-us-gov.com/s3",
    "": "s3.console.aws.amazon.com/s3",
}
"""The consoles of S3, by how the names of their Regions begin."""


def address(url: str, region: str | None = None) -> str:
    """Return what a browser opens a page by; one on S3, which is private, by the console of its AWS Region.

    A file is opened over HTTP where `sparkify ui` serves it: no browser follows a link from a web page to a file.
    """
    if not url.startswith(FILE_SCHEME):
        return _console(url, region)
    path = Path(url.removeprefix(FILE_SCHEME))
    return os.environ[SERVED_AT] + quote(str(path.relative_to(home()))) if _is_served(path) else path.as_uri()


def address_on(page: Path, url: str, region: str | None = None) -> str:
    """Return the same for a link on a page; where both are served, a relative one, without the secret of the server."""
    path = Path(url.removeprefix(FILE_SCHEME))
    both = _is_served(page) and _is_served(path)
    return quote(os.path.relpath(path, page.parent)) if both else address(url, region)


def _is_served(path: Path) -> bool:
    return bool(os.environ.get(SERVED_AT)) and any(path.is_relative_to(home() / folder) for folder in SERVED)


def _console(url: str, region: str | None) -> str:
    bucket, _, key = url.removeprefix("s3://").partition("/")
    console = next(console for begin, console in CONSOLES.items() if (region or "").startswith(begin))
    query = {"region": region, "prefix": key} if region else {"prefix": key}
    return f"https://{console}/object/{quote(bucket)}?{urlencode(query)}"
