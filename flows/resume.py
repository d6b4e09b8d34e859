"""The flow `sparkify-resume`: start a paused cluster again."""

from prefect import flow

from tasks.infrastructure import on_aws
from tasks.lifecycle import resume
from warehouse import open_warehouse


@flow(name="sparkify-resume")
def resume_warehouse(warehouse: str) -> None:
    """Resume the cluster, and wait until it is available."""
    resume(on_aws(open_warehouse(warehouse)))
