"""Send what a run does to a collector of lineage, beside the run: it neither waits for it for long nor fails for it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from prefect import runtime

from tasks.lineage.work import Told, Work, parent_of_run
from tasks.publish.publication import Delivery, Publication
from tasks.run_log import run_logger
from warehouse import Warehouse, failure_message, in_one_line

WAIT_S = 2.0
"""How long a run waits in the end for what it has sent."""
FILE = "openlineage.yml"
PUBLISHED: ContextVar[list[tuple[Delivery, Publication]] | None] = ContextVar("published", default=None)


def is_configured() -> bool:
    """Tell whether OpenLineage has a configuration, where its client looks for one, and is not disabled."""
    if os.environ.get("OPENLINEAGE_DISABLED", "").strip().lower() == "true":
        return False
    named = any(os.environ.get(name) for name in ("OPENLINEAGE_URL", "OPENLINEAGE_CONFIG"))
    own = any(name.startswith("OPENLINEAGE__") for name in os.environ)
    return named or own or any((folder / FILE).is_file() for folder in (Path.cwd(), Path.home() / ".openlineage"))


def note_published(delivery: Delivery, publication: Publication) -> None:
    """Note what a batch did, for the lineage of the run."""
    if (published := PUBLISHED.get()) is not None:
        published.append((delivery, publication))


@contextmanager
def traced(flow: str, warehouse: Warehouse) -> Iterator[None]:
    """Send how the body, a run of a flow, starts and ends, and what it read and wrote, where lineage is configured."""
    if not is_configured():
        yield
        return
    work = Work(flow, str(runtime.flow_run.id), warehouse, parent_of_run())
    sender, published = _Sender(), list[tuple[Delivery, Publication]]()
    token = PUBLISHED.set(published)
    sender.send(work.started)
    try:
        yield
    except Exception as error:
        message = failure_message(error)
        sender.send(lambda: work.failed(message, published))
        raise
    except BaseException:
        sender.send(lambda: work.ended("ABORT", published))
        raise
    else:
        sender.send(lambda: work.ended("COMPLETE", published))
    finally:
        PUBLISHED.reset(token)
        if why := sender.close():
            run_logger().warning("lineage is not complete: %s; see the collector that OpenLineage's settings name", why)


class _Sender:
    """Sends events one after the other, in a thread that ends with the process."""

    def __init__(self) -> None:
        self._events = SimpleQueue[Callable[[], Told] | None]()
        self._why = ""
        self._thread = Thread(target=self._work, daemon=True, name="lineage")
        self._thread.start()

    def send(self, event: Callable[[], Told]) -> None:
        """Send what this returns when it is its turn."""
        self._events.put(event)

    def close(self) -> str:
        """Wait for a moment until all is sent; return why it is not."""
        self._events.put(None)
        self._thread.join(WAIT_S)
        return self._why or (f"it was not sent within {WAIT_S:.0f} s" if self._thread.is_alive() else "")

    def _work(self) -> None:
        try:
            from openlineage.client import OpenLineageClient  # noqa: PLC0415 - where it is configured

            client = OpenLineageClient()
            while (event := self._events.get()) is not None:
                for each in event():
                    client.emit(each)
            client.close(WAIT_S)
        except Exception as error:  # noqa: BLE001 - the run goes on without it
            self._why = in_one_line(error)
