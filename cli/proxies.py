"""Which hosts are reached directly where the environment names a proxy: this machine.

Prefect's server of a command, and an S3 at a loopback AWS_ENDPOINT_URL, are behind no proxy.
"""

import os
from ipaddress import ip_address
from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "::1")
NAMES = ("no_proxy", "NO_PROXY")  # some libraries read the one, some the other
NAMING_HOSTS = ("PREFECT_API_URL", "AWS_ENDPOINT_URL")


def keep_loopback_off_proxies() -> None:
    """Name this machine in NO_PROXY and no_proxy, for this process and all that it starts; who is there stays."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return
    given = [os.environ.get(name) for name in NAMES]
    named = [value for name, value in os.environ.items() if name.startswith(NAMING_HOSTS)]
    here = [*LOOPBACK, *(host for value in named if (host := _host(value)) and _is_loopback(host))]
    for name, own, other in zip(NAMES, given, reversed(given), strict=True):
        hosts = [host.strip() for host in (own if own is not None else other or "").split(",") if host.strip()]
        is_everybody = hosts == ["*"]  # beside others it would be no wildcard
        os.environ[name] = "*" if is_everybody else ",".join(dict.fromkeys([*hosts, *here]))


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # who uses it reports that it is no URL
        return None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.endswith(".localhost")
