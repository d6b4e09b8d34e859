"""What can go wrong in a warehouse, as one tree. Every message names the place, the value and the remedy.

Its root and what can go wrong in a lake are in `lake.errors`, what is wrong with a statement in `client.errors`.

WarehouseError
├── WarehouseUnavailable   the warehouse cannot be started or reached
│   ├── RoleNotReady       AWS does not know yet an IAM role that was just made
│   └── LoginRefused       the warehouse does not take a temporary login, such as one that has expired
├── WarehouseBusy          another run holds the warehouse
├── DamagedWarehouse       a table, a column or rows are gone that the ledger lists
├── WrongVersion           tables of a version that this code does not know, or may not bring up to date by itself
├── UntranslatableSql      a statement that the local warehouse cannot run as Redshift would
├── StorageError           a lake URL that is malformed, missing, empty or not readable
├── CopyError              a COPY that rejected rows; the message names the first ten
├── LakeChanged            keys of the lake's objects that changed in a way that their policy refuses
├── BudgetExceeded         more rows would have to be quarantined than the budget allows
└── ConservationError      counts that do not add up: a row would have been lost or doubled
"""

from lake.errors import WarehouseError, WarehouseUnavailable
from lake.printable import printable, printable_lines


class RoleNotReady(WarehouseUnavailable):
    """AWS does not know the IAM role yet: changes of IAM reach other services some seconds later."""


class LoginRefused(WarehouseUnavailable):
    """The warehouse does not take a temporary login: its user is not made yet, or it has expired by its clock."""


class WarehouseBusy(WarehouseError):
    """Another run holds the warehouse; the message has which and since when."""


class DamagedWarehouse(WarehouseError):
    """A table, a column or rows are gone that ought to be there; the message has which, and how to get them back."""


class WrongVersion(WarehouseError):
    """The tables are of a version that this code does not know, or that it may not bring up to date by itself."""


class CopyError(WarehouseError):
    """A COPY that rejected rows; the message names the first ten by file, line, column and value."""


class LakeChanged(WarehouseError):
    """Keys of the lake's objects changed in a way that their policy refuses; the message names them and their files."""


class BudgetExceeded(WarehouseError):
    """More rows would have to be quarantined than the budget allows; the message names the first ten."""


class ConservationError(WarehouseError):
    """Counts that do not add up: a row would have been lost or doubled."""


def in_one_line(error: BaseException) -> str:
    """Return the message of an error as one line, or the name of its class if it has none."""
    lines = [printable(line.strip()) for line in str(error).splitlines() if line.strip()]
    return "; ".join(lines) or type(error).__name__


def failure_message(error: BaseException) -> str:
    """Return what a person needs to know of an error; one that nobody foresaw is one line that names its class."""
    name = type(error).__name__
    if isinstance(error, WarehouseError | OSError | ValueError) or name == "ExpectationsFailed":
        return printable_lines(str(error).strip()) or name
    line = in_one_line(error)
    return line if line == name else f"{name}: {line}"
