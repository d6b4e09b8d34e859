"""The real thing: a Prefect server, a worker, all deployments, and what people do with them."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
import yaml
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests import browser
from tests.deployments.stack import Stack, running_stack, until
from tests.flows.lakes import Lake
from tests.state import fetch, forget_everything, read_only
from tests.tree import ROOT
from tests.warehouse.redshift.test_blocks import IN_CLUSTER
from warehouse.redshift.blocks import RedshiftCluster

SETTINGS = {
    "SPARKIFY_ALERTS": "custom-webhook/chat",
    "SPARKIFY_IMAGE": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/sparkify:1",
    "SPARKIFY_ECS_CLUSTER": "sparkify",
    "SPARKIFY_TASK_ROLE_ARN": "arn:aws:iam::123456789012:role/sparkify-task",
    "SPARKIFY_EXECUTION_ROLE_ARN": "arn:aws:iam::123456789012:role/sparkify-execution",
    "SPARKIFY_AUTH_STRING_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prefect",
}

PREFECTS_OWN = "(sqlite3.OperationalError) database is locked"
"""What Prefect's server logs on a busy machine where its database is SQLite: who asked asks again (prefect#18934)."""


@pytest.fixture(scope="module")
def laptop(sparkify_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, list[str]]]:
    """Everything that `sparkify ui` starts, and the deployments and work pools that its server has then."""
    with running_stack(tmp_path_factory.mktemp("prefect")) as started:
        found = [*started.post("deployments/filter"), *started.post("work_pools/filter")]
        yield started, sorted(each["name"] for each in found)


@pytest.fixture(scope="module")
def stack(laptop: tuple[Stack, list[str]]) -> Stack:
    """The same, deployed a second time, with a block for Redshift, an image for ECS and alerts."""
    started, _ = laptop
    chat = CustomWebhookNotificationBlock(
        name="chat", url=started.webhook, json_data={"subject": "{{subject}}", "body": "{{body}}"},
        headers=None, cookies=None,
    )  # fmt: skip
    auth = started.environment["PREFECT_API_AUTH_STRING"]
    with temporary_settings({PREFECT_API_URL: f"{started.address}/api", PREFECT_API_AUTH_STRING: auth}):
        chat.save("chat")
        RedshiftCluster(**IN_CLUSTER).save("prod")
    done = started.command("deployments", **SETTINGS)
    assert done.returncode == 0, done.stderr
    return started


@pytest.fixture
def chromium() -> Iterator[Chrome]:
    """A headless browser."""
    try:
        with browser.chromium() as started:
            yield started
    except browser.NoBrowser as error:
        pytest.skip(str(error))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake with one play and its song, and a warehouse that has loaded nothing."""
    forget_everything()
    made = Lake(tmp_path / "lake")
    made.log("2018-11-12", {})
    made.song("TRAAAAW128F429D538", {})
    return made


@pytest.fixture(scope="module")
def loaded(stack: Stack, sparkify_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A run that has loaded a lake, whose one event breaks a rule of severity `warning`; `logged` is what was."""
    forget_everything()
    made = Lake(tmp_path_factory.mktemp("lake"))
    made.log("2018-11-12", {"method": "POST"})
    made.song("TRAAAAW128F429D538", {})
    status, run = stack.watch("sparkify-etl/etl-local", events=made.events, songs=made.songs)
    assert status == 0
    logs = [(sparkify_home / f"logs/{part}.log").read_text() for part in ("server", "worker")]
    return run | {"logged": "".join(logs)}


def test_ui_deploys_what_can_run_on_a_laptop_and_tells_what_it_leaves_out(
    laptop: tuple[Stack, list[str]], stack: Stack
) -> None:
    _, at_first = laptop
    assert at_first == [
        "audit-local",
        "erase-local",
        "etl-local",
        "insights-local",
        "retract-local",
        "sparkify-process",
    ]
    assert (
        "left out: etl-ecs: SPARKIFY_IMAGE names no image; etl-daily, audit-weekly, insights-after-load, erase, "
        "provision, pause, resume, teardown: no block redshift-cluster/prod is saved on this server "
        "(save it, or name another in SPARKIFY_WAREHOUSE; then deploy again)\n"
    ) in stack.said.read_text()


def test_a_run_of_the_local_deployment_tells_what_it_did(stack: Stack, loaded: Any) -> None:
    assert loaded["state_name"] == "Completed"
    tasks = stack.task_runs(loaded["id"])
    assert set(tasks.values()) == {"Completed"}
    assert {"stage events: 1 file, 0.4 KB", "stage songs: 1 file, 0.3 KB", "publish batch 1"} <= set(tasks)
    artifacts = stack.artifacts(loaded["id"])
    assert set(artifacts) == {
        "sparkify-etl-summary", "sparkify-data-docs", "sparkify-failed-expectations", "sparkify-status",
    }  # fmt: skip
    assert "1 events, 1 songs loaded and validated" in artifacts["sparkify-etl-summary"]
    [link] = re.findall(r"\[Data Docs\]\((\S+)\)", artifacts["sparkify-etl-summary"])
    assert link in artifacts["sparkify-data-docs"]
    assert "batch-1" in httpx.get(link).text
    assert httpx.get(link, headers={"host": "rebound.example"}).status_code == 400
    assert "method POST" in artifacts["sparkify-failed-expectations"]
    logs = stack.post("logs/filter", {"logs": {"flow_run_id": {"any_": [loaded["id"]]}, "level": {"ge_": 30}}})
    assert [line["message"] for line in logs] == [stack.alert("a warning of the suites")["body"].strip()]


def test_a_healthy_run_logs_no_warning_of_its_own_and_no_traceback(loaded: Any) -> None:
    assert "Completed()" in loaded["logged"]
    entries = re.split(r"(?m)^(?=\d\d:\d\d:\d\d\.\d{3} \| )", loaded["logged"])
    odd = [entry for entry in entries if re.search("(?i)warning|error|traceback|exception|deprecat", entry)]
    known = ("'POST' is not one of GET, PUT", PREFECTS_OWN)
    assert [entry for entry in odd if not any(words in entry for words in known)] == []


def test_a_rule_of_severity_warning_that_is_broken_raises_an_alert(stack: Stack, loaded: Any) -> None:
    alert = stack.alert("a warning of the suites")
    assert alert["subject"] == "staging_events: a warning of the suites"
    assert alert["body"].startswith("staging_events.method: 'POST' is not one of GET, PUT")


def test_the_prefect_ui_shows_a_run_and_its_summary(stack: Stack, loaded: Any, chromium: Chrome) -> None:
    def shows(*words: str) -> bool:
        text = chromium.find_element(By.TAG_NAME, "body").text
        return all(word in text for word in words)

    chromium.get(f"{stack.address}/login")
    password = (By.CSS_SELECTOR, "input[type=password]")
    until(lambda: bool(chromium.find_elements(*password)))
    chromium.find_element(*password).send_keys(stack.environment["PREFECT_API_AUTH_STRING"], Keys.RETURN)
    until(lambda: not chromium.find_elements(*password))
    chromium.get(f"{stack.address}/runs/flow-run/{loaded['id']}")
    until(lambda: shows(loaded["name"], "Completed", "sparkify-etl", "Task runs"))
    chromium.get(f"{stack.address}/artifacts/key/sparkify-etl-summary")
    until(lambda: shows("1 events, 1 songs loaded and validated"))
    (failed,) = stack.post(
        "artifacts/filter",
        {
            "artifacts": {"key": {"any_": ["sparkify-failed-expectations"]}},
            "flow_runs": {"id": {"any_": [loaded["id"]]}},
        },
    )
    chromium.get(f"{stack.address}/artifacts/artifact/{failed['id']}")
    until(lambda: shows("severity", "staging_events", "method POST", "query of all rows"))


def test_a_run_on_a_bad_lake_fails_with_the_sentence_that_the_alert_sends(stack: Stack, lake: Lake) -> None:
    lake.log("2018-11-13", {"level": "premium"})
    status, run = stack.watch("sparkify-etl/etl-local", events=lake.events)
    assert (status, run["state_name"]) == (1, "Failed")
    message = run["state"]["message"]
    assert message == (
        f"file://{lake.events}/2018-11-13-events.json line 1, column \"level\": 'premium' is too long, "
        "VARCHAR(4) allows 4 bytes. Correct the file and run again; nothing was loaded"
    )
    alert = stack.alert("sparkify-etl failed")
    assert alert["body"] == f"{message}\n\n{stack.address}/runs/flow-run/{run['id']}"


def test_a_worker_runs_what_it_clones_from_git(stack: Stack, lake: Lake, tmp_path: Path) -> None:
    repository, file = tmp_path / "repository", tmp_path / "prefect.yaml"
    commit = commit_all(repository)
    page = (ROOT / "deployments/README.md").read_text(encoding="utf-8")
    [pull] = re.findall(r"```yaml\n(pull:.*?)```", page, re.DOTALL)
    content = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    content |= yaml.safe_load(pull.replace("https://github.com/you/sparkify-warehouse.git", str(repository)))
    content["deployments"] = [
        each | {"name": "etl-from-git", "tags": []} for each in content["deployments"] if each["name"] == "etl-local"
    ]
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    done = stack.command("prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(file))
    assert done.returncode == 0, done.stdout
    status, _ = stack.watch("sparkify-etl/etl-from-git", events=lake.events, songs=lake.songs)
    assert status == 0
    assert fetch("SELECT code_version FROM batches") == [(f"{version('sparkify-warehouse')} {commit}",)]


def commit_all(repository: Path) -> str:
    """Make a git repository of the project as it is here, and return its commit."""

    def git(*command: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
        done = subprocess.run(["git", *who, *command], cwd=repository, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    shutil.copytree(
        ROOT, repository, ignore=shutil.ignore_patterns(".*", "tests", "__pycache__", "*.egg-info", "build")
    )
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "all")
    return git("rev-parse", "--short=12", "HEAD")


def test_a_run_of_a_worker_reaches_no_file_but_those_of_its_lakes(stack: Stack) -> None:
    status, run = stack.watch("sparkify-etl/etl-local", events="/etc/passwd")
    assert (status, run["state_name"]) == (1, "Failed")
    assert run["state"]["message"].startswith("events=/etc/passwd: a worker takes folders below ")


@pytest.mark.long
def test_rows_that_are_quarantined_raise_an_alert(stack: Stack, lake: Lake) -> None:
    log = lake.log("2018-11-13", {"level": "premium"})
    status, _ = stack.watch("sparkify-etl/etl-local", events=lake.events, quarantine_budget=0.5)
    assert status == 0
    alert = stack.alert("quarantined")
    assert alert["subject"] == "Sparkify: 1 row quarantined"
    assert alert["body"].startswith(f"1 row of events.level, 1204, first at file://{log} line 1: 'premium' is too long")


@pytest.mark.long
def test_keys_that_changed_raise_an_alert(stack: Stack, lake: Lake) -> None:
    lake.log("2018-11-13", {"device": "phone", "itemInSession": 1})
    status, _ = stack.watch("sparkify-etl/etl-local", events=lake.events)
    assert status == 0
    alert = stack.alert("keys changed")
    assert alert["subject"] == "events: keys changed"
    assert alert["body"].startswith("events: key 'device' is new, and no column takes it (such as phone in file://")


def test_a_run_that_nobody_starts_raises_an_alert_and_the_report_follows_the_load(stack: Stack) -> None:
    run = stack.start("sparkify-etl/etl-ecs")  # no worker of its pool runs
    alert = stack.alert("sparkify-etl did not start on time", about=run)  # on a slow machine other runs start late too
    assert "Does a worker of its work pool run?" in alert["body"]
    for state in ("RUNNING", "COMPLETED"):
        stack.post(f"flow_runs/{run}/set_state", {"state": {"type": state}, "force": True})
    report = {"deployments": {"id": {"any_": [stack.deployment("sparkify-insights/insights-after-load")["id"]]}}}
    until(lambda: stack.post("flow_runs/count", report) == 1)


def test_the_ecs_worker_starts_a_task_as_the_job_template_says(stack: Stack, moto_endpoint: str) -> None:
    aws = {
        "AWS_ENDPOINT_URL": moto_endpoint, "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
    }  # fmt: skip
    ecs = boto3.client(
        "ecs", "eu-west-1", endpoint_url=moto_endpoint, aws_access_key_id="testing", aws_secret_access_key="testing"
    )
    ecs.create_cluster(clusterName="sparkify")
    run = stack.start("sparkify-etl/etl-ecs", quarantine_budget=0.01)
    worker = stack.command("prefect", "worker", "start", "--pool", "sparkify-ecs", "--run-once", **aws)
    assert (worker.returncode, "Traceback" in worker.stdout + worker.stderr) == (0, False), worker.stderr
    (arn,) = ecs.list_tasks(cluster="sparkify")["taskArns"]
    (task,) = ecs.describe_tasks(cluster="sparkify", tasks=[arn])["tasks"]
    definition = ecs.describe_task_definition(taskDefinition=task["taskDefinitionArn"])["taskDefinition"]
    assert (definition["family"], definition["requiresCompatibilities"]) == ("sparkify", ["FARGATE"])
    assert definition["taskRoleArn"] == SETTINGS["SPARKIFY_TASK_ROLE_ARN"]
    assert definition["executionRoleArn"] == SETTINGS["SPARKIFY_EXECUTION_ROLE_ARN"]
    (container,) = definition["containerDefinitions"]
    assert (container["image"], container["user"]) == (SETTINGS["SPARKIFY_IMAGE"], "10001:10001")
    assert container["logConfiguration"]["logDriver"] == "awslogs"
    assert container["logConfiguration"]["options"]["awslogs-group"] == "/sparkify/runs"
    assert container["secrets"] == [
        {"name": "PREFECT_API_AUTH_STRING", "valueFrom": SETTINGS["SPARKIFY_AUTH_STRING_SECRET_ARN"]}
    ]
    (told,) = task["overrides"]["containerOverrides"]
    environment = {each["name"]: each["value"] for each in told["environment"]}
    assert environment["PREFECT__FLOW_RUN_ID"] == run
    assert environment["PREFECT_API_URL"] == f"{stack.address}/api"
    assert stack.environment["PREFECT_API_AUTH_STRING"] not in str(definition) + str(task)


def test_of_two_runs_at_once_one_waits_and_a_cancelled_one_rolls_back_and_lets_go(stack: Stack, lake: Lake) -> None:
    with read_only("songplays"):
        first = stack.start("sparkify-etl/etl-local", events=lake.events)
        until(lambda: stack.task_runs(first).get("load songplays") == "Running")
        second = stack.start("sparkify-etl/etl-local", events=lake.events)
        until(lambda: stack.state(second) == "AwaitingConcurrencySlot")
        stack.post(f"flow_runs/{first}/set_state", {"state": {"type": "CANCELLING", "name": "Cancelling"}})
        until(lambda: stack.state(first) == "Cancelled")
        assert fetch("SELECT COUNT(*) FROM users") == [(0,)]
    until(lambda: stack.state(second) == "Completed")
    assert fetch("SELECT COUNT(*) FROM users") == [(1,)]
    assert fetch("SELECT flow_run_id, status FROM batches ORDER BY batch_id") == [
        (first, "failed"),
        (second, "published"),
    ]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("full_refresh", "maybe"),
        ("warehouse", "redshift"),
        ("events", "https://lake/log_data"),
        ("moved_from", "https://lake"),
        ("quarantine_budget", 0.6),
        ("quarantine_budget", -0.1),
    ],
)
def test_a_wrong_parameter_is_refused_before_a_run_exists(stack: Stack, parameter: str, value: str) -> None:
    deployment = stack.deployment("sparkify-etl/etl-local")["id"]
    answer = stack.ask("POST", f"deployments/{deployment}/create_flow_run", {"parameters": {parameter: value}})
    assert (answer.status_code, parameter in answer.text) == (409, True)


@pytest.mark.long
def test_a_run_that_is_cancelled_while_it_copies_ends_in_order(stack: Stack, lake: Lake) -> None:
    with read_only("staging_events"):
        run = stack.start("sparkify-etl/etl-local", events=lake.events)
        until(lambda: stack.task_runs(run).get("stage events: 1 file, 0.4 KB") == "Running")
        stack.post(f"flow_runs/{run}/set_state", {"state": {"type": "CANCELLING", "name": "Cancelling"}})
        until(lambda: stack.state(run) == "Cancelled")
        until(lambda: fetch("SELECT status FROM batches") == [("failed",)])  # not by force: it said so itself


def test_the_daily_deployment_has_its_schedule_and_its_limit(stack: Stack) -> None:
    daily = stack.deployment("sparkify-etl/etl-daily")
    assert [(entry["schedule"]["cron"], entry["active"]) for entry in daily["schedules"]] == [("30 4 * * *", True)]
    assert daily["global_concurrency_limit"]["limit"] == 1
    assert daily["concurrency_options"]["collision_strategy"] == "ENQUEUE"
    until(lambda: stack.post("flow_runs/count", {"deployments": {"id": {"any_": [daily["id"]]}}}) > 0)


def test_deploying_again_keeps_what_was_changed_in_the_ui(stack: Stack) -> None:
    daily = stack.deployment("sparkify-etl/etl-daily")
    (schedule,) = daily["schedules"]
    changed = {"schedule": {"cron": "15 3 * * *", "timezone": "Europe/Paris"}, "active": False}
    stack.patch(f"deployments/{daily['id']}/schedules/{schedule['id']}", changed)
    stack.post(f"deployments/{daily['id']}/pause_deployment")
    automations = {each["name"]: each["id"] for each in stack.post("automations/filter")}
    stack.patch(f"automations/{automations['Sparkify: a run failed']}", {"enabled": False})
    stack.post("deployments/", {"name": "daily", "flow_id": daily["flow_id"], "tags": ["sparkify"]})
    stack.post("deployments/", {"name": "of-others", "flow_id": daily["flow_id"]})
    stack.patch(f"deployments/{stack.deployment('sparkify-erase/erase')['id']}", {"tags": ["sparkify", "mine"]})
    done = stack.command("deployments", **SETTINGS)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert "deployment sparkify-etl/etl-daily: as before (its schedule is off)" in said
    assert "deployment sparkify-erase/erase: changed tags" in said
    assert [line for line in said if line.startswith("left ")] == [
        "left as they are, though not in these files for this server: sparkify-etl/daily; "
        "to delete one: prefect deployment delete NAME"
    ]
    daily = stack.deployment("sparkify-etl/etl-daily")
    (kept,) = daily["schedules"]
    assert (kept["schedule"]["cron"], kept["schedule"]["timezone"]) == ("15 3 * * *", "Europe/Paris")
    assert (kept["active"], daily["paused"]) == (False, True)
    assert {each["name"]: each["enabled"] for each in stack.post("automations/filter")} == {
        "Sparkify: a run failed": False,
        "Sparkify: the keys of the lake changed": True,
        "Sparkify: days are missing or unusual": True,
        "Sparkify: the lake got old": True,
        "Sparkify: a run did not start on time": True,
        "Sparkify: a warning-level expectation failed": True,
        "Sparkify: rows were quarantined": True,
        "Sparkify: the report follows the load": True,
    }
    assert len(stack.post("automations/filter")) == len(automations)
