"""The settings of a warehouse on Amazon Redshift, as plain values; `blocks` documents and checks each."""

from collections.abc import Mapping
from dataclasses import dataclass

DATA_DOCS = "data-docs/"
"""Where Data Docs are kept, below the work prefix."""
MARKER = "sparkify-warehouse-id"
"""The object below the work prefix that names its owner."""
LOADER = "sparkify_loader"
"""The database user that owns the schema: what runs log in as, on a cluster."""
READER = "sparkify_reader"
"""Who may read the tables of the schema, and nothing else: a database user on a cluster, a role on Serverless."""


@dataclass(frozen=True)
class Settings:
    """What a cluster and a workgroup have in common."""

    name: str
    """What `--warehouse` calls it, such as `redshift-cluster/prod`."""
    warehouse_id: str | None
    """Distinguishes it from others of this name; None: it was never provisioned by code that gives one."""
    region: str
    database: str
    schema_name: str
    lake: Mapping[str, str]
    """The URL of each dataset."""
    work_prefix: str
    iam_role_name: str
    permissions_boundary_arn: str | None
    allowed_cidr: str | None
    security_group_ids: tuple[str, ...]
    tls_mode: str
    statement_timeout_s: int
    wait_minutes: int
    max_lag: str | None = None
    """How old the newest event may be."""


@dataclass(frozen=True)
class ClusterSettings:
    """What only a provisioned cluster has."""

    cluster_identifier: str
    node_type: str
    number_of_nodes: int
    database_user: str
    subnet_group_name: str | None
    port: int


@dataclass(frozen=True)
class ServerlessSettings:
    """What only a Serverless namespace and its workgroup have."""

    namespace_name: str
    workgroup_name: str
    base_rpu: int
    max_rpu: int | None
    subnet_ids: tuple[str, ...]
