"""What is deployed, as its files say: one load at a time, a schedule, and an alert for every way to fail."""

from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "deployments"
DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load((FOLDER / "prefect.yaml").read_text())["deployments"]
WRITING = ("flows.etl.etl", "flows.provision.provision_warehouse", "flows.teardown.teardown")
FAILURES = {"prefect.flow-run.Failed", "prefect.flow-run.Crashed", "prefect.flow-run.TimedOut"}
ALERTS = {
    "failed-run": FAILURES,
    "late-run": {"prefect.flow-run.Late"},
    "expectation-warning": {"sparkify.expectation.warning"},
    "quarantine": {"sparkify.quarantine"},
    "drift": {"sparkify.keys.changed", "sparkify.keys.usual"},
    "volume": {"sparkify.volume.changed", "sparkify.volume.usual"},
    "staleness": {"sparkify.freshness", "sparkify.freshness.usual"},
}


def test_what_writes_a_warehouse_runs_one_at_a_time_and_waits_its_turn() -> None:
    limits = [each["concurrency_limit"] for each in DEPLOYMENTS if each["entrypoint"] in WRITING]
    assert limits == [{"limit": 1, "collision_strategy": "ENQUEUE"}] * 5


def test_the_load_runs_daily_the_audit_weekly_and_the_report_after_a_load() -> None:
    schedules = {each["entrypoint"]: each["schedules"][0]["cron"] for each in DEPLOYMENTS if "schedules" in each}
    assert schedules == {"flows.etl.etl": "30 4 * * *", "flows.audit.audit": "0 6 * * 0"}
    (trigger,) = (trigger for each in DEPLOYMENTS for trigger in each.get("triggers", ()))
    assert trigger["expect"] == ["prefect.flow-run.Completed"]


@pytest.mark.parametrize("name", ALERTS)
def test_everything_that_must_not_go_unnoticed_sends_a_message(name: str) -> None:
    automation = yaml.safe_load((FOLDER / f"automations/{name}.yaml").read_text())
    assert set(automation["trigger"]["expect"]) == ALERTS[name]
    assert [action["type"] for action in automation["actions"]] == ["send-notification"]
