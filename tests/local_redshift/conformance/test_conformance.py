"""Every conformance case, on the local warehouse and, if one is given, on a Redshift cluster."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import boto3
import psycopg2
import pytest
from mypy_boto3_s3 import S3Client

from local_redshift.copy.command import options
from local_redshift.copy.command.authorization import AUTHORIZATIONS
from local_redshift.copy.convert.columns import SQL_TYPES
from tests.local_redshift.conformance.case import Case, read_cases
from tests.local_redshift.conformance.replay import (
    LocalPlace,
    Place,
    RemotePlace,
    expected,
    fresh_schema,
    remote_place,
    replay,
)
from tests.state import plain_connection
from tests.variants import often
from warehouse import WarehouseConnection

CASES = read_cases()
OF_THE_GUIDE = [case for case in CASES if case.name[:2].isdecimal()]
COPY_SOURCES = sorted(Path(options.__file__).parents[1].rglob("*.py"))
OFTEN = OF_THE_GUIDE[::6]
"""Those that are replayed on S3 each time; every case is replayed on files."""
NEEDS_A_CLUSTER = "needs --redshift-url and --bucket"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask Redshift about every case that is not for the local warehouse alone, if there is one to ask."""
    if "redshift_case" in metafunc.fixturenames:
        has_cluster = metafunc.config.getoption("--redshift-url") and metafunc.config.getoption("--bucket")
        asked = [pytest.param(case, id=case.name) for case in CASES if not case.local_only]
        skipped = pytest.param(None, id="none", marks=pytest.mark.skip(reason=NEEDS_A_CLUSTER))
        metafunc.parametrize("redshift_case", asked if has_cluster else [skipped])


@pytest.fixture
def local(connection: WarehouseConnection, tmp_path: Path) -> LocalPlace:
    return LocalPlace(connection, tmp_path)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_on_the_local_warehouse(case: Case, local: LocalPlace) -> None:
    assert replay(case, local) == expected(case, local)


@pytest.fixture
def remote(connection: WarehouseConnection, s3: S3Client) -> Iterator[RemotePlace]:
    """The local warehouse where a cluster would be, and an S3 server where S3 would be."""
    with fresh_schema(connection), remote_place(connection, s3, "s3://lake/cases", "IAM_ROLE default") as place:
        yield place
    assert s3.list_objects_v2(Bucket="lake")["KeyCount"] == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "case",
    often(OF_THE_GUIDE, OFTEN),
    ids=lambda case: case.name,
)
def test_a_case_where_a_cluster_would_run_it(case: Case, remote: RemotePlace) -> None:
    assert replay(case, remote) == expected(case, remote)


@pytest.fixture
def cluster(request: pytest.FixtureRequest) -> Iterator[Place]:
    """The cluster and the bucket that the command line names."""
    url, bucket, role = (request.config.getoption(name) for name in ("--redshift-url", "--bucket", "--iam-role"))
    authorization = f"IAM_ROLE '{role}'" if role else "IAM_ROLE default"
    with (
        closing(psycopg2.connect(url)) as connection,
        closing(boto3.client("s3")) as client,
        fresh_schema(connection),
        remote_place(connection, client, bucket, authorization) as place,
    ):
        yield place


@pytest.mark.redshift
def test_a_case_on_redshift(redshift_case: Case, cluster: Place) -> None:
    found, wanted = replay(redshift_case, cluster), expected(redshift_case, cluster)
    if redshift_case.unconfirmed and found != wanted:
        pytest.xfail(f"{redshift_case.unconfirmed}: found {found}")
    assert found == wanted


def test_a_fresh_schema_is_alone_on_the_search_path() -> None:
    """Redshift refuses a path with a schema that it does not have."""
    with closing(plain_connection()) as connection, fresh_schema(connection) as schema, connection.cursor() as cursor:
        cursor.execute("SHOW search_path")
        assert cursor.fetchall() == [(schema,)]


def test_names_are_unique_and_the_guides_cases_are_all_there() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    assert {int(case.name[:2]) for case in OF_THE_GUIDE} == set(range(1, 26))
    assert len(CASES) >= 85


def test_every_option_has_a_case() -> None:
    known = AUTHORIZATIONS | options.SETTINGS.keys() | options.WITHOUT_EFFECT | options.FLAGS.keys()
    refused = options.NOT_WITH_JSON | options.FORMATS | options.ENCRYPTION
    words = {word for case in CASES for word in re.findall(r"[A-Z_0-9]+", case.statement)}
    assert (known | options.NUMBERS.keys() | refused) - words == set()


def test_every_type_has_a_case() -> None:
    types = {sql_type.partition("(")[0] for sql_type in SQL_TYPES.values()}
    tables = " ".join(case.table for case in CASES if case.failure is None)
    assert {name for name in types if not re.search(rf"\b{name}\b", tables)} == set()


def test_every_error_code_has_a_case() -> None:
    raised = {int(code) for path in COPY_SOURCES for code in re.findall(r"\b(?:12[0-2]\d|8001)\b", path.read_text())}
    covered = {error[2] for case in CASES for error in case.errors}
    assert raised - {8001} - covered == set()
    assert raised - {8001} == {1204, 1205, 1206, 1207, 1210, 1213, 1216, 1218, 1220, 1222}
