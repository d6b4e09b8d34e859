"""The flow `sparkify-resume`: start a paused cluster again."""

from prefect import flow

from flows.outcome import readable_failure
from flows.parameters import BlockName
from tasks.provision.infrastructure import on_aws
from tasks.provision.lifecycle import resume
from warehouse import open_warehouse


@flow(name="sparkify-resume")
@readable_failure
def resume_warehouse(warehouse: BlockName) -> None:
    """Resume the cluster, and wait until it is available."""
    resume(on_aws(open_warehouse(warehouse)))
