"""Saved blocks: which one the Redshift deployments are for, and whether the server has it."""

import os
import re

from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound

from warehouse.names import BLOCK_NAME

WAREHOUSE, USUAL = "SPARKIFY_WAREHOUSE", "redshift-cluster/prod"


def redshift_block() -> str:
    """Return the name of the block that the environment names, or the usual one.

    Raises:
        ValueError: what the environment has is not the name of one.
    """
    name = os.environ.get(WAREHOUSE) or USUAL
    if not re.fullmatch(BLOCK_NAME, name):
        raise ValueError(f"{WAREHOUSE}={name} names no block: give type/name, such as {USUAL} ('prefect block ls')")
    return name


def find_block_id(client: SyncPrefectClient, block: str) -> str | None:
    """Return the id of a block, such as `slack-webhook/on-call`; None where the server has no such block."""
    slug, _, name = block.partition("/")
    try:
        return str(client.read_block_document_by_name(name, slug).id)
    except ObjectNotFound:
        return None
