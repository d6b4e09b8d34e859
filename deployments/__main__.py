"""`python -m deployments`: see `deployments.deploy`, which imports Prefect."""

import sys

from cli.telemetry import report_nothing


def run() -> int:
    """Deploy, and return the exit status."""
    report_nothing()
    from deployments.deploy import main  # noqa: PLC0415 - Prefect reports on its own import

    return main()


if __name__ == "__main__":
    sys.exit(run())
