"""Nothing that runs here reports home: Prefect's server would, and its library, from a person's terminal."""

import os

OFF = {"DO_NOT_TRACK": "1", "GX_ANALYTICS_ENABLED": "false", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}


def report_nothing() -> None:
    """Switch telemetry off for this process and what it starts, unless the environment has a setting for it.

    Prefect reports on its own import: this comes before it.
    """
    for name, value in OFF.items():
        os.environ.setdefault(name, value)
