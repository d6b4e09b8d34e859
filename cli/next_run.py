"""The next scheduled run of the flow, as the Prefect server knows it that PREFECT_API_URL names; without Prefect."""

import base64
import json
import os
import re
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import unquote
from urllib.request import Request, urlopen

from cli.prefect_api import without_password

FLOW = "sparkify-etl"
USER = re.compile("//([^/]*)@")
"""Who asks, with a password, in a URL."""
ANSWER_S = 5.0
RUNS = 200
"""Among how many of the next scheduled runs that of the warehouse is looked for: the most that a server returns."""


@dataclass(frozen=True)
class NextRun:
    """What a server knows of the next run: when it is due, if one is scheduled; or why it could not be asked."""

    server: str
    expected_at: str | None = None
    problem: str | None = None

    def __str__(self) -> str:
        """Put it into words."""
        return self.problem or (f"{self.expected_at} UTC" if self.expected_at else "none is scheduled")


def named_server() -> str:
    """Return the API that PREFECT_API_URL names, without a password; empty if it names none."""
    return without_password(os.environ.get("PREFECT_API_URL", "").rstrip("/"))


def next_run(warehouse: str) -> NextRun | None:
    """Ask the server that is named for the next scheduled run that loads this warehouse; None where none is named."""
    server = named_server()
    if not server:
        return None
    try:
        runs = _scheduled(server)
        due = [run["expected_start_time"] for run in runs if run["parameters"].get("warehouse", "local") == warehouse]
        return NextRun(server, due[0][:19].replace("T", " ") if due else None)
    except (OSError, HTTPException, ValueError, LookupError, TypeError, AttributeError) as error:
        return NextRun(server, problem=f"Prefect's server at {server} does not tell ({error or type(error).__name__})")


def _scheduled(api: str) -> list[dict[str, Any]]:
    """Return the scheduled runs of the flow, the next one first."""
    if not api.startswith(("http://", "https://")):
        raise ValueError("it is no http:// or https:// address")
    wanted = {
        "flows": {"name": {"any_": [FLOW]}},
        "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}},
        "sort": "EXPECTED_START_TIME_ASC",
        "limit": RUNS,
    }
    headers = {"Content-Type": "application/json", **_authorization()}
    request = Request(f"{api}/flow_runs/filter", json.dumps(wanted).encode(), headers)  # noqa: S310 - checked above
    with urlopen(request, timeout=ANSWER_S) as answer:  # noqa: S310
        runs: list[dict[str, Any]] = json.load(answer)
        return runs


def _authorization() -> dict[str, str]:
    """Return the header that the credentials of Prefect's settings make, if the environment has any."""
    if key := os.environ.get("PREFECT_API_KEY"):
        return {"Authorization": f"Bearer {key}"}
    user = USER.search(os.environ["PREFECT_API_URL"])
    if auth := os.environ.get("PREFECT_API_AUTH_STRING") or (user and unquote(user[1])):
        return {"Authorization": f"Basic {base64.b64encode(auth.encode()).decode()}"}
    return {}
