"""The boto3 clients of one block: made when they are first needed, and then kept."""

import logging
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config

from warehouse.redshift.aws_errors import explained
from warehouse.s3 import CONNECTIONS


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
        """
        with self._lock, explained(self._warehouse):
            if service not in self._made:
                logging.getLogger("botocore").setLevel(logging.INFO)  # DEBUG writes down tokens and passwords
                self._session = self._session or self._make_session()
                options = {**self._options, "config": CONNECTIONS.merge(self._options.get("config") or Config())}
                self._made[service] = self._session.client(service, **options)  # type: ignore[call-overload]
            return self._made[service]
