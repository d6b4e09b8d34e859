"""An AWS account of moto's making, and what blocks say about a warehouse in it."""

from dataclasses import dataclass, field, replace
from typing import Any

import boto3

from tests.bucket_policies import keep_beside_moto
from warehouse.redshift.cluster import Cluster
from warehouse.redshift.serverless import Serverless
from warehouse.redshift.settings import ClusterSettings, ServerlessSettings, Settings

REGION = "eu-west-1"
SETTINGS = Settings(
    name="redshift-cluster/prod",
    warehouse_id="0123456789abcdef" * 2,
    region=REGION,
    database="sparkify",
    schema_name="sparkify",
    lake={"events": "s3://lake/log_data", "songs": "s3://lake/song_data/"},
    work_prefix="s3://work/sparkify/",
    iam_role_name="sparkify-redshift-copy",
    permissions_boundary_arn=None,
    allowed_cidr="10.0.0.0/8",
    security_group_ids=(),
    tls_mode="verify-full",
    statement_timeout_s=3600,
    wait_minutes=30,
)
OTHER = replace(SETTINGS, name="redshift-cluster/other")
"""A second warehouse, which uses the same names."""
TWIN = replace(SETTINGS, warehouse_id="f" * 32)
"""A warehouse of a second Prefect server, whose block has the same name and all the same fields."""
OLDER = replace(SETTINGS, warehouse_id=None)
"""The warehouse as older code knew it, without an id: what it made has two tags."""
CLUSTER = ClusterSettings(
    cluster_identifier="sparkify",
    node_type="ra3.large",
    number_of_nodes=1,
    database_user="sparkify_admin",
    subnet_group_name=None,
    port=5439,
)
SERVERLESS = ServerlessSettings(
    namespace_name="sparkify-data", workgroup_name="sparkify", base_rpu=8, max_rpu=64, subnet_ids=("subnet-12345678",)
)
ROLE_ARN = "arn:aws:iam::123456789012:role/sparkify-redshift-copy"


@dataclass
class Account:
    """The clients of one account; every test starts with an empty one that holds only the lake's bucket."""

    endpoint: str
    region: str = REGION
    made: dict[str, Any] = field(default_factory=dict)

    def clients(self, service: str) -> Any:
        if service not in self.made:
            self.made[service] = boto3.client(
                service,  # type: ignore[call-overload]
                endpoint_url=self.endpoint,
                region_name=self.region,
                aws_access_key_id="testing",
                aws_secret_access_key="testing",
            )
            if service == "s3":
                keep_beside_moto(self.made[service])
        return self.made[service]

    def cluster(self, settings: Settings = SETTINGS) -> Cluster:
        return Cluster(settings, CLUSTER, self.clients)

    def serverless(self, settings: Settings = SETTINGS) -> Serverless:
        return Serverless(settings, SERVERLESS, self.clients)

    def bucket(self, name: str) -> None:
        place = {} if self.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        self.clients("s3").create_bucket(Bucket=name, **place)

    def close(self) -> None:
        for client in self.made.values():
            client.close()
