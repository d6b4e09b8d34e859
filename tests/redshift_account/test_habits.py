"""Ten minutes on a cluster: what it does where nobody has shown it is written into a file."""

import json
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import boto3
import psycopg2
import pytest

from tests.local_redshift.conformance.case import read_cases
from tests.redshift_account.facts import Cluster, ask
from tests.redshift_mode.habits import recorded

ALIVE = {"connect_timeout": 60, "keepalives": 1, "keepalives_idle": 60, "keepalives_interval": 60}
"""Networks drop a session that is silent for minutes, as the one is that drops the schema in the end."""
UNCONFIRMED = [case for case in read_cases() if case.unconfirmed and not case.local_only]


@pytest.fixture
def asked_cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """The cluster and the bucket that the command line names."""
    url, bucket, role = (request.config.getoption(name) for name in ("--redshift-url", "--bucket", "--iam-role"))
    if not (url and bucket):
        pytest.skip("needs --redshift-url and --bucket")
    with closing(boto3.client("s3")) as client:
        dial = partial(psycopg2.connect, url, **ALIVE)
        yield Cluster(dial, client, bucket, f"IAM_ROLE '{role}'" if role else "IAM_ROLE default")


@pytest.mark.redshift
@pytest.mark.timeout(3600)
def test_what_a_cluster_does_is_written_down(asked_cluster: Cluster, request: pytest.FixtureRequest) -> None:
    path = Path(request.config.getoption("--habits-file")).resolve()
    facts = ask(asked_cluster, cases=UNCONFIRMED)
    path.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    habits = "; ".join(recorded(facts)) or "none but what is documented"
    request.config.get_terminal_writer().line(f"\n{path} has what the cluster does. Its habits: {habits}")
