"""Why a run failed, as the table `batches` keeps it."""

from asyncio import CancelledError

from prefect.exceptions import TerminationSignal

from warehouse import failure_message

REASON_BYTES = 4096
"""How long `batches.reason` is; Redshift counts bytes."""


def reason_of(error: BaseException) -> str:
    """Return why a run failed: its message, as long as the column, or what ended it."""
    if isinstance(error, Exception | CancelledError):
        if interrupt_behind(error):
            return "the run was interrupted"
        return message_of(error).encode()[:REASON_BYTES].decode(errors="ignore")
    return "the run was interrupted"


def message_of(error: Exception | CancelledError) -> str:
    """Return what failed; Prefect's time limits raise a CancelledError."""
    return "the time limit was reached" if isinstance(error, CancelledError) else failure_message(error)


def interrupt_behind(error: BaseException) -> KeyboardInterrupt | TerminationSignal | None:
    """Return the interrupt that an error was raised for, or while handling; Prefect makes its own of SIGTERM."""
    behind = error.__cause__ or error.__context__
    if behind is None or isinstance(behind, KeyboardInterrupt | TerminationSignal):
        return behind
    return interrupt_behind(behind)
