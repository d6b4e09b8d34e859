"""A provisioned Redshift cluster."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from lake.errors import WarehouseUnavailable
from warehouse.redshift.aws_errors import explained
from warehouse.redshift.compute import IN_SYNC, Clients, Copiers, Endpoint, FoundPart, Login, Part, Pausable
from warehouse.redshift.network import default_vpc
from warehouse.redshift.ownership import listed, mapped, tags
from warehouse.redshift.settings import LOADER, READER, ClusterSettings, Settings

LOGIN_S = 3600


@dataclass(frozen=True)
class Cluster:
    """The cluster that a block describes."""

    settings: Settings
    own: ClusterSettings
    clients: Clients = field(repr=False)
    kind: str = "cluster"
    holds_data: bool = True
    readers: Literal["USER"] = "USER"

    @property
    def name(self) -> str:
        """Return the cluster's identifier."""
        return self.own.cluster_identifier

    @property
    def port(self) -> int:
        """Return the port that it listens on."""
        return self.own.port

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return the cluster: it is all in one."""
        return (self,)

    @property
    def pausable(self) -> Pausable:
        """Return the cluster: it costs as much as its nodes until it is paused."""
        return self

    def endpoint(self) -> Endpoint:
        """Return where the cluster listens.

        Raises:
            WarehouseUnavailable: it does not exist, is paused, or is not ready.
        """
        warehouse = self.settings.name
        with explained(warehouse):
            found = self._describe()
        if found is None:
            raise WarehouseUnavailable(
                f"{warehouse}: there is no cluster {self.name!r} in {self.settings.region}; "
                f"run: sparkify provision --warehouse {warehouse}"
            )
        status = found["ClusterStatus"]
        if status == "paused":
            raise WarehouseUnavailable(
                f"{warehouse}: cluster {self.name!r} is paused; run: sparkify resume --warehouse {warehouse}"
            )
        if "Endpoint" not in found or not status.startswith("available"):
            raise WarehouseUnavailable(
                f"{warehouse}: cluster {self.name!r} is {status}; try again when it is available"
            )
        return Endpoint(found["Endpoint"]["Address"], found["Endpoint"]["Port"])

    @property
    def copiers(self) -> Copiers:
        """Return the loader of this cluster."""
        return Copiers(("redshift.amazonaws.com",), f"{self.name}/{LOADER}")

    def loader(self) -> str:
        """Return the loader, whoever connects."""
        return LOADER

    def login(self, *, read_only: bool = False) -> Login:
        """Obtain the temporary password of the loader or the reader (IAM: redshift:GetClusterCredentials).

        Raises:
            WarehouseUnavailable: these AWS credentials do not get one.
        """
        return self._login(READER if read_only else LOADER)

    def administrator(self) -> Login:
        """Obtain the temporary password of the master user.

        Raises:
            WarehouseUnavailable: these AWS credentials do not get one.
        """
        return self._login(self.own.database_user)

    def _login(self, user: str) -> Login:
        with explained(self.settings.name):
            given = self.clients("redshift").get_cluster_credentials(
                DbUser=user,
                DbName=self.settings.database,
                ClusterIdentifier=self.name,
                DurationSeconds=LOGIN_S,
                AutoCreate=False,
            )
        return Login(given["DbUser"], given["DbPassword"], given["Expiration"])

    def find(self) -> FoundPart | None:
        """Look for the cluster.

        Raises:
            WarehouseUnavailable: AWS refuses.
        """
        with explained(self.settings.name):
            found = self._describe()
        if found is None:
            return None
        # Such as "available, resize-cleanup": it takes connections.
        status = "available" if found["ClusterStatus"].startswith("available") else found["ClusterStatus"]
        return FoundPart(status, mapped(found.get("Tags", [])))

    def create(self, role_arn: str, security_group_ids: Sequence[str]) -> None:
        """Ask for the cluster: encrypted, not public, its master password kept by AWS Secrets Manager.

        Raises:
            RoleNotReady: Redshift does not know the role yet.
            WarehouseUnavailable: AWS refuses.
        """
        own, one = self.own, self.own.number_of_nodes == 1
        with explained(self.settings.name):
            self.clients("redshift").create_cluster(
                ClusterIdentifier=self.name,
                NodeType=own.node_type,
                **({"ClusterType": "single-node"} if one else {"NumberOfNodes": own.number_of_nodes}),
                **({"ClusterSubnetGroupName": own.subnet_group_name} if own.subnet_group_name else {}),
                DBName=self.settings.database,
                Port=own.port,
                MasterUsername=own.database_user,
                ManageMasterPassword=True,
                Encrypted=True,
                PubliclyAccessible=False,
                IamRoles=[role_arn],
                VpcSecurityGroupIds=list(security_group_ids),
                Tags=listed(tags(self.settings)),
            )

    def adopt(self) -> None:
        """Tag the cluster, whose description by AWS has no ARN.

        Raises:
            WarehouseUnavailable: AWS refuses.
        """
        with explained(self.settings.name):
            caller = self.clients("sts").get_caller_identity()
            partition, account = caller["Arn"].split(":")[1], caller["Account"]
            arn = f"arn:{partition}:redshift:{self.settings.region}:{account}:cluster:{self.name}"
            self.clients("redshift").create_tags(ResourceName=arn, Tags=listed(tags(self.settings)))

    def align(self, role_arn: str, security_group_ids: Sequence[str]) -> str:
        """Attach the role of COPY beside others, then put the cluster into exactly the block's security groups.

        Raises:
            WarehouseUnavailable: AWS refuses.
        """
        redshift = self.clients("redshift")
        with explained(self.settings.name):
            found = self._describe() or {}
            roles = {role["IamRoleArn"]: role["ApplyStatus"] for role in found.get("IamRoles", [])}
            groups = {group["VpcSecurityGroupId"]: group["Status"] for group in found.get("VpcSecurityGroups", [])}
            if role_arn not in roles:
                redshift.modify_cluster_iam_roles(ClusterIdentifier=self.name, AddIamRoles=[role_arn])
                return "attaching its role"
            if roles[role_arn] != "in-sync":
                return f"{roles[role_arn]} its role"
            if any(status != "active" for status in groups.values()):
                return "changing its security groups"
            if {*groups} != {*security_group_ids}:
                redshift.modify_cluster(ClusterIdentifier=self.name, VpcSecurityGroupIds=list(security_group_ids))
                return "changing its security groups"
        return IN_SYNC

    def pause(self) -> None:
        """Ask for a pause.

        Raises:
            WarehouseUnavailable: AWS refuses.
        """
        with explained(self.settings.name):
            self.clients("redshift").pause_cluster(ClusterIdentifier=self.name)

    def resume(self) -> None:
        """Ask for the end of a pause.

        Raises:
            WarehouseUnavailable: AWS refuses.
        """
        with explained(self.settings.name):
            self.clients("redshift").resume_cluster(ClusterIdentifier=self.name)

    def delete(self, final_snapshot: str | None) -> None:
        """Ask for the cluster's removal; with a name, a snapshot of that name is taken first.

        Raises:
            WarehouseUnavailable: AWS refuses.
        """
        keep = {"FinalClusterSnapshotIdentifier": final_snapshot} if final_snapshot else {}
        with explained(self.settings.name):
            self.clients("redshift").delete_cluster(
                ClusterIdentifier=self.name, SkipFinalClusterSnapshot=final_snapshot is None, **keep
            )

    def vpc(self) -> str:
        """Return the VPC of the block's subnet group, or the default one.

        Raises:
            WarehouseUnavailable: there is none.
        """
        group = self.own.subnet_group_name
        with explained(self.settings.name):
            if group is None:
                return default_vpc(self.clients("ec2"), self.settings)
            found = self.clients("redshift").describe_cluster_subnet_groups(ClusterSubnetGroupName=group)
        return str(found["ClusterSubnetGroups"][0]["VpcId"])

    def _describe(self) -> dict[str, Any] | None:
        client = self.clients("redshift")
        try:
            found: dict[str, Any] = client.describe_clusters(ClusterIdentifier=self.name)["Clusters"][0]
        except client.exceptions.ClusterNotFoundFault:
            return None
        return found
