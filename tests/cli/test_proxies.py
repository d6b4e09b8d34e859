"""Loopback is asked directly where the environment names a proxy, and everybody else through it."""

import os
from typing import TYPE_CHECKING
from urllib.request import proxy_bypass

import httpx
import pytest

from cli.__main__ import main
from cli.proxies import keep_loopback_off_proxies
from lake.object_store import Store

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

DEAD = "http://127.0.0.1:9"
HERE = "localhost,127.0.0.1,::1"
ANYWHERE = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that names no proxy; what a test changes is undone."""
    for name in (*ANYWHERE, *map(str.upper, ANYWHERE), "PREFECT_API_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return monkeypatch


@pytest.mark.parametrize(
    ("given", "lower", "upper"),
    [
        ({}, HERE, HERE),
        ({"NO_PROXY": "corp.example, 10.0.0.1"}, f"corp.example,10.0.0.1,{HERE}", f"corp.example,10.0.0.1,{HERE}"),
        ({"no_proxy": "a", "NO_PROXY": "b"}, f"a,{HERE}", f"b,{HERE}"),
        ({"no_proxy": "", "NO_PROXY": "b"}, HERE, f"b,{HERE}"),
        ({"no_proxy": "127.0.0.1,localhost"}, "127.0.0.1,localhost,::1", "127.0.0.1,localhost,::1"),
        ({"NO_PROXY": "*"}, "*", "*"),
        ({"PREFECT_API_URL": "http://127.0.0.2:4200/api"}, f"{HERE},127.0.0.2", f"{HERE},127.0.0.2"),
        ({"AWS_ENDPOINT_URL_S3": "http://s3.localhost:9000"}, f"{HERE},s3.localhost", f"{HERE},s3.localhost"),
        ({"PREFECT_API_URL": "https://prefect.example/api", "AWS_ENDPOINT_URL_S3": "http://[::1"}, HERE, HERE),
    ],
)
def test_who_is_asked_directly_already_stays_so(
    environment: pytest.MonkeyPatch, given: dict[str, str], lower: str, upper: str
) -> None:
    for name, value in {"HTTP_PROXY": DEAD, **given}.items():
        environment.setenv(name, value)
    keep_loopback_off_proxies()
    assert (os.environ["no_proxy"], os.environ["NO_PROXY"]) == (lower, upper)
    httpx.Client().close()  # it reads them too, and takes no host that it cannot parse


def test_without_a_proxy_nothing_is_changed(environment: pytest.MonkeyPatch) -> None:
    keep_loopback_off_proxies()
    assert {"no_proxy", "NO_PROXY"} & os.environ.keys() == set()


@pytest.mark.parametrize("spelled", [str.lower, str.upper])
def test_a_bucket_on_loopback_is_read_past_a_proxy_and_one_at_aws_through_it(
    environment: pytest.MonkeyPatch, s3: "S3Client", spelled: "type[str]"
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        environment.setenv(spelled(name), DEAD)
    environment.setenv("AWS_MAX_ATTEMPTS", "1")
    environment.setenv("AWS_PROFILE_OF_THIS_TEST", spelled("x"))  # a client of its own
    s3.put_object(Bucket="lake", Key="a.json", Body=b"{}")
    keep_loopback_off_proxies()
    assert [stored.url for stored in Store().list("s3://lake/")] == ["s3://lake/a.json"]
    assert not proxy_bypass("s3.eu-west-1.amazonaws.com")
    assert not proxy_bypass("api.prefect.cloud")


def test_every_command_knows_whom_to_ask_directly(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ALL_PROXY", DEAD)
    environment.setenv("no_proxy", "corp.example")
    assert main(["sql", "--list"]) == 0
    assert os.environ["no_proxy"] == f"corp.example,{HERE}"
