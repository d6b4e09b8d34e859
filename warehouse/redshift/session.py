"""The boto3 session of a block: AWS confirms its identity, and a role that it assumes lasts as long as the run."""

from collections.abc import Callable, Mapping
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import RefreshableCredentials

from warehouse.redshift.aws_errors import explained


def open_session(keys: Mapping[str, str | None], role: Mapping[str, Any] | None, region: str) -> boto3.Session:
    """Return the session of some keys (or a profile), or of the role that they assume; `role` is what STS is given.

    Raises:
        WarehouseUnavailable: AWS does not let them take the role on.
    """
    base = boto3.Session(**keys, botocore_session=_core())
    if role is None:
        return base
    sts = base.client("sts", region_name=region)
    with explained("the block's AWS credentials"):
        return renewed(lambda: sts.assume_role(**role)["Credentials"])


def renewed(assume: Callable[[], Mapping[str, Any]]) -> boto3.Session:
    """Return a session whose temporary credentials are renewed before they expire."""

    def metadata() -> dict[str, str]:
        given = assume()
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": given["Expiration"].isoformat(),
        }

    core = _core()
    core._credentials = RefreshableCredentials.create_from_metadata(metadata(), metadata, "sts-assume-role")  # type: ignore[attr-defined]
    return boto3.Session(botocore_session=core)


def endpoints(*, configured: bool) -> Config:
    """Return what makes a client heed the endpoints of the environment and of profiles, or use AWS itself."""
    return Config(ignore_configured_endpoint_urls=not configured)  # type: ignore[call-arg]


def _core() -> botocore.session.Session:
    """Return a session none of whose clients can be redirected, STS for a profile's role included."""
    core = botocore.session.Session()
    core.set_default_client_config(endpoints(configured=False))
    return core
