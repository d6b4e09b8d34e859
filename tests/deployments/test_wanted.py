"""What is deployed on a server, and what is left out there: by its blocks, and by the environment."""

from types import SimpleNamespace
from typing import Any

import pytest
from prefect.exceptions import ObjectNotFound

from deployments.wanted import Wanted, find_wanted

LOCAL = ["etl-local", "audit-local", "insights-local", "retract-local", "erase-local"]
REDSHIFT = ["etl-daily", "audit-weekly", "insights-after-load", "erase", "provision", "pause", "resume", "teardown"]
NO_IMAGE = "SPARKIFY_IMAGE names no image"
NO_BLOCK = "no block {} is saved on this server (save it, or name another in SPARKIFY_WAREHOUSE; then deploy again)"


class Server:
    """A server that has one block, as far as it is asked for blocks."""

    def read_block_document_by_name(self, name: str, slug: str) -> SimpleNamespace:
        if (slug, name) != ("redshift-serverless", "prod"):
            raise ObjectNotFound(KeyError(name))
        return SimpleNamespace(id=1)


def find(monkeypatch: pytest.MonkeyPatch, **settings: str) -> Wanted:
    """Find what is wanted on the server, in an environment with such settings."""
    for name in ("SPARKIFY_WAREHOUSE", "SPARKIFY_IMAGE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    server: Any = Server()
    return find_wanted(server)


def names(wanted: Wanted) -> list[str]:
    return [each["name"] for each in wanted.content["deployments"]]


def test_without_a_block_and_an_image_only_local_deployments_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = find(monkeypatch)
    assert names(wanted) == LOCAL
    assert wanted.left_out == {NO_IMAGE: ["etl-ecs"], NO_BLOCK.format("redshift-cluster/prod"): REDSHIFT}


def test_with_a_block_those_for_redshift_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = find(monkeypatch, SPARKIFY_WAREHOUSE="redshift-serverless/prod")
    assert (names(wanted), wanted.left_out) == (LOCAL + REDSHIFT, {NO_IMAGE: ["etl-ecs"]})


def test_with_a_block_and_an_image_the_one_on_ecs_has_the_variables_that_are_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted = find(monkeypatch, SPARKIFY_WAREHOUSE="redshift-serverless/prod", SPARKIFY_IMAGE="sparkify:1")
    assert (names(wanted), wanted.left_out) == ([*LOCAL, *REDSHIFT, "etl-ecs"], {})
    assert wanted.content["deployments"][-1]["work_pool"]["job_variables"] == {"image": "{{ $SPARKIFY_IMAGE }}"}


def test_an_image_alone_deploys_nothing_on_ecs(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = find(monkeypatch, SPARKIFY_IMAGE="sparkify:1")
    assert names(wanted) == LOCAL
    assert wanted.left_out == {NO_BLOCK.format("redshift-cluster/prod"): [*REDSHIFT, "etl-ecs"]}


def test_what_is_no_name_of_a_block_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="SPARKIFY_WAREHOUSE=prod names no block: give type/name, such as redshift-"):
        find(monkeypatch, SPARKIFY_WAREHOUSE="prod")
