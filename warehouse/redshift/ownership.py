"""What this project made on AWS, and for which warehouse: two tags tell. Without them nothing is changed or deleted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from warehouse.errors import WarehouseError

MADE_BY = "sparkify:made-by"
PROJECT = "sparkify-warehouse"
WAREHOUSE = "sparkify:warehouse"


State = Literal["created", "found", "changed", "deleted", "kept"]


@dataclass(frozen=True)
class Resource:
    """What a step found or did on AWS, for the log and the report."""

    kind: str
    name: str
    state: State
    detail: str = ""


def tags(warehouse: str) -> dict[str, str]:
    """Return the tags of what is made for a warehouse."""
    return {MADE_BY: PROJECT, WAREHOUSE: warehouse}


def listed(mapping: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Write tags as AWS takes them."""
    return [{key: name, value: text} for name, text in mapping.items()]


def mapped(pairs: Iterable[Mapping[str, str]], key: str = "Key", value: str = "Value") -> dict[str, str]:
    """Read tags as AWS gives them."""
    return {pair[key]: pair[value] for pair in pairs}


def made(*, created: bool, changed: bool) -> State:
    """Name what making sure of something came to."""
    return "created" if created else "changed" if changed else "found"


def is_ours(found: Mapping[str, str], warehouse: str) -> bool:
    """Tell whether something with these tags was made for the warehouse."""
    return tags(warehouse).items() <= found.items()


def require_ours(kind: str, name: str, found: Mapping[str, str], warehouse: str) -> None:
    """Check that something was made for the warehouse.

    Raises:
        WarehouseError: it was made by somebody else, or for another warehouse.
    """
    if is_ours(found, warehouse):
        return
    owner = f"belongs to warehouse {found[WAREHOUSE]}" if WAREHOUSE in found else "was not made by this project"
    raise WarehouseError(
        f"{warehouse}: {kind} {name!r} exists and {owner}, so it is left alone; give the block another name for it, "
        f"or hand it over with the tags {MADE_BY}={PROJECT} and {WAREHOUSE}={warehouse}"
    )
