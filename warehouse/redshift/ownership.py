"""What this project made on AWS, and for which warehouse, by three tags. Without them nothing is changed or deleted.

Blocks of two Prefect servers may have one name. So each has a random id, which `provision` gives it. What older code
made has no id: `provision` adopts it, and nothing else does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from lake.errors import WarehouseError
from warehouse.redshift.settings import Settings

MADE_BY = "sparkify:made-by"
PROJECT = "sparkify-warehouse"
WAREHOUSE = "sparkify:warehouse"
WAREHOUSE_ID = "sparkify:warehouse-id"


State = Literal["created", "found", "changed", "deleted", "kept"]


@dataclass(frozen=True)
class Resource:
    """What a step found or did on AWS, for the log and the report."""

    kind: str
    name: str
    state: State
    detail: str = ""


def tags(settings: Settings) -> dict[str, str]:
    """Return the tags of what is made for a warehouse; a block that was never provisioned has no id."""
    tags = {MADE_BY: PROJECT, WAREHOUSE: settings.name}
    return tags if settings.warehouse_id is None else {**tags, WAREHOUSE_ID: settings.warehouse_id}


def listed(mapping: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Write tags as AWS takes them."""
    return [{key: name, value: text} for name, text in mapping.items()]


def mapped(pairs: Iterable[Mapping[str, str]], key: str = "Key", value: str = "Value") -> dict[str, str]:
    """Read tags as AWS gives them."""
    return {pair[key]: pair[value] for pair in pairs}


def made(*, created: bool, changed: bool) -> State:
    """Name what making sure of something came to."""
    return "created" if created else "changed" if changed else "found"


def is_ours(found: Mapping[str, str], settings: Settings) -> bool:
    """Tell whether something with these tags was made for the warehouse."""
    return tags(settings).items() <= found.items() and found.get(WAREHOUSE_ID) == settings.warehouse_id


def is_older(found: Mapping[str, str], settings: Settings) -> bool:
    """Tell whether older code made something for a warehouse of this name: it has no id yet."""
    return found.get(MADE_BY) == PROJECT and found.get(WAREHOUSE) == settings.name and WAREHOUSE_ID not in found


def require_ours(kind: str, name: str, found: Mapping[str, str], settings: Settings) -> None:
    """Check that something was made for the warehouse.

    Raises:
        WarehouseError: it was made by somebody else, or for another warehouse.
    """
    if is_ours(found, settings):
        return
    warehouse, wanted = settings.name, " and ".join(f"{key}={value}" for key, value in tags(settings).items())
    if is_older(found, settings):
        raise WarehouseError(
            f"{warehouse}: {kind} {name!r} was made by an older version of this project, without an id; "
            f"run: sparkify provision --warehouse {warehouse}"
        )
    raise WarehouseError(
        f"{warehouse}: {kind} {name!r} exists and {_owner(found, settings)}, so it is left alone; give the block "
        f"another name for it, or hand it over with the tags {wanted}"
    )


def require_ours_or_older(kind: str, name: str, found: Mapping[str, str], settings: Settings) -> bool:
    """Check that something was made for the warehouse; return whether older code made it, so that it is to be adopted.

    Raises:
        WarehouseError: it was made by somebody else, or for another warehouse.
    """
    adopts = settings.warehouse_id is not None and is_older(found, settings)
    if not adopts:
        require_ours(kind, name, found, settings)
    return adopts


def why_kept(found: Mapping[str, str], settings: Settings) -> str:
    """Say why a teardown leaves something alone."""
    if is_older(found, settings):
        return f"made by an older version: run sparkify provision --warehouse {settings.name}, then teardown again"
    return "was not made for this warehouse"


def is_deletable(found: Mapping[str, str], settings: Settings) -> bool:
    """Tell whether a teardown may delete something: the warehouse has an id, and so has what was made for it."""
    return settings.warehouse_id is not None and is_ours(found, settings)


def _owner(found: Mapping[str, str], settings: Settings) -> str:
    if WAREHOUSE not in found:
        return "was not made by this project"
    if found[WAREHOUSE] != settings.name:
        return f"belongs to warehouse {found[WAREHOUSE]}"
    given = found.get(WAREHOUSE_ID)
    return f"belongs to a block of this name whose warehouse_id is {given} (if that is this one, write the id into it)"
