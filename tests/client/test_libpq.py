"""A connection depends on what it is given alone: no variable and no file of libpq's reaches it."""

import ctypes
import datetime
import os
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread

import psycopg2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from client import libpq
from local_redshift import postgres_server
from tests.variants import often
from warehouse import connect
from warehouse.home import home
from warehouse.redshift.compute import Endpoint, Login
from warehouse.redshift.connection import dial, parameters

NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
SESSION = "SELECT name, setting, source FROM pg_settings ORDER BY name"
PLAUSIBLE = {
    "PGTZ": "Asia/Tokyo",
    "PGDATESTYLE": "SQL, DMY",
    "PGGEQO": "off",
    "PGOPTIONS": "-c extra_float_digits=-3 -c search_path=nowhere",
    "PGPORT": "5439",
    "PGCLIENTENCODING": "LATIN1",
    "PGAPPNAME": "canary",
    "PGSSLMODE": "verify-full",
    "PGTARGETSESSIONATTRS": "standby",
}
"""Values that would be obeyed rather than refused."""
WITHOUT_PARAMETER = {"PGSERVICEFILE", "PGSYSCONFDIR", "PGREQUIRESSL", "PGLOCALEDIR", *libpq.ENVIRONMENT_ONLY}


class Option(ctypes.Structure):
    """libpq's PQconninfoOption."""

    _fields_ = [
        *((name, ctypes.c_char_p) for name in ("keyword", "envvar", "compiled", "value", "label", "display")),
        ("size", ctypes.c_int),
    ]


def options() -> Iterator[tuple[str, str]]:
    """Give libpq's parameters that a variable can set, and the variable, as libpq itself lists them."""
    library = ctypes.CDLL(psycopg2._psycopg.__file__)
    library.PQconndefaults.restype = ctypes.POINTER(Option)
    for option in library.PQconndefaults():
        if option.keyword is None:
            return
        if option.envvar is not None:
            yield option.keyword.decode(), option.envvar.decode()


def local() -> tuple[object, ...]:
    with closing(connect(read_only=False)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT '01/11/2018'::DATE, '2018-11-01 00:00+02'::TIMESTAMPTZ::TIMESTAMP")
        return cursor.fetchall(), *everything_about(connection)


def redshift() -> tuple[object, ...]:
    """Dial as Redshift is dialled, and reach the embedded server."""
    given = parameters(Endpoint(str(folder()), 5432), Login("sparkify", "password", NOON), "sparkify", "prefer")
    with closing(dial(given)) as connection:
        return everything_about(connection)


def folder() -> Path:
    return postgres_server.start(home())


def everything_about(connection: psycopg2.extensions.connection) -> tuple[object, ...]:
    with connection.cursor(cursor_factory=psycopg2.extensions.cursor) as cursor:
        cursor.execute(SESSION)
        return cursor.fetchall(), connection.info.dsn_parameters, connection.encoding


VARIABLES = sorted({variable for _, variable in options()} | WITHOUT_PARAMETER)


@pytest.mark.parametrize(
    "variables",
    often([VARIABLES, *([variable] for variable in VARIABLES)]),
    ids=lambda names: names[0] if len(names) == 1 else "all",
)
def test_no_variable_of_libpq_reaches_a_connection(variables: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert not os.environ.keys() & {*variables}
    expected = local(), redshift()
    for values in ({}, PLAUSIBLE):
        for variable in variables:
            monkeypatch.setenv(variable, values.get(variable, "1" if values else "nonsense"))
        assert (local(), redshift()) == expected
        kept = subprocess.run(["printenv", *variables], capture_output=True, text=True, check=True)
        assert kept.stdout.split("\n")[:-1] == [os.environ[variable] for variable in variables]


def test_every_parameter_that_a_variable_can_set_is_given() -> None:
    given_always = {"host", "user", "dbname"}
    assert {keyword for keyword, _ in options()} - libpq.DEFAULTS.keys() - given_always == {"service"}


def test_variables_are_hidden_until_the_last_of_several_threads_has_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSERVICE", "nowhere")
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        given: libpq.Parameters = {"host": "127.0.0.1", "port": silent.getsockname()[1], "user": "u", "dbname": "d"}
        waiting = Thread(target=lambda: suppress_and_dial(given))
        waiting.start()
        accepted, _ = silent.accept()  # the other thread is in the middle of it now
        assert subprocess.run(["printenv", "PGSERVICE"], check=False, capture_output=True).stdout == b""
        local()
        assert subprocess.run(["printenv", "PGSERVICE"], check=False, capture_output=True).stdout == b""
        assert os.environ["PGSERVICE"] == "nowhere"
        accepted.close()
        waiting.join()
    assert subprocess.run(["printenv", "PGSERVICE"], check=True, capture_output=True).stdout == b"nowhere\n"


def suppress_and_dial(given: libpq.Parameters) -> None:
    with suppress(psycopg2.OperationalError):
        libpq.connect(psycopg2.extensions.connection, given)


def test_a_password_file_is_not_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".pgpass").write_text("*:*:*:*:canary\n")
    (tmp_path / ".pgpass").chmod(0o644)  # at which libpq grumbles
    local()
    redshift()
    assert capfd.readouterr().err == ""


def test_certificates_in_the_home_folder_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    private = ec.generate_private_key(ec.SECP256R1())
    certificate, revoked = self_signed(private)
    key = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem = tmp_path / "server.pem"
    pem.write_bytes(certificate + key)
    files = tmp_path / ".postgresql"
    files.mkdir()
    (files / "postgresql.crt").write_text("no certificate")
    (files / "root.crt").write_text("no certificate")
    (files / "root.crl").write_bytes(revoked)
    with TlsServer(pem) as server:
        given = parameters(Endpoint("localhost", server.port), Login("u", "p", NOON), "d", "verify-full")
        with pytest.raises(psycopg2.OperationalError, match="the handshake is done"):
            dial(given | {"hostaddr": "127.0.0.1", "sslrootcert": str(pem)})


def self_signed(key: ec.EllipticCurvePrivateKey) -> tuple[bytes, bytes]:
    """Return a certificate for localhost, and a list of its issuer that revokes it."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - day, now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    entry = x509.RevokedCertificateBuilder(certificate.serial_number, now - day).build()
    revoked = x509.CertificateRevocationListBuilder(name, now - day, now + day, [], [entry]).sign(key, SHA256())
    return certificate.public_bytes(Encoding.PEM), revoked.public_bytes(Encoding.PEM)


class TlsServer:
    """A server that speaks TLS as PostgreSQL does, and refuses whoever has shaken hands."""

    def __init__(self, pem: Path) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pem)
        self._context.verify_mode = ssl.CERT_OPTIONAL
        self._context.load_verify_locations(pem)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = Thread(target=self._serve)
        self.port = self._socket.getsockname()[1]

    def __enter__(self) -> "TlsServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        accepted, _ = self._socket.accept()
        accepted.settimeout(10)  # for whoever does not get so far
        accepted.recv(8)
        accepted.sendall(b"S")
        with suppress(OSError), self._context.wrap_socket(accepted, server_side=True) as shaken:
            shaken.recv(4096)
            fields = b"SFATAL\0VFATAL\0C28000\0Mthe handshake is done\0\0"
            shaken.sendall(b"E" + (len(fields) + 4).to_bytes(4) + fields)
