"""What a block accepts, and what it refuses with one clear sentence."""

import re
from pathlib import Path
from typing import Any

import pytest
from prefect.blocks.core import Block
from prefect_aws import AwsCredentials
from prefect_aws.client_parameters import AwsClientParameters
from pydantic import SecretStr, ValidationError

from tests.warehouse.redshift.account import CLUSTER, SERVERLESS, SETTINGS
from warehouse import StorageError, WarehouseError, open_warehouse
from warehouse.redshift.blocks import RedshiftBlock, RedshiftCluster, RedshiftServerless, give_id, load_block
from warehouse.redshift.settings import Settings

FIELDS: dict[str, Any] = {
    "credentials": AwsCredentials(
        aws_access_key_id="canary-key",
        aws_secret_access_key=SecretStr("canary-secret"),
        aws_session_token="canary-token",
    ),
    "region": "eu-west-1",
    "events_url": "s3://lake/log_data",
    "songs_url": "s3://lake/song_data/",
    "work_prefix": "s3://work/sparkify/",
}
IN_CLUSTER: dict[str, Any] = {**FIELDS, "cluster_identifier": "sparkify"}
IN_SERVERLESS: dict[str, Any] = {**FIELDS, "namespace_name": "sparkify-data", "workgroup_name": "sparkify"}


def test_what_a_cluster_says_is_handed_on_as_plain_values() -> None:
    warehouse = RedshiftCluster(**IN_CLUSTER, allowed_cidr="10.0.0.0/8").open()
    assert warehouse.settings == _named(SETTINGS, "redshift-cluster/unsaved", warehouse_id=None)
    assert warehouse.compute.own == CLUSTER  # type: ignore[attr-defined]
    assert (warehouse.schema, warehouse.load_history) == ("sparkify", "stl")
    assert (warehouse.lake, warehouse.work_url) == (
        {"events": "s3://lake/log_data", "songs": "s3://lake/song_data/"},
        "s3://work/sparkify/",
    )


def test_what_a_workgroup_says_is_handed_on_as_plain_values() -> None:
    sizes: dict[str, Any] = {"max_rpu": 64, "subnet_ids": ["subnet-12345678"], "allowed_cidr": "10.0.0.0/8"}
    warehouse = RedshiftServerless(**IN_SERVERLESS, **sizes).open("other")
    assert warehouse.settings == _named(SETTINGS, "redshift-serverless/unsaved", warehouse_id=None, schema_name="other")
    assert warehouse.compute.own == SERVERLESS  # type: ignore[attr-defined]
    assert (warehouse.schema, warehouse.load_history) == ("other", "sys")


def _named(settings: Settings, name: str, **changes: Any) -> Settings:
    return Settings(**{**vars(settings), "name": name, **changes})


REFUSED: dict[str, tuple[str, object, str]] = {
    "region": ("region", "eu-west", "'eu-west' is not an AWS Region, such as eu-west-1"),
    "bucket": ("events_url", "s3://My_Lake/log_data", "'s3://My_Lake/log_data' is not a prefix on S3"),
    "two dots": ("events_url", "s3://my..lake/log_data", "'s3://my..lake/log_data' is not a prefix on S3"),
    "an address": ("songs_url", "s3://192.168.0.1/songs", "'s3://192.168.0.1/songs' is not a prefix on S3"),
    "a wildcard of IAM": ("events_url", "s3://lake/log*", "'s3://lake/log*' is not a prefix on S3"),
    "a variable of IAM": ("work_prefix", "s3://work/${aws:username}/", "that ends with a slash, such as s3://my-work/"),
    "a line end": ("songs_url", "s3://lake/song_data\n", "'s3://lake/song_data\\n' is not a prefix on S3"),
    "a whole bucket": ("events_url", "s3://lake", "'s3://lake' is not a prefix on S3"),
    "a folder": ("songs_url", "/data/songs", "'/data/songs' is not a prefix on S3"),
    "no slash": ("work_prefix", "s3://work/x", "'s3://work/x' is not a prefix on S3 that ends with a slash"),
    "a bucket to work in": ("work_prefix", "s3://work/", "'s3://work/' is not a prefix on S3"),
    "database": ("database", "Spark ify", "'Spark ify' is not a name of lower-case letters, digits and _"),
    "schema": ("schema_name", 'a"; DROP', "is not a name of lower-case letters"),
    "their schema": ("schema_name", "pg_catalog", "'pg_catalog' is not a schema of yours"),
    "an ARN": ("iam_role_name", "arn:aws:iam::1:role/x", "is not the name of an IAM role (its name, not its ARN)"),
    "a policy": ("permissions_boundary_arn", "boundary", "'boundary' is not the ARN of an IAM policy, such as arn:"),
    "CIDR": ("allowed_cidr", "10.0.0.1/8", "'10.0.0.1/8' is not an IPv4 network"),
    "everybody": ("allowed_cidr", "0.0.0.0/0", "'0.0.0.0/0' would let the whole Internet in"),
    "group": ("security_group_ids", ["default"], "'default' is not the id of a security group"),
    "TLS": ("tls_mode", "disable", "Input should be 'verify-full' or 'require'"),
    "an id": ("warehouse_id", "prod", "'prod' is not the id of a warehouse (32 hexadecimal digits); leave it out"),
    "timeout": ("statement_timeout_s", 0, "Input should be greater than or equal to 1"),
    "patience": ("wait_minutes", 1000, "Input should be less than or equal to 240"),
    "cluster": ("cluster_identifier", "My--Cluster", "'My--Cluster' is not the identifier of a cluster"),
    "node type": ("node_type", "dc2.large", "Input should be 'ra3.large'"),
    "nodes": ("number_of_nodes", 0, "Input should be greater than or equal to 1"),
    "the loader as master": (
        "database_user",
        "sparkify_loader",
        "is not a master user: provision makes a user of that",
    ),
    "no subnet group": ("subnet_group_name", "", "'' is not the name of a cluster subnet group"),
    "subnet group": ("subnet_group_name", "my group", "'my group' is not the name of a cluster subnet group"),
    "port": ("port", 80, "80 is not a port of RA3: 5431-5455, 8191-8215"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_value_of_another_form_is_refused(case: str) -> None:
    field, value, words = REFUSED[case]
    with pytest.raises(ValidationError) as failure:
        RedshiftCluster(**{**IN_CLUSTER, field: value})
    assert words in str(failure.value)
    with pytest.raises(ValidationError):
        setattr(RedshiftCluster(**IN_CLUSTER), field, value)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("base_rpu", 12, "12 is not a capacity in RPU: 4, or 8, 16, 24"),
        ("max_rpu", 0, "0 is not a capacity in RPU"),
        ("max_rpu", 4, "max_rpu (4) is less than base_rpu (8); raise it, or leave it out"),
        ("namespace_name", "ab", "'ab' is not a name of 3 to 64 lower-case letters, digits and dashes"),
        ("subnet_ids", ["vpc-12345678"], "'vpc-12345678' is not the id of a subnet"),
    ],
)
def test_a_workgroup_has_its_own_forms(field: str, value: object, words: str) -> None:
    with pytest.raises(ValidationError) as failure:
        RedshiftServerless(**{**IN_SERVERLESS, field: value})
    assert words in str(failure.value)


def test_a_mode_that_verified_too_little_is_read_as_the_strict_one() -> None:
    assert RedshiftCluster(**IN_CLUSTER, tls_mode="verify-ca").tls_mode == "verify-full"


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"verify": False}, "switch TLS or its verification off; switch both on"),
        ({"use_ssl": False}, "switch TLS or its verification off; switch both on"),
        ({"endpoint_url": "https://evil.example"}, "send all requests to https://evil.example; leave endpoint_url out"),
    ],
)
def test_credentials_that_ask_somebody_else_than_aws_are_refused(parameters: dict[str, Any], words: str) -> None:
    credentials = AwsCredentials(aws_client_parameters=AwsClientParameters(**parameters))
    with pytest.raises(ValidationError) as failure:
        RedshiftCluster(**{**IN_CLUSTER, "credentials": credentials})
    assert words in str(failure.value)


@pytest.mark.parametrize("service", ["sts", "secretsmanager", "redshift", "redshift-serverless", "iam", "ec2"])
def test_only_s3_can_be_redirected(service: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[default]\nendpoint_url = https://evil.example\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for name in ("AWS_ENDPOINT_URL", f"AWS_ENDPOINT_URL_{service.upper().replace('-', '_')}"):
        monkeypatch.setenv(name, "https://evil.example")
    block = RedshiftCluster(**IN_CLUSTER)
    clients = block.clients()
    of_session = block._session().client(service, region_name="eu-west-1")  # type: ignore[call-overload]
    for client in (clients(service), of_session):
        assert client.meta.endpoint_url.endswith(".amazonaws.com")
        client.close()
    assert clients("s3").meta.endpoint_url == "https://evil.example"
    clients("s3").close()


def test_an_s3_on_another_machine_is_not_asked_without_encryption(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://minio.example:9000")
    with pytest.raises(StorageError, match=r"S3 at http://minio\.example:9000 would be used without encryption; let"):
        RedshiftCluster(**IN_CLUSTER).clients()("s3")


@pytest.mark.parametrize("work", ["s3://lake/log_data/", "s3://lake/song_data/work/", "s3://lake/log_data/2018/"])
def test_the_work_prefix_is_no_part_of_the_lake(work: str) -> None:
    with pytest.raises(ValidationError, match=r"work_prefix \(s3://lake/.*\) and .*_url \(.*\) overlap"):
        RedshiftCluster(**{**IN_CLUSTER, "work_prefix": work})


def test_the_lake_is_no_part_of_the_work_prefix() -> None:
    with pytest.raises(ValidationError, match=r"work_prefix .* and events_url .* overlap"):
        RedshiftCluster(**{**IN_CLUSTER, "work_prefix": "s3://lake/all/", "events_url": "s3://lake/all/log_data"})


def test_logs_and_songs_lie_apart() -> None:
    with pytest.raises(ValidationError, match=r"events_url .* and songs_url .* overlap"):
        RedshiftCluster(**{**IN_CLUSTER, "songs_url": "s3://lake/log_data"})


def test_prefixes_that_only_begin_alike_lie_apart() -> None:
    block = RedshiftCluster(**{**IN_CLUSTER, "work_prefix": "s3://lake/log_data_work/"})
    assert block.work_prefix == "s3://lake/log_data_work/"


@pytest.mark.parametrize("kind", [RedshiftCluster, RedshiftServerless])
def test_every_field_is_documented(kind: type[RedshiftBlock]) -> None:
    assert [name for name, field in kind.model_fields.items() if not field.description] == []


def test_the_page_of_deployments_names_every_field() -> None:
    page = (Path(__file__).parents[3] / "deployments/README.md").read_text()
    names = {*RedshiftCluster.model_fields, *RedshiftServerless.model_fields}
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []


def test_no_representation_holds_a_secret() -> None:
    block = RedshiftCluster(**IN_CLUSTER)
    shown = f"{block!r} {block} {block.open()!r} {block.open().store!r}"
    assert "canary" not in shown


def test_a_saved_block_is_a_warehouse(prefect_server: str) -> None:
    RedshiftServerless(**IN_SERVERLESS).save("saved", overwrite=True)
    warehouse = open_warehouse("redshift-serverless/saved")
    assert (warehouse.schema, warehouse.work_url) == ("sparkify", "s3://work/sparkify/")
    assert open_warehouse("redshift-serverless/saved", "other").schema == "other"


def test_a_block_gets_one_id_and_keeps_it_with_its_credentials(prefect_server: str) -> None:
    FIELDS["credentials"].save("keys", overwrite=True)
    saved = {**IN_CLUSTER, "credentials": Block.load("aws-credentials/keys")}
    RedshiftCluster(**saved, allowed_cidr="10.0.0.0/8").save("identified", overwrite=True)
    given = []
    for _ in range(2):
        give_id("redshift-cluster/identified")
        given.append(load_block("redshift-cluster/identified"))
    assert given[0].warehouse_id == given[1].warehouse_id
    assert re.fullmatch("[0-9a-f]{32}", str(given[0].warehouse_id))
    assert given[1].open().settings.allowed_cidr == "10.0.0.0/8"
    AwsCredentials(aws_access_key_id="rotated").save("keys", overwrite=True)
    assert load_block("redshift-cluster/identified").credentials.aws_access_key_id == "rotated"  # still a reference


def test_a_saved_block_whose_values_are_no_longer_accepted_is_named(prefect_server: str) -> None:
    block = RedshiftServerless(**IN_SERVERLESS)
    block.__dict__["region"] = "nowhere"
    block.save("wrong", overwrite=True)
    with pytest.raises(
        WarehouseError, match=r"block redshift-serverless/wrong must be corrected(.|\n)*'nowhere' is not"
    ):
        open_warehouse("redshift-serverless/wrong")
