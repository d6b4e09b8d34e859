"""Ask a warehouse what it does where the Redshift guide is silent or says two things, and write down what it answers.

Each question is independent of the others: one that is refused has the refusal as its answer. Everything is done in a
schema and below a prefix of the bucket that are new, and that are removed in the end, whatever happens. Answers hold no
name of an account, bucket, host or user.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg2
import psycopg2.extensions
from botocore.exceptions import BotoCoreError, ClientError

from tests.local_redshift.conformance.case import Case
from tests.local_redshift.conformance.replay import RemotePlace, expected, fresh_schema, remote_place, replay
from tests.redshift_account.asked import Asked, Probe
from tests.redshift_account.probes import PROBES
from warehouse import UntranslatableSql

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Facts = dict[str, Any]
PATIENCE_S = 30.0
"""How long to wait for what comes late, before it is said never to come."""
_NAMES = re.compile(
    r"arn:[\w-]+:[^\s'\"]+|s3://[^\s'\"]+|\b\d{12}\b|\b\d{1,3}(?:\.\d{1,3}){3}\b|[\w.-]+\.amazonaws\.com\S*"
)
"""What names an account, a bucket or a host in a message of AWS's or Redshift's."""


@dataclass(frozen=True)
class Cluster:
    """A warehouse, a folder of a bucket that it may read, and what COPY is to say to be let in."""

    dial: Callable[[], psycopg2.extensions.connection]
    client: "S3Client"
    bucket_url: str
    authorization: str


def ask(
    cluster: Cluster,
    patience_s: float = PATIENCE_S,
    probes: Mapping[str, Probe] = PROBES,
    cases: Iterable[Case] = (),
) -> Facts:
    """Ask a warehouse, and return its answers by the names of the probes; those to conformance cases are under `cases`.

    Raises:
        psycopg2.Error: no schema can be made or dropped.
        botocore.exceptions.ClientError: what was written to the bucket cannot be deleted.
    """
    with (
        closing(cluster.dial()) as connection,
        fresh_schema(connection) as schema,
        remote_place(connection, cluster.client, cluster.bucket_url, cluster.authorization) as place,
    ):
        asked = Asked(cluster.dial, place, schema, patience_s)
        return {
            **{name: _answer(asked, probe) for name, probe in probes.items()},
            "cases": {case.name: _answer_to(case, asked) for case in cases},
        }


def _answer(asked: Asked, probe: Probe) -> object:
    """Return what a probe finds, or why it was refused."""
    try:
        found = probe(asked)
    except psycopg2.Error as error:
        found = {"refused": f"{error.pgcode}: {error.diag.message_primary or type(error).__name__}"}
    except (BotoCoreError, ClientError, UntranslatableSql) as error:
        found = {"refused": str(error)}
    return _without_names(found, asked.place)


def _answer_to(case: Case, asked: Asked) -> object:
    """Return what came of a case, or that it was what the local warehouse makes of it."""

    def probe(_: Asked) -> object:
        with (
            closing(asked.dial()) as connection,
            fresh_schema(connection),
            remote_place(connection, asked.place.client, asked.place.url, asked.place.authorization) as place,
        ):
            found = replay(case, place)
            return "as expected" if found == expected(case, place) else found

    return _answer(asked, probe)


def _without_names(found: object, place: RemotePlace) -> object:
    """Return an answer with the names of accounts, buckets, hosts and users in its texts replaced."""
    if isinstance(found, Mapping):
        return {name: _without_names(value, place) for name, value in found.items()}
    if isinstance(found, list | tuple):
        return [_without_names(value, place) for value in found]
    if found is None or isinstance(found, bool | int | float):
        return found
    text = _NAMES.sub("<name>", str(found))
    given = place.connection.get_dsn_parameters()
    names = {given.get(name, "") for name in ("host", "user", "dbname")} | {place.bucket, place.key.strip("/")}
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "<name>", text)
    return text
