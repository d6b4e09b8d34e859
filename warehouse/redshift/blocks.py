"""The Prefect blocks that describe a warehouse on Amazon Redshift.

`prefect block register -m warehouse.redshift.blocks` makes them known to a Prefect server. A block hands its settings
on as plain values: nothing behind it knows Prefect.
"""

import re
import uuid
from abc import ABC, abstractmethod
from dataclasses import fields
from typing import Any, ClassVar, Literal, Self, TypeVar

import boto3
from prefect.blocks.core import Block, UnknownBlockType
from prefect_aws import AwsCredentials
from pydantic import ConfigDict, Field, ValidationError, create_model, field_validator, model_validator

from sql.datasets import DATASETS, Dataset
from warehouse import LoadHistory, WarehouseError, in_one_line, unknown_warehouse
from warehouse.redshift import fields as form
from warehouse.redshift.bucket import split_url
from warehouse.redshift.clients import OwnBucket, SessionClients
from warehouse.redshift.cluster import Cluster
from warehouse.redshift.compute import Clients, Compute
from warehouse.redshift.serverless import Serverless
from warehouse.redshift.session import open_session
from warehouse.redshift.settings import ClusterSettings, ServerlessSettings, Settings
from warehouse.redshift.warehouse import RedshiftWarehouse

NAME = re.compile(r"[a-z0-9-]+/[a-z0-9-]+")
"""What Prefect calls a saved block: its type's slug and its own name, which go into a URL."""
Plain = TypeVar("Plain", Settings, ClusterSettings, ServerlessSettings)
NodeType = Literal["ra3.large", "ra3.xlplus", "ra3.4xlarge", "ra3.16xlarge", "rg.xlarge", "rg.4xlarge"]


class AwsBlock(Block, ABC):
    """Who asks AWS, and where."""

    credentials: AwsCredentials = Field(
        repr=False, description="Who asks AWS; empty: what this machine has (environment, profile, role)."
    )
    region: form.Region = Field(description="AWS Region of the warehouse and of all buckets.", examples=["eu-west-1"])


def _lake_field(dataset: Dataset) -> tuple[Any, Any]:
    """Return the type and the form of the field that says where a dataset lies."""
    about: dict[str, Any] = {"description": f"URL of {dataset.holds}.", "examples": [f"s3://my-lake/{dataset.folder}"]}
    return (form.Source, Field(**about)) if dataset.is_in_every_lake else (form.Source | None, Field(None, **about))


LAKE_FIELDS = {f"{name}_url": _lake_field(dataset) for name, dataset in DATASETS.items()}
LakeBlock: Any = create_model("LakeBlock", __base__=(AwsBlock, ABC), __module__=__name__, **LAKE_FIELDS)  # type: ignore[call-overload]
"""A block with a field for the URL of each dataset; Prefect registers none that names ABC as a base."""


class RedshiftBlock(LakeBlock, ABC):  # type: ignore[misc]
    """What a cluster and a Serverless workgroup have in common."""

    model_config = ConfigDict(validate_assignment=True)
    _load_history: ClassVar[LoadHistory]

    work_prefix: form.WorkPrefix = Field(
        description="Where manifests are written; no part of the lake.", examples=["s3://my-work/sparkify/"]
    )
    database: form.Name = Field("sparkify", description="Database.")
    schema_name: form.Schema = Field("sparkify", title="Schema", description="Schema that holds all tables.")
    iam_role_name: form.RoleName = Field(
        "sparkify-redshift-copy", title="IAM Role Name", description="Role with which COPY reads S3."
    )
    permissions_boundary_arn: form.PolicyArn | None = Field(
        None, title="Permissions Boundary ARN", description="Policy that bounds that role; none: it has no boundary.",
        examples=["arn:aws:iam::123456789012:policy/sparkify-boundary"],
    )  # fmt: skip
    allowed_cidr: form.Cidr | None = Field(
        None, title="Allowed CIDR", description="Network that may connect; none: nothing is opened.",
        examples=["203.0.113.7/32"],
    )  # fmt: skip
    security_group_ids: tuple[form.SecurityGroup, ...] = Field(
        (), description="Security groups; none: one is made.", examples=[["sg-0123456789abcdef0"]]
    )
    tls_mode: Literal["verify-full", "require"] = Field(
        "verify-full", title="TLS Mode", description="How the server must prove who it is; require: not at all."
    )
    warehouse_id: form.WarehouseId | None = Field(
        None, title="Warehouse ID", description="What tells it from others of its name; empty: provision gives one."
    )
    statement_timeout_s: int = Field(
        3600, ge=1, le=86_400, description="Seconds after which a statement is cancelled.", title="Statement Timeout"
    )
    wait_minutes: int = Field(
        30, ge=1, le=240, description="Minutes that provision, pause, resume and teardown wait for AWS."
    )
    max_lag: form.MaxLag | None = Field(
        None, title="Maximum Lag", description="How old the newest event may be: 36h, or 24h/36h to be warned before.",
        examples=["24h/36h"],
    )  # fmt: skip

    @field_validator("credentials")
    @classmethod
    def _nobody_listens_in(cls, credentials: AwsCredentials) -> AwsCredentials:
        form.require_aws_itself(credentials.aws_client_parameters)
        return credentials

    @field_validator("tls_mode", mode="before")
    @classmethod
    def _verify_more(cls, mode: object) -> object:
        """Read the settings of older blocks: against public roots, verify-ca takes anybody's certificate."""
        return "verify-full" if mode == "verify-ca" else mode

    @model_validator(mode="after")
    def _prefixes_lie_apart(self) -> Self:
        lake = {f"{name}_url": url for name, url in self._lake.items()}
        form.require_apart({"work_prefix": self.work_prefix, **lake})
        return self

    @property
    def _lake(self) -> dict[str, str]:
        """The URL of each dataset that the block names."""
        urls = {name: getattr(self, f"{name}_url") for name in DATASETS}
        return {name: url for name, url in urls.items() if url is not None}

    @property
    def slug(self) -> str:
        """What `--warehouse` calls this block, such as `redshift-cluster/prod`."""
        return f"{self.get_block_type_slug()}/{self._block_document_name or 'unsaved'}"

    def settings(self, schema: str | None = None) -> Settings:
        """Return the common settings; `schema` overrules the block's own."""
        own = {} if schema is None else {"schema_name": schema}
        return self._plain(Settings, name=self.slug, lake=self._lake, **own)

    def clients(self) -> Clients:
        """Return the makers of boto3 clients that work with the block's credentials and Region."""
        options = self.credentials.aws_client_parameters.get_params_override()
        return SessionClients(self.slug, self._session, {**options, "region_name": self.region})

    def _session(self) -> boto3.Session:
        given, secret = self.credentials, self.credentials.aws_secret_access_key
        keys = {
            "aws_access_key_id": given.aws_access_key_id,
            "aws_secret_access_key": secret.get_secret_value() if secret else None,
            "aws_session_token": given.aws_session_token,
            "profile_name": given.profile_name,
        }
        given_role = {"RoleSessionName": "sparkify", **given.assume_role_kwargs.get_params_override()}
        role = {**given_role, "RoleArn": given.assume_role_arn} if given.assume_role_arn else None
        return open_session(keys, role, self.region)

    @abstractmethod
    def compute(self, settings: Settings, clients: Clients) -> Compute:
        """Return the cluster or the workgroup."""

    def open(self, schema: str | None = None) -> RedshiftWarehouse:
        """Return the warehouse that the block describes; no request goes to AWS yet."""
        settings, clients = self.settings(schema), self.clients()
        bucket = split_url(self.work_prefix)[0]
        if bucket not in [split_url(url)[0] for url in settings.lake.values()]:  # the lake may be another account's
            clients = OwnBucket(clients, bucket)
        return RedshiftWarehouse(settings, self._load_history, clients, self.compute(settings, clients))

    def _plain(self, kind: type[Plain], **known: Any) -> Plain:
        """Fill a dataclass of settings with the fields of the same names."""
        values = {field.name: getattr(self, field.name) for field in fields(kind) if field.name not in known}
        return kind(**values, **known)


class RedshiftCluster(RedshiftBlock):
    """A provisioned Redshift cluster, with the lake that it loads and the prefix that it works in."""

    _block_type_name = "Redshift Cluster"
    _block_type_slug = "redshift-cluster"
    _load_history = "stl"

    cluster_identifier: form.ClusterIdentifier = Field(description="Identifier of the cluster.", examples=["sparkify"])
    node_type: NodeType = Field("ra3.large", description="Type of its nodes.")
    number_of_nodes: int = Field(1, ge=1, le=128, description="How many nodes; one: a single-node cluster.")
    database_user: form.MasterUser = Field(
        "sparkify_admin", description="Master user, which only provision logs in as; its passwords are temporary."
    )
    subnet_group_name: form.SubnetGroup | None = Field(
        None, description="Cluster subnet group; none: the account's default VPC."
    )
    port: form.Port = Field(5439, description="Port that it listens on.")

    def compute(self, settings: Settings, clients: Clients) -> Compute:
        """Return the cluster."""
        return Cluster(settings, self._plain(ClusterSettings), clients)


class RedshiftServerless(RedshiftBlock):
    """A Redshift Serverless workgroup, with the lake that it loads and the prefix that it works in."""

    _block_type_name = "Redshift Serverless"
    _block_type_slug = "redshift-serverless"
    _load_history = "sys"

    namespace_name: form.ServerlessName = Field(description="Namespace: the data.", examples=["sparkify"])
    workgroup_name: form.ServerlessName = Field(description="Workgroup: the compute.", examples=["sparkify"])
    base_rpu: form.Rpu = Field(8, title="Base RPU", description="Capacity that a query starts with.")
    max_rpu: form.Rpu | None = Field(
        None, title="Maximum RPU", description="Capacity that is never exceeded; none: AWS's own limit."
    )
    subnet_ids: tuple[form.Subnet, ...] = Field(
        (), description="Subnets; none: the default VPC's.", examples=[["subnet-0123456789abcdef0"]]
    )

    @model_validator(mode="after")
    def _capacities_fit(self) -> Self:
        if self.max_rpu is not None and self.max_rpu < self.base_rpu:
            raise ValueError(
                f"max_rpu ({self.max_rpu}) is less than base_rpu ({self.base_rpu}); raise it, or leave it out"
            )
        return self

    def compute(self, settings: Settings, clients: Clients) -> Compute:
        """Return the workgroup."""
        return Serverless(settings, self._plain(ServerlessSettings), clients)


def load_block(name: str) -> RedshiftBlock:
    """Load the saved block of a name such as `redshift-cluster/prod`.

    Raises:
        WarehouseError: there is none, it is not a warehouse, or its values are not accepted any more.
    """
    try:
        block = Block.load(name) if NAME.fullmatch(name) else None
    except RuntimeError as error:
        if not isinstance(error.__cause__, ValidationError):
            raise
        reason = in_one_line(error.__cause__)
        raise WarehouseError(f"block {name} must be corrected and saved again: {reason}") from error
    except (ValueError, UnknownBlockType):
        block = None
    if not isinstance(block, RedshiftBlock):
        raise unknown_warehouse(name)
    return block


def give_id(name: str) -> None:
    """Give a saved block an id, unless it has one, and save it; provisions at the same moment use the last one's.

    Raises:
        WarehouseError: there is no such block, or its values are not accepted any more.
    """
    block = load_block(name)
    if block.warehouse_id is None:
        block.warehouse_id = uuid.uuid4().hex
        block.save(name.partition("/")[2], overwrite=True)
