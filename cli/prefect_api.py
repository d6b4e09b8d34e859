"""Prefect's API, where its settings name one: whether it is there is checked at once, not after a minute of retries."""

import os
import re

CONNECT_S, ANSWER_S = 3.0, 10.0
BUSY = (408, 429)  # it is there, and Prefect's clients know how to wait
REFUSED = (401, 403)


def require_named_api() -> bool:
    """Check the API that Prefect's settings name, and return whether they name one.

    Raises:
        ConnectionError: nobody answers there, or it is no API of Prefect's; or none is named, and no server may start.
    """
    from prefect.settings import PREFECT_API_URL, PREFECT_SERVER_ALLOW_EPHEMERAL_MODE  # noqa: PLC0415 - takes seconds

    api = PREFECT_API_URL.value()
    if api and (problem := _problem()):
        raise ConnectionError(f"PREFECT_API_URL={without_password(api)}{_set_where()}: {problem}")
    if not api and not PREFECT_SERVER_ALLOW_EPHEMERAL_MODE.value():
        raise ConnectionError("Prefect's settings name no server, and let none be started: set PREFECT_API_URL")
    return bool(api)


def _problem() -> str | None:
    import httpx  # noqa: PLC0415 - with Prefect, which takes seconds
    from prefect.exceptions import PrefectHTTPStatusError  # noqa: PLC0415

    try:
        return None if _is_prefect() else "what answers there is not Prefect's API; did you leave out /api at its end?"
    except PrefectHTTPStatusError as error:
        return _refusal(error.response.status_code)
    except (httpx.HTTPError, httpx.InvalidURL, ImportError) as error:  # the latter is about a proxy
        return (
            f"no Prefect server can be reached there ({error}); start it, or correct the address "
            "(where none is named, sparkify starts a server of its own)"
        )


def _is_prefect() -> bool:
    """Ask once what only Prefect's API answers; of Prefect Cloud, whether it is well."""
    import httpx  # noqa: PLC0415
    from prefect.client.base import ServerType  # noqa: PLC0415
    from prefect.client.orchestration import get_client  # noqa: PLC0415
    from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings  # noqa: PLC0415

    timeout = httpx.Timeout(ANSWER_S, connect=CONNECT_S)
    with (
        temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}),
        get_client(sync_client=True, httpx_settings={"timeout": timeout}) as client,
    ):
        if client.server_type == ServerType.CLOUD:
            if error := client.api_healthcheck():
                raise error
            return True
        try:
            return isinstance(client.api_version(), str)
        except ValueError:  # a page, say, and no JSON
            return False


def _refusal(status: int) -> str | None:
    if status in BUSY:
        return None
    if status in REFUSED:
        return f"the server refuses the credentials ({status}); set PREFECT_API_AUTH_STRING, or PREFECT_API_KEY"
    if status >= 500:
        return f"no Prefect server can be reached there (status {status}); look at its log, or try again later"
    return f"what answers there is not Prefect's API (status {status}); did you leave out /api at its end?"


def _set_where() -> str:
    return "" if os.environ.get("PREFECT_API_URL") else " (of a Prefect profile: see prefect config view)"


def without_password(url: str) -> str:
    """Return a URL as it may be shown."""
    return re.sub("//[^/]*@", "//", url)
