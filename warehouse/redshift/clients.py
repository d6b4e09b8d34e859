"""The boto3 clients of one block: made when they are first needed, and then kept.

Only S3 may be elsewhere than at AWS: AWS_ENDPOINT_URL, and a profile that names endpoints, redirect no other service.
"""

import logging
from collections.abc import Callable, Mapping
from functools import cached_property
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config

from lake.s3 import CONNECTIONS, require_encrypted
from warehouse.redshift.aws_errors import explained
from warehouse.redshift.compute import Clients
from warehouse.redshift.session import endpoints


class SessionClients:
    """Makes clients from one session: making them is slow, and boto3 may only do it in one thread at a time."""

    def __init__(self, warehouse: str, make_session: Callable[[], boto3.Session], options: Mapping[str, Any]) -> None:
        self._warehouse = warehouse
        self._make_session = make_session
        self._options = options
        self._session: boto3.Session | None = None
        self._made: dict[str, Any] = {}
        self._lock = Lock()

    def __call__(self, service: str) -> Any:
        """Return the client of a service.

        Raises:
            WarehouseUnavailable: there can be none, such as for want of the profile that the credentials name.
            StorageError: the address of S3 is one without encryption.
        """
        with self._lock, explained(self._warehouse):
            if service not in self._made:
                logging.getLogger("botocore").setLevel(logging.INFO)  # DEBUG writes down tokens and passwords
                self._session = self._session or self._make_session()
                config = CONNECTIONS.merge(self._options.get("config") or Config())
                config = config.merge(endpoints(configured=service == "s3"))
                client = self._session.client(service, **{**self._options, "config": config})  # type: ignore[call-overload]
                if service == "s3":
                    require_encrypted(client)
                self._made[service] = client
            return self._made[service]


class OwnBucket:
    """The same clients, but S3 serves requests to one bucket only if the account of the credentials owns it.

    A bucket that was deleted may be made anew by somebody else, who would get what we write, and give us manifests.
    """

    def __init__(self, clients: Clients, bucket: str) -> None:
        self._clients = clients
        self._bucket = bucket

    def __call__(self, service: str) -> Any:
        """Return the client of a service."""
        client = self._clients(service)
        if service == "s3":
            client.meta.events.register("provide-client-params.s3", self._name_owner, unique_id=f"own {self._bucket}")
        return client

    def _name_owner(self, params: dict[str, Any], model: Any, **_: object) -> None:
        if params.get("Bucket") == self._bucket and "ExpectedBucketOwner" in model.input_shape.members:
            params["ExpectedBucketOwner"] = self._account

    @cached_property
    def _account(self) -> str:
        return str(self._clients("sts").get_caller_identity()["Account"])
