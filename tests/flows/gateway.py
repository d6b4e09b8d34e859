"""A way to Prefect's server that a test can cut off, as if the server had gone."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from threading import Thread
from urllib.parse import urlsplit

from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings


class Gateway:
    """Passes on what it gets to the server at `target`, until it is closed."""

    def __init__(self, target: str) -> None:
        found = urlsplit(target)
        self._target = (str(found.hostname), int(found.port or 80))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open = [self._listener]
        self.api = f"http://127.0.0.1:{self._listener.getsockname()[1]}{found.path}"
        Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Refuse every connection, and break off those that are open."""
        for opened in self._open:
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
            opened.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                ends = (self._listener.accept()[0], socket.create_connection(self._target))
                self._open += ends
                for source, sink in (ends, ends[::-1]):
                    Thread(target=_pass_on, args=(source, sink), daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def cut_off_at_will(api: str) -> Iterator[Gateway]:
    """Use the server at `api` through a gateway in the body, without trying again what fails."""
    with (
        closing(Gateway(api)) as gateway,
        temporary_settings({PREFECT_API_URL: gateway.api, PREFECT_CLIENT_MAX_RETRIES: 0}),
    ):
        yield gateway
