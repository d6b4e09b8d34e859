"""Errors of AWS as messages that name the warehouse and the remedy."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)

from lake.errors import WarehouseUnavailable
from warehouse.errors import RoleNotReady

GIVEN_A_ROLE = ("CreateCluster", "CreateNamespace", "ModifyClusterIamRoles", "UpdateNamespace")
REMEDIES = {
    "the AWS credentials have expired; renew them in the block": {
        "ExpiredToken", "ExpiredTokenException", "RequestExpired",
    },
    "AWS does not know the credentials; correct them in the block": {
        "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure",
    },
    "the AWS credentials lack a right; add it to them": {
        "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedAccess",
    },
    "the account's quota is used up; ask AWS for a higher one (Service Quotas), or remove what is not needed": {
        "ClusterQuotaExceeded", "NumberOfNodesQuotaExceeded", "NumberOfNodesPerClusterLimitExceeded", "LimitExceeded",
        "LimitExceededFault", "ServiceQuotaExceededException", "TooManyBuckets", "SecurityGroupLimitExceeded",
        "RulesPerSecurityGroupLimitExceeded", "ClusterSnapshotQuotaExceeded",
    },
    "AWS has no such capacity now; try later, or another size or Region": {
        "InsufficientClusterCapacity", "InsufficientCapacityException",
    },
    "the block names a network that is not there; correct its subnet group, subnets or security groups": {
        "ClusterSubnetGroupNotFoundFault", "InvalidSubnet", "InvalidSubnetID.NotFound", "InvalidGroup.NotFound",
        "InvalidGroupId.Malformed", "InvalidVPCNetworkStateFault",
    },
    "it is in the middle of something else; try again when that is done": {
        "InvalidClusterState", "ConflictException",
    },
}  # fmt: skip
"""Sentences, and the codes of AWS that they stand for."""


@contextmanager
def explained(warehouse: str) -> Iterator[None]:
    """Turn an error of AWS in the body into one with a remedy.

    Raises:
        RoleNotReady: a cluster or a namespace cannot be made yet, for want of its role.
        WarehouseUnavailable: the credentials are missing, expired or lack a right, or AWS has another reason.
    """
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        kind = RoleNotReady if isinstance(error, ClientError) and _misses_role(error) else WarehouseUnavailable
        raise kind(f"{warehouse}: {_sentence(error)}") from error


def code_of(error: ClientError) -> str:
    """Return AWS's code for an error; empty where it has none."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _misses_role(error: ClientError) -> bool:
    """Tell whether AWS does not know a role that it was given; it may only not have heard of it yet."""
    message = str(error.response.get("Error", {}).get("Message", ""))
    invalid = code_of(error) in ("InvalidParameterValue", "InvalidParameterCombination", "ValidationException")
    return error.operation_name in GIVEN_A_ROLE and invalid and "role" in message.lower()


def _sentence(error: BotoCoreError | ClientError) -> str:
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return "no AWS credentials were found; put them into the block, or into this machine's AWS configuration"
    if isinstance(error, ProfileNotFound):
        return f"{error}; correct the block's AWS credentials, or this machine's AWS configuration"
    if isinstance(error, EndpointConnectionError):
        return f"AWS cannot be reached ({error}); check the block's Region and the network"
    code = code_of(error) if isinstance(error, ClientError) else ""
    remedy = next((remedy for remedy, codes in REMEDIES.items() if code in codes), None)
    return f"{remedy} ({error})" if remedy else str(error)
