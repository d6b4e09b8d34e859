"""The build steps of `prefect.yaml`: what Prefect runs before it makes a deployment."""

from typing import TypedDict

from prefect.client.orchestration import get_client

from deployments.blocks import find_block_id, redshift_block


class Block(TypedDict):
    """A block, and whether the server has it."""

    name: str
    is_saved: bool


def find_block() -> Block:
    """Find the block of the Redshift deployments.

    Raises:
        ValueError: what SPARKIFY_WAREHOUSE has is not the name of one.
    """
    name = redshift_block()
    with get_client(sync_client=True) as client:
        return {"name": name, "is_saved": find_block_id(client, name) is not None}
