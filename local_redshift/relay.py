"""A door from TCP to the embedded PostgreSQL, which listens on no network address itself, for the analyst alone.

PostgreSQL takes whoever reaches its socket for whom he says he is, the owner too. So a client's first packet is read
and written anew here, and names the analyst or goes no further; of him PostgreSQL wants a password. What follows passes
as it is (PostgreSQL manual, protocol-message-formats: StartupMessage, SSLRequest, GSSENCRequest, CancelRequest).
"""

import asyncio
import socket
import struct
from contextlib import suppress
from functools import partial
from pathlib import Path

from local_redshift.postgres_database import ANALYST
from local_redshift.postgres_home import socket_of
from local_redshift.postgres_settings import SOCKET

CANCEL, ENCRYPTIONS = 80877102, (80877103, 80877104)
VERSION_3 = 3
LONGEST_BYTES = 10_000
PATIENCE_S = 10.0
"""How long a client may take to say who it is."""
READ_BYTES = 1 << 16


class _Refused(Exception):
    """What a client is told that goes no further, with the SQLSTATE."""

    def __init__(self, sqlstate: str, reason: str) -> None:
        super().__init__(reason)
        self.sqlstate = sqlstate


async def relay(home: Path, listener: socket.socket, ended: asyncio.Event) -> None:
    """Let clients of a listening socket talk to the server of this home, until the event."""
    server = await asyncio.start_server(partial(_admit, home), sock=listener)
    await ended.wait()
    server.close()  # those who talk are let go with the loop


async def _admit(home: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read who a client is, and pass on what it says."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            first = await _first_packet(reader, writer)
        upstream = await _connect(home)
        upstream[1].write(first)
        await _exchange((reader, writer), upstream)
    except _Refused as refusal:
        writer.write(_error(refusal.sqlstate, str(refusal)))
        with suppress(OSError):
            await writer.drain()
    except (OSError, EOFError, TimeoutError, asyncio.CancelledError):  # it has gone or says nothing, or we end
        pass
    finally:
        writer.close()


async def _first_packet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Return the packet that begins a session of the analyst, or cancels a statement, whose key is its proof."""
    while True:
        size, code = struct.unpack("!ii", await reader.readexactly(8))
        if not 8 <= size <= LONGEST_BYTES:
            raise _Refused("08P01", "this is no client of PostgreSQL")
        content = await reader.readexactly(size - 8)
        if code == CANCEL:
            return struct.pack("!ii", size, code) + content
        if code not in ENCRYPTIONS:
            return _as_analyst(code, content)
        writer.write(b"N")  # nothing leaves this machine


def _as_analyst(version: int, content: bytes) -> bytes:
    """Return the packet with these parameters, each once, as far as it is the analyst's."""
    words = content.split(b"\0")
    parameters = dict(zip(words[0:-2:2], words[1:-2:2], strict=False))
    if version >> 16 != VERSION_3:
        raise _Refused("0A000", "only version 3 of PostgreSQL's protocol is spoken here")
    if parameters.get(b"user") != ANALYST.encode():
        raise _Refused("28000", f"log in as {ANALYST}, with the password that sparkify serve names")
    body = b"".join(name + b"\0" + value + b"\0" for name, value in parameters.items()) + b"\0"
    return struct.pack("!ii", len(body) + 8, version) + body


async def _connect(home: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    folder = socket_of(home)
    try:
        if folder:
            return await asyncio.open_unix_connection(str(folder / SOCKET))
    except OSError as error:
        raise _Refused("57P03", f"the warehouse cannot be reached: {error}") from error
    raise _Refused("57P03", "the warehouse was stopped: any command starts it, such as sparkify sql 'SELECT 1'")


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _exchange(client: Stream, server: Stream) -> None:
    """Pass on what each says to the other, until one of them ends."""
    ways = {asyncio.create_task(_pass_on(client[0], server[1])), asyncio.create_task(_pass_on(server[0], client[1]))}
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        server[1].close()


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while content := await source.read(READ_BYTES):
            target.write(content)
            await target.drain()


def _error(sqlstate: str, reason: str) -> bytes:
    """Return PostgreSQL's ErrorResponse."""
    fields = {"S": "FATAL", "V": "FATAL", "C": sqlstate, "M": reason}
    body = b"".join(f"{name}{text}".encode() + b"\0" for name, text in fields.items()) + b"\0"
    return b"E" + struct.pack("!i", len(body) + 4) + body
