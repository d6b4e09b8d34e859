"""Redshift Serverless: a namespace, which holds the data, and a workgroup, which runs SQL and costs by the RPU-hour."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from lake.errors import WarehouseUnavailable
from warehouse.redshift.aws_errors import explained
from warehouse.redshift.compute import Clients, Copiers, Endpoint, Login, Part
from warehouse.redshift.network import default_vpc
from warehouse.redshift.serverless_parts import PORT, SERVICE, Namespace, Workgroup
from warehouse.redshift.settings import ServerlessSettings, Settings

LOGIN_S = 3600


@dataclass(frozen=True)
class Serverless:
    """The workgroup and the namespace that a block describes."""

    settings: Settings
    own: ServerlessSettings
    clients: Clients = field(repr=False)
    port: int = PORT
    pausable: None = None
    readers: Literal["ROLE"] = "ROLE"

    @property
    def name(self) -> str:
        """Return the workgroup's name."""
        return self.own.workgroup_name

    @property
    def namespace(self) -> Namespace:
        """Return the data."""
        return Namespace(self.settings, self.own, self.clients)

    @property
    def workgroup(self) -> Workgroup:
        """Return the compute."""
        return Workgroup(self.settings, self.own, self.clients)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return the namespace and its workgroup, without which it cannot be deleted."""
        return self.namespace, self.workgroup

    def endpoint(self) -> Endpoint:
        """Return where the workgroup listens.

        Raises:
            WarehouseUnavailable: it does not exist, or is not ready.
        """
        warehouse = self.settings.name
        with explained(warehouse):
            found = self.workgroup.describe()
        if found is None:
            raise WarehouseUnavailable(
                f"{warehouse}: there is no workgroup {self.name!r} in {self.settings.region}; "
                f"run: sparkify provision --warehouse {warehouse}"
            )
        if found["status"] not in ("AVAILABLE", "MODIFYING"):
            status = found["status"].lower()
            raise WarehouseUnavailable(
                f"{warehouse}: workgroup {self.name!r} is {status}; try again when it is available"
            )
        return Endpoint(found["endpoint"]["address"], found["endpoint"]["port"])

    @property
    def copiers(self) -> Copiers:
        """Return any user of the account in the Region: AWS documents two forms of a workgroup's users.

        One names the workgroup, the other its id, which it has only once it was made, after its role.
        """
        return Copiers(("redshift.amazonaws.com", "redshift-serverless.amazonaws.com"), "*/*")

    def loader(self) -> str:
        """Return the user that the IAM identity of these AWS credentials is: no other can be requested.

        Raises:
            WarehouseUnavailable: they get no login.
        """
        return self.login().user

    def login(self, *, read_only: bool = False) -> Login:  # noqa: ARG002 - AWS gives an identity one user
        """Obtain a temporary login of the IAM identity (IAM: redshift-serverless:GetCredentials).

        Raises:
            WarehouseUnavailable: these AWS credentials do not get one.
        """
        with explained(self.settings.name):
            given = self.clients(SERVICE).get_credentials(
                workgroupName=self.name, dbName=self.settings.database, durationSeconds=LOGIN_S
            )
        return Login(given["dbUser"], given["dbPassword"], given["expiration"])

    def administrator(self) -> Login:
        """Read the administrator's password from AWS Secrets Manager: an IAM identity may do nothing at first.

        Raises:
            WarehouseUnavailable: the namespace keeps no secret, or these AWS credentials may not read it.
        """
        warehouse = self.settings.name
        with explained(warehouse):
            arn = (self.namespace.describe() or {}).get("adminPasswordSecretArn")
            if arn is None:
                raise WarehouseUnavailable(
                    f"{warehouse}: namespace {self.own.namespace_name!r} keeps no administrator's password in AWS "
                    "Secrets Manager; switch that on (manage admin credentials), and run this again"
                )
            secret = json.loads(self.clients("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
        return Login(secret["username"], secret["password"], datetime.now(UTC) + timedelta(seconds=LOGIN_S))

    def vpc(self) -> str:
        """Return the VPC of the block's subnets, or the default one.

        Raises:
            WarehouseUnavailable: there is none.
        """
        ec2 = self.clients("ec2")
        with explained(self.settings.name):
            if not self.own.subnet_ids:
                return default_vpc(ec2, self.settings)
            return str(ec2.describe_subnets(SubnetIds=list(self.own.subnet_ids))["Subnets"][0]["VpcId"])
