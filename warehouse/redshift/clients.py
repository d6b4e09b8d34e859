"""The boto3 clients of one block: made when they are first needed, and then kept.

Only S3 may be elsewhere than at AWS: AWS_ENDPOINT_URL, and a profile that names endpoints, redirect no other service.
"""

import logging
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config

from warehouse.redshift.aws_errors import explained
from warehouse.redshift.session import endpoints
from warehouse.s3 import CONNECTIONS, require_encrypted


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
            StorageError: S3 is somewhere that is asked without encryption.
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
