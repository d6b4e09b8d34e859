"""What another user of this machine, or a page in somebody's browser, tries on a Prefect server."""

from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

FILTER = "/block_documents/filter"
SECRETS = {"include_secrets": True}
FOREIGN = "http://rebound.example"


def with_csrf(api: str, auth: str) -> dict[str, str]:
    """Return the headers that let a client of the server change something, beside its auth string."""
    client = str(uuid4())
    answer = httpx.get(f"{api}/csrf-token", params={"client": client}, auth=login(auth), timeout=60)
    return {"Prefect-Csrf-Client": client, "Prefect-Csrf-Token": answer.raise_for_status().json()["token"]}


def require_closed(api: str, auth: str) -> None:
    """Check that who has the auth string can read the secrets of blocks, and that nobody else can."""
    csrf = with_csrf(api, auth)
    with httpx.Client(base_url=api, headers=csrf, timeout=60) as client:

        def read(auth: str | None, **headers: str) -> httpx.Response:
            return client.post(FILTER, json=SECRETS, auth=login(auth) if auth else httpx.Auth(), headers=headers)

        assert read(auth).json() == []
        assert [read(wrong).status_code for wrong in (None, "sparkify:", "sparkify:guessed")] == [401, 401, 401]
        assert client.get("/csrf-token", params={"client": "me"}).status_code == 401
        assert client.get("/health").json() is True
        assert "access-control-allow-origin" not in read(auth, origin=FOREIGN).headers
        own = api.removesuffix("/api")
        assert read(auth, origin=own).headers["access-control-allow-origin"] == own
        assert read(auth, host="rebound.example").status_code == 400
        assert client.get("/health", headers={"host": "rebound.example"}).status_code == 400
        assert read(auth, host="localhost").status_code == 200
    assert httpx.post(f"{api}{FILTER}", json=SECRETS, auth=login(auth), timeout=60).status_code == 403
    _require_closed_streams(api.replace("http", "ws", 1))


def _require_closed_streams(api: str) -> None:
    with pytest.raises(InvalidStatus), connect(f"{api}/logs/out", open_timeout=60):
        pass
    with connect(f"{api}/events/out", subprotocols=["prefect"], open_timeout=60) as stream:  # type: ignore[list-item]
        stream.send('{"type": "auth", "token": "guessed"}')
        with pytest.raises(ConnectionClosed, match="Invalid token"):
            stream.recv()


def argument_lists() -> str:
    """Return how the processes of this machine were started, as everybody can read it."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(file.read_text(errors="replace"))
        except OSError:  # it has ended
            continue
    return "".join(found)


def login(auth: str) -> tuple[str, str]:
    """Return an auth string as httpx wants it."""
    user, _, password = auth.partition(":")
    return user, password
