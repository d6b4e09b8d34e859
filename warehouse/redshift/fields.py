"""The fields of a warehouse's block: their forms, and the message where a value has another one."""

import re
from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Annotated

from prefect_aws.client_parameters import AwsClientParameters
from pydantic import AfterValidator

from lake.max_lag import parse_max_lag
from lake.object_store import overlap

S3_BUCKET = r"s3://(?![^/]*\.\.)(?![\d.]+(?:/|$))[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
"""Neither two dots in a row nor an IP address (S3 user guide, bucketnamingrules)."""
S3_FOLDERS = r"(/[^/*?$\x00-\x1f\x7f]+)+"
"""Without what has a meaning of its own in IAM policies: such a prefix would open other folders to COPY's role too."""


def _of_form(pattern: str, form: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"{value!r} is not {form}")
        return value

    return AfterValidator(check)


def _cidr(value: str) -> str:
    try:
        network = IPv4Network(value)
    except ValueError as error:
        raise ValueError(f"{value!r} is not an IPv4 network, such as 203.0.113.7/32: {error}") from error
    if network.prefixlen == 0:
        raise ValueError(f"{value!r} would let the whole Internet in: name your own network, such as 203.0.113.7/32")
    return value


def _max_lag(value: str) -> str:
    parse_max_lag(value)
    return value


def _one_of(allowed: Callable[[int], bool], form: str) -> AfterValidator:
    def check(value: int) -> int:
        if not allowed(value):
            raise ValueError(f"{value} is not {form}")
        return value

    return AfterValidator(check)


Region = Annotated[str, _of_form(r"[a-z]{2}(-[a-z]+)+-\d", "an AWS Region, such as eu-west-1")]
Name = Annotated[str, _of_form(r"[a-z_][a-z0-9_]{0,126}", "a name of lower-case letters, digits and _")]
MasterUser = Annotated[
    Name,
    _of_form(r"(?!sparkify_(loader|reader)$).*", "a master user: provision makes a user of that name itself"),
]
Schema = Annotated[Name, _of_form(r"(?!pg_|information_schema$).*", "a schema of yours: that name belongs to Redshift")]
Source = Annotated[
    str,
    _of_form(
        S3_BUCKET + S3_FOLDERS + "/?", "a prefix on S3, such as s3://my-lake/log_data (bucket, folder, no *, ? or $)"
    ),
]
WorkPrefix = Annotated[
    str,
    _of_form(
        S3_BUCKET + S3_FOLDERS + "/",
        "a prefix on S3 that ends with a slash, such as s3://my-work/sparkify/ (no *, ? or $)",
    ),
]
WarehouseId = Annotated[
    str, _of_form(r"[0-9a-f]{32}", "the id of a warehouse (32 hexadecimal digits); leave it out, provision gives one")
]
RoleName = Annotated[str, _of_form(r"[\w+=,.@-]{1,64}", "the name of an IAM role (its name, not its ARN)")]
PolicyArn = Annotated[
    str,
    _of_form(
        r"arn:aws[a-z-]*:iam::(\d{12}|aws):policy/[\w+=,.@/-]{1,512}",
        "the ARN of an IAM policy, such as arn:aws:iam::123456789012:policy/sparkify-boundary",
    ),
]
Cidr = Annotated[str, AfterValidator(_cidr)]
SecurityGroup = Annotated[
    str, _of_form(r"sg-[0-9a-f]{8,17}", "the id of a security group, such as sg-0123456789abcdef0")
]
Subnet = Annotated[str, _of_form(r"subnet-[0-9a-f]{8,17}", "the id of a subnet, such as subnet-0123456789abcdef0")]
ClusterIdentifier = Annotated[
    str,
    _of_form(
        r"(?!.*--)[a-z]([a-z0-9-]{0,61}[a-z0-9])?",
        "the identifier of a cluster: up to 63 lower-case letters, digits and single dashes, a letter first",
    ),
]
ServerlessName = Annotated[str, _of_form(r"[a-z0-9-]{3,64}", "a name of 3 to 64 lower-case letters, digits and dashes")]
SubnetGroup = Annotated[
    str, _of_form(r"[A-Za-z0-9-]{1,255}", "the name of a cluster subnet group: letters, digits and dashes")
]
Port = Annotated[
    int, _one_of(lambda port: 5431 <= port <= 5455 or 8191 <= port <= 8215, "a port of RA3: 5431-5455, 8191-8215")
]
MaxLag = Annotated[str, AfterValidator(_max_lag)]
Rpu = Annotated[
    int,
    _one_of(lambda rpu: rpu == 4 or (8 <= rpu <= 1024 and rpu % 8 == 0), "a capacity in RPU: 4, or 8, 16, 24 … 1024"),
]


def require_aws_itself(parameters: AwsClientParameters) -> None:
    """Check that requests go to AWS itself, encrypted, to a server whose certificate is checked.

    Raises:
        ValueError: the client parameters of the credentials turn that off.
    """
    if parameters.verify is False or not parameters.use_ssl:
        raise ValueError(
            "the AWS client parameters of the credentials switch TLS or its verification off; switch both on (for a "
            "proxy of your own, name its certificates in verify_cert_path)"
        )
    if parameters.endpoint_url is not None:
        raise ValueError(
            f"the AWS client parameters of the credentials send all requests to {parameters.endpoint_url}; leave "
            "endpoint_url out (only S3 may be elsewhere: AWS_ENDPOINT_URL_S3 in the environment names it)"
        )


def require_apart(prefixes: dict[str, str]) -> None:
    """Check that no prefix is in another one; they are given by the names of their fields.

    Raises:
        ValueError: two are equal, or one holds the other.
    """
    folders = [(name, url.rstrip("/") + "/") for name, url in prefixes.items()]
    for at, (name, folder) in enumerate(folders):
        for other, other_folder in folders[at + 1 :]:
            if overlap(folder, other_folder):
                raise ValueError(
                    f"{name} ({folder}) and {other} ({other_folder}) overlap: give each a prefix of its own, so that "
                    "no manifest is taken for data and no data for another's"
                )
