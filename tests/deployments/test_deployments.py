"""What is deployed, as its files say: one load at a time, a schedule, and an alert for every way to fail."""

from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "deployments"
DEPLOYMENTS: list[dict[str, Any]] = [
    each for file in ("prefect.yaml", "ecs.yaml") for each in yaml.safe_load((FOLDER / file).read_text())["deployments"]
]
WRITING = {"etl", "retract", "erase", "provision", "teardown"}
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


def test_prefect_finds_them_at_the_root_of_a_checkout() -> None:
    assert (FOLDER.parent / "prefect.yaml").read_bytes() == (FOLDER / "prefect.yaml").read_bytes()


def test_each_has_a_name_of_its_own_that_tells_its_flow() -> None:
    names = [each["name"] for each in DEPLOYMENTS]
    assert len({*names}) == len(names)
    flows = [each["entrypoint"].split(".")[1] for each in DEPLOYMENTS]
    assert [name.partition("-")[0] for name in names] == flows


def test_only_what_deletes_a_warehouse_is_tagged_so() -> None:
    assert [each["name"] for each in DEPLOYMENTS if "destructive" in each["tags"]] == ["teardown"]
    assert [each["name"] for each in DEPLOYMENTS if "sparkify" not in each["tags"]] == []


def test_prefect_deploy_has_nothing_to_ask_at_a_terminal() -> None:
    assert [yaml.safe_load((FOLDER / file).read_text())["pull"] for file in ("prefect.yaml", "ecs.yaml")] == [[], []]
    assert [each["name"] for each in DEPLOYMENTS if "schedules" not in each] == []


def test_what_writes_a_warehouse_runs_one_at_a_time_and_waits_its_turn() -> None:
    limits = {each["name"]: each.get("concurrency_limit") for each in DEPLOYMENTS}
    writing = [name for name in limits if name.partition("-")[0] in WRITING]
    assert len(writing) == 8
    assert [limits[name] for name in writing] == [{"limit": 1, "collision_strategy": "ENQUEUE"}] * 8


def test_the_load_runs_daily_the_audit_weekly_and_the_report_after_a_load() -> None:
    schedules = {each["name"]: each["schedules"] for each in DEPLOYMENTS if each["schedules"]}
    assert {name: [each["cron"] for each in found] for name, found in schedules.items()} == {
        "etl-daily": ["30 4 * * *"],
        "audit-weekly": ["0 6 * * 0"],
    }
    (trigger,) = (trigger for each in DEPLOYMENTS for trigger in each.get("triggers", ()))
    assert trigger["expect"] == ["prefect.flow-run.Completed"]
    [(_, loads)] = [related.values() for related in trigger["match_related"] if "deployment" in related.values()]
    assert {*loads} <= {each["name"] for each in DEPLOYMENTS}


@pytest.mark.parametrize("name", ALERTS)
def test_everything_that_must_not_go_unnoticed_sends_a_message(name: str) -> None:
    automation = yaml.safe_load((FOLDER / f"automations/{name}.yaml").read_text())
    assert set(automation["trigger"]["expect"]) == ALERTS[name]
    assert [action["type"] for action in automation["actions"]] == ["send-notification"]
