"""The pages that runs write, Data Docs and reports, served by `sparkify ui` beside Prefect's own.

Whoever knows their address reads them: it has a secret in it, since a link cannot bring the password along. The browser
runs no script of theirs, and lets them reach nothing that it keeps for Prefect's pages, such as that password.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from lake.folders import make_private
from reports.links import SERVED

HEADERS = {
    "Content-Security-Policy": "sandbox",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
}


def pages_url(address: str, auth: str) -> str:
    """Return where a server serves the pages, with a secret that stays as long as its auth string does."""
    return f"{address}/pages/{sha256(f'pages {auth}'.encode()).hexdigest()}/"


def with_pages(app: ASGIApp, url: str, home: Path) -> ASGIApp:
    """Serve the pages of a SPARKIFY_HOME below this URL, to be read only, and let the application answer all else."""
    path = urlsplit(url).path
    for name in SERVED:
        make_private(home / name)
    pages = Starlette(routes=[Mount(f"{path}{name}", _Pages(directory=home / name)) for name in SERVED])

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        is_page = scope["type"] == "http" and scope["path"].startswith(path)
        await (pages if is_page else app)(scope, receive, send)

    return serve


class _Pages(StaticFiles):
    """Files of a folder; links out of it are not followed."""

    def file_response(self, *args: Any, **options: Any) -> Response:
        """Return a file as a page that runs nothing."""
        response = super().file_response(*args, **options)
        response.headers.update(HEADERS)
        return response
