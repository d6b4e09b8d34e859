"""What can be wrong between a block and its warehouse: one clear sentence, and nothing published."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import psycopg2.extensions
import pytest
from prefect_aws import AwsCredentials
from pydantic import SecretStr

from flows.etl import etl
from flows.pause import pause_warehouse
from flows.provision import provision_warehouse
from tests.redshift_mode.conftest import SETTINGS, CloudLake
from tests.redshift_mode.emulated import WIRE, EmulatedCluster, EmulatedServerless
from tests.state import fetch
from tests.variants import often
from warehouse import CopyError, StorageError, WarehouseError, WarehouseUnavailable


class RefusingAws(BaseHTTPRequestHandler):
    """Answers every request with one error: its code is the first part of the path."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        error = f"<Error><Code>{self.path.split('/')[1]}</Code><Message>no</Message></Error>"
        self.send_response(403)
        self.end_headers()
        is_query = self.command == "POST"
        self.wfile.write((f"<ErrorResponse>{error}</ErrorResponse>" if is_query else error).encode())

    do_PUT = do_HEAD = do_POST = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def refusing(cloud: CloudLake, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], dict[str, Any]]]:
    """The settings of a block whose AWS answers everything with this error."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), RefusingAws)
    Thread(target=server.serve_forever).start()

    def settings(code: str) -> dict[str, Any]:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}/{code}")
        keys: dict[str, Any] = {"aws_access_key_id": "stale", "aws_secret_access_key": SecretStr("stale")}
        return {**SETTINGS, "credentials": AwsCredentials(**keys)}

    yield settings
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ExpiredToken", "emulated-cluster/bad: the AWS credentials have expired; renew them in the block"),
        ("InvalidClientTokenId", "emulated-cluster/bad: AWS does not know the credentials; correct them in the block"),
        ("AccessDenied", "emulated-cluster/bad: the AWS credentials lack a right; add it to them .*DescribeClusters"),
    ],
)
def test_what_aws_refuses_is_said_with_its_remedy(
    refusing: Callable[[str], dict[str, Any]], code: str, words: str
) -> None:
    EmulatedCluster(cluster_identifier="sparkify", **refusing(code)).save("bad", overwrite=True)
    with pytest.raises(WarehouseUnavailable, match=words):
        etl(warehouse="emulated-cluster/bad")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("AccessDenied", "access denied; these credentials need s3:ListBucket on it"),
        ("AuthorizationHeaderMalformed", "bucket 'lake' is in another Region; set AWS_REGION, or the Region of the"),
        ("ExpiredToken", r"S3 does not accept the AWS credentials \(ExpiredToken\); renew them"),
    ],
)
def test_what_s3_refuses_is_said_with_its_remedy(
    refusing: Callable[[str], dict[str, Any]], code: str, words: str
) -> None:
    names: dict[str, Any] = {"namespace_name": "sparkify", "workgroup_name": "sparkify"}
    EmulatedServerless(**names, **refusing(code)).save("bad", overwrite=True)
    with pytest.raises(StorageError, match=f"cannot list s3://lake/log_data: {words}"):
        etl(warehouse="emulated-serverless/bad")
    assert fetch("SELECT status FROM batches") == [("failed",)]


def test_missing_credentials_are_named(cloud: CloudLake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    EmulatedCluster(credentials=AwsCredentials(), cluster_identifier="sparkify", **SETTINGS).save("bad", overwrite=True)
    with pytest.raises(WarehouseUnavailable, match="emulated-cluster/bad: no AWS credentials were found; put them in"):
        etl(warehouse="emulated-cluster/bad")


@pytest.mark.parametrize("act", [etl, provision_warehouse, pause_warehouse])
def test_a_profile_that_is_not_there_is_named(cloud: CloudLake, act: Callable[..., object]) -> None:
    credentials = AwsCredentials(profile_name="none")
    EmulatedCluster(credentials=credentials, cluster_identifier="sparkify", **SETTINGS).save("bad", overwrite=True)
    with pytest.raises(WarehouseUnavailable) as failure:
        act(warehouse="emulated-cluster/bad")
    assert str(failure.value) == (
        "emulated-cluster/bad: The config profile (none) could not be found; correct the block's AWS credentials, or "
        "this machine's AWS configuration"
    )


def test_a_paused_cluster_is_told_how_to_be_woken(cloud: CloudLake) -> None:
    redshift = boto3.client("redshift")
    redshift.pause_cluster(ClusterIdentifier="sparkify")
    with pytest.raises(WarehouseUnavailable, match="is paused; run: sparkify resume --warehouse emulated-cluster/test"):
        etl(warehouse="emulated-cluster/test")
    redshift.resume_cluster(ClusterIdentifier="sparkify")
    redshift.close()


def test_a_cluster_that_is_not_there_is_told_how_to_be_made(cloud: CloudLake) -> None:
    EmulatedCluster(credentials=AwsCredentials(), cluster_identifier="none", **SETTINGS).save("bad", overwrite=True)
    with pytest.raises(WarehouseUnavailable, match="no cluster 'none' in eu-west-1; run: sparkify provision"):
        etl(warehouse="emulated-cluster/bad")


def test_redshift_does_not_read_folders(cloud: CloudLake, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="Redshift reads from S3 only, not from folders; give s3://bucket/prefix"):
        etl(warehouse="emulated-cluster/test", events=str(tmp_path))


ROLE = "arn:aws:iam::123456789012:role/sparkify-redshift-copy"
DENIED = "S3ServiceException:Access Denied,Status 403,Error AccessDenied,Rid D14F284F,CanRetry 1"
ABROAD = "S3ServiceException:The bucket you are attempting to access must be addressed using the specified endpoint."
REFUSED = {
    f"User arn:aws:redshift:eu-west-1:1:dbuser:sparkify/x is not authorized to assume IAM Role {ROLE}": (
        "run sparkify provision again, which makes the role and gives it to Redshift"
    ),
    DENIED: "COPY's role reads the block's own prefixes only; correct them, and provision again",
    ABROAD: "the bucket is in another Region than the warehouse; use one in the same",
}


@pytest.mark.parametrize("said", often(REFUSED))
def test_what_copy_may_not_read_is_said_in_one_sentence(cloud: CloudLake, said: str) -> None:
    def refuse(cursor: psycopg2.extensions.cursor) -> None:
        rule = "-" * 47
        cursor.execute("SELECT redshift.raise_error('XX000', %s, %s)", (said, f"\n  {rule}\n  code: 8001\n  {rule}"))

    WIRE.faults.append(("COPY staging_events", refuse))
    with pytest.raises(CopyError) as failure:
        etl(warehouse="emulated-cluster/test")
    assert str(failure.value) == f"COPY of events failed: {said}; {REFUSED[said]}"
    assert fetch("SELECT status FROM batches") == [("failed",)]


@pytest.mark.parametrize("url", often(["s3://work/sparkify/", "s3://work", "s3://work/sparkify/data-docs"]))
def test_what_runs_write_is_no_lake(cloud: CloudLake, url: str) -> None:
    etl(warehouse="emulated-cluster/test")
    words = f"--events {url.rstrip('/')} overlaps s3://work/sparkify/, where runs write; give another prefix"
    with pytest.raises(StorageError, match=words):
        etl(warehouse="emulated-cluster/test", events=url)


@pytest.mark.parametrize(
    "name", ["emulated-cluster/none", "no-such-type/prod", "nowhere", "/prod", "redshift-cluster/"]
)
def test_an_unknown_warehouse_is_told_what_there_is(cloud: CloudLake, name: str) -> None:
    with pytest.raises(WarehouseError) as failure:
        etl(warehouse=name)
    assert str(failure.value) == (
        f"warehouse {name!r} is not known: use 'local', or a saved block, such as redshift-cluster/NAME or "
        "redshift-serverless/NAME ('prefect block ls' lists them)"
    )


def test_a_block_that_is_no_warehouse_is_not_taken_for_one(cloud: CloudLake) -> None:
    AwsCredentials().save("prod", overwrite=True)
    with pytest.raises(WarehouseError, match="warehouse 'aws-credentials/prod' is not known"):
        etl(warehouse="aws-credentials/prod")
