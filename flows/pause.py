"""The flow `sparkify-pause`: stop paying for the nodes of a cluster that is not used."""

from prefect import flow

from flows.outcome import readable_failure
from flows.parameters import BlockName
from tasks.provision.infrastructure import on_aws
from tasks.provision.lifecycle import pause
from warehouse import open_warehouse


@flow(name="sparkify-pause")
@readable_failure
def pause_warehouse(warehouse: BlockName) -> None:
    """Pause the cluster, and wait until it is paused; its data stays."""
    pause(on_aws(open_warehouse(warehouse)))
