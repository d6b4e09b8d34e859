"""What runs a warehouse's SQL on AWS: a provisioned cluster or a Serverless workgroup, seen alike from here on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

Clients = Callable[[str], Any]
"""Gives the boto3 client of a service, such as `s3`, with the credentials and the Region of a warehouse's block."""


IN_SYNC = "in sync"
"""What a part is whose role and security groups are those of the block."""


@dataclass(frozen=True)
class Endpoint:
    """Where SQL is sent."""

    host: str
    port: int


@dataclass(frozen=True)
class Login:
    """Temporary database credentials; the password is in no representation of them."""

    user: str
    password: str = field(repr=False)
    expires_at: datetime


class Reachable(Protocol):
    """What a connection needs to know of a cluster or a workgroup."""

    def endpoint(self) -> Endpoint:
        """Return where it listens.

        Raises:
            WarehouseUnavailable: it does not exist, or cannot take connections now (paused, resizing, creating ...).
        """

    def login(self, *, read_only: bool = False) -> Login:
        """Obtain temporary credentials through IAM: of the loader, or of the reader where a login can be bound to it.

        Raises:
            WarehouseUnavailable: IAM does not let these AWS credentials do that, or they have expired.
        """


@dataclass(frozen=True)
class Copiers:
    """Who may take COPY's role on: services of AWS, for database users whose ARN ends like this (* is anything)."""

    services: tuple[str, ...]
    users: str


@dataclass(frozen=True)
class FoundPart:
    """AWS's description of a part that exists; the status in lower case."""

    status: str
    tags: Mapping[str, str]


class Part(Protocol):
    """What a warehouse runs on, made and deleted as one: a cluster, a namespace, a workgroup."""

    @property
    def kind(self) -> str:
        """What it is, for a person."""

    @property
    def name(self) -> str:
        """The name that the block gives it."""

    @property
    def holds_data(self) -> bool:
        """Whether a final snapshot can be taken of it."""

    def find(self) -> FoundPart | None:
        """Look for it."""

    def create(self, role_arn: str, security_group_ids: Sequence[str]) -> None:
        """Ask for it, with the role that COPY uses.

        Raises:
            RoleNotReady: AWS does not know the role yet.
            WarehouseUnavailable: AWS refuses.
        """

    def adopt(self) -> None:
        """Put all tags of the warehouse onto it: older code made it, without the id."""

    def align(self, role_arn: str, security_group_ids: Sequence[str]) -> str:
        """Ask for the first thing that differs from the block; return `in sync`, or what is awaited.

        AWS takes one change after the other: whoever waits calls this again.

        Raises:
            WarehouseUnavailable: AWS refuses.
        """

    def delete(self, final_snapshot: str | None) -> None:
        """Ask for its removal, with a final snapshot of its data if a name is given for one."""


class Compute(Reachable, Protocol):
    """A cluster, or a namespace and its workgroup."""

    @property
    def name(self) -> str:
        """The cluster's identifier or the workgroup's name."""

    @property
    def port(self) -> int:
        """The port that it listens on."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """What has to be made, in this order, and deleted in the opposite one; the last is where SQL runs."""

    @property
    def pausable(self) -> "Pausable | None":
        """What to pause so as to stop paying; None: it costs nothing while idle."""

    def vpc(self) -> str:
        """Return the VPC that it is in, or will be.

        Raises:
            WarehouseUnavailable: the subnets of the block are not there, or there is no default VPC.
        """

    @property
    def copiers(self) -> Copiers:
        """Who may take COPY's role on."""

    @property
    def readers(self) -> Literal["USER", "ROLE"]:
        """What the reader is in the database."""

    def loader(self) -> str:
        """Return the database user that runs are, and that the schema belongs to.

        Raises:
            WarehouseUnavailable: it depends on these AWS credentials, and they get no login.
        """

    def administrator(self) -> Login:
        """Return the login of the superuser, who makes the others.

        Raises:
            WarehouseUnavailable: these AWS credentials do not get it.
        """


class Pausable(Part, Protocol):
    """A part that can be stopped, and that costs next to nothing then."""

    def pause(self) -> None:
        """Ask for a pause."""

    def resume(self) -> None:
        """Ask for the end of a pause."""
