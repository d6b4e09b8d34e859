"""The two parts of Redshift Serverless: a namespace, which holds the data, and a workgroup, which runs SQL."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from warehouse.redshift.aws_errors import explained
from warehouse.redshift.compute import IN_SYNC, Clients, FoundPart
from warehouse.redshift.network import require_zones
from warehouse.redshift.ownership import listed, mapped, tags
from warehouse.redshift.settings import ServerlessSettings, Settings

PORT = 5439
SERVICE = "redshift-serverless"
ROLE = re.compile(r"arn:[\w-]+:iam::\d{12}:role/[^\s)]+?(?=\)|, \w+=|$)")


@dataclass(frozen=True)
class Namespace:
    """The data: users, schemas, tables."""

    settings: Settings
    own: ServerlessSettings
    clients: Clients = field(repr=False)
    kind: str = "namespace"
    holds_data: bool = True

    @property
    def name(self) -> str:
        """Return the namespace's name."""
        return self.own.namespace_name

    def find(self) -> FoundPart | None:
        """Look for the namespace.

        Raises:
            WarehouseUnavailable: AWS refuses.
        """
        with explained(self.settings.name):
            found = self.describe()
            return None if found is None else _found(self.clients(SERVICE), found["status"], found["namespaceArn"])

    def create(self, role_arn: str, security_group_ids: Sequence[str]) -> None:  # noqa: ARG002 - it is in no network
        """Ask for the namespace, its administrator's password kept by AWS Secrets Manager.

        Raises:
            RoleNotReady: Redshift does not know the role yet.
            WarehouseUnavailable: AWS refuses.
        """
        with explained(self.settings.name):
            self.clients(SERVICE).create_namespace(
                namespaceName=self.name,
                dbName=self.settings.database,
                manageAdminPassword=True,
                iamRoles=[role_arn],
                tags=listed(tags(self.settings), "key", "value"),
            )

    def align(self, role_arn: str, security_group_ids: Sequence[str]) -> str:  # noqa: ARG002 - it is in no network
        """Attach the role of COPY beside others.

        AWS describes a role as `IamRole(applyStatus=in-sync, iamRoleArn=arn:…)`, and takes ARNs, of all of them.

        Raises:
            WarehouseUnavailable: AWS refuses.
        """
        with explained(self.settings.name):
            described: list[str] = (self.describe() or {}).get("iamRoles", [])
            roles = {arn[0]: each for each in described if (arn := ROLE.search(each))}
            if role_arn not in roles:
                self.clients(SERVICE).update_namespace(namespaceName=self.name, iamRoles=[*roles, role_arn])
                return "attaching its role"
        return IN_SYNC if roles[role_arn] == role_arn or "in-sync" in roles[role_arn] else "attaching its role"

    def adopt(self) -> None:
        """Tag the namespace.

        Raises:
            WarehouseUnavailable: AWS refuses.
        """
        with explained(self.settings.name):
            _tag(self.clients(SERVICE), (self.describe() or {})["namespaceArn"], self.settings)

    def delete(self, final_snapshot: str | None) -> None:
        """Ask for the namespace's removal; with a name, a snapshot of that name is taken first.

        Raises:
            WarehouseUnavailable: AWS refuses.
        """
        keep = {"finalSnapshotName": final_snapshot} if final_snapshot else {}
        with explained(self.settings.name):
            self.clients(SERVICE).delete_namespace(namespaceName=self.name, **keep)

    def describe(self) -> dict[str, Any] | None:
        """Return what AWS says of the namespace, if there is one."""
        client = self.clients(SERVICE)
        try:
            found: dict[str, Any] = client.get_namespace(namespaceName=self.name)["namespace"]
        except client.exceptions.ResourceNotFoundException:
            return None
        return found


@dataclass(frozen=True)
class Workgroup:
    """The compute that a namespace's SQL runs on."""

    settings: Settings
    own: ServerlessSettings
    clients: Clients = field(repr=False)
    kind: str = "workgroup"
    holds_data: bool = False

    @property
    def name(self) -> str:
        """Return the workgroup's name."""
        return self.own.workgroup_name

    def find(self) -> FoundPart | None:
        """Look for the workgroup.

        Raises:
            WarehouseUnavailable: AWS refuses.
        """
        with explained(self.settings.name):
            found = self.describe()
            return None if found is None else _found(self.clients(SERVICE), found["status"], found["workgroupArn"])

    def create(self, role_arn: str, security_group_ids: Sequence[str]) -> None:  # noqa: ARG002 - the namespace has it
        """Ask for the workgroup, not public.

        Raises:
            WarehouseUnavailable: its subnets are in too few Availability Zones, or AWS refuses.
        """
        own = self.own
        with explained(self.settings.name):
            require_zones(self.clients("ec2"), self.settings, own.subnet_ids)
            self.clients(SERVICE).create_workgroup(
                workgroupName=self.name,
                namespaceName=own.namespace_name,
                baseCapacity=own.base_rpu,
                **({} if own.max_rpu is None else {"maxCapacity": own.max_rpu}),
                **({"subnetIds": list(own.subnet_ids)} if own.subnet_ids else {}),
                securityGroupIds=list(security_group_ids),
                publiclyAccessible=False,
                port=PORT,
                tags=listed(tags(self.settings), "key", "value"),
            )

    def align(self, role_arn: str, security_group_ids: Sequence[str]) -> str:  # noqa: ARG002 - the namespace has it
        """Put the workgroup into exactly the block's security groups.

        Raises:
            WarehouseUnavailable: AWS refuses.
        """
        with explained(self.settings.name):
            found = self.describe() or {}
            if found.get("status") != "AVAILABLE":
                return "changing"
            if {*found.get("securityGroupIds", [])} != {*security_group_ids}:
                self.clients(SERVICE).update_workgroup(
                    workgroupName=self.name, securityGroupIds=list(security_group_ids)
                )
                return "changing its security groups"
        return IN_SYNC

    def adopt(self) -> None:
        """Tag the workgroup.

        Raises:
            WarehouseUnavailable: AWS refuses.
        """
        with explained(self.settings.name):
            _tag(self.clients(SERVICE), (self.describe() or {})["workgroupArn"], self.settings)

    def delete(self, final_snapshot: str | None) -> None:  # noqa: ARG002 - it holds no data
        """Ask for the workgroup's removal.

        Raises:
            WarehouseUnavailable: AWS refuses.
        """
        with explained(self.settings.name):
            self.clients(SERVICE).delete_workgroup(workgroupName=self.name)

    def describe(self) -> dict[str, Any] | None:
        """Return what AWS says of the workgroup, if there is one."""
        client = self.clients(SERVICE)
        try:
            found: dict[str, Any] = client.get_workgroup(workgroupName=self.name)["workgroup"]
        except client.exceptions.ResourceNotFoundException:
            return None
        return found


def _found(client: Any, status: str, arn: str) -> FoundPart:
    return FoundPart(status.lower(), mapped(client.list_tags_for_resource(resourceArn=arn)["tags"], "key", "value"))


def _tag(client: Any, arn: str, settings: Settings) -> None:
    client.tag_resource(resourceArn=arn, tags=listed(tags(settings), "key", "value"))
