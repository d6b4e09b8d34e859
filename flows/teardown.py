"""The flow `sparkify-teardown`: delete what this project made on AWS for a warehouse."""

from prefect import flow

from flows.outcome import readable_failure
from flows.parameters import BlockName, Confirm, NoSnapshot
from tasks.provision.infrastructure import on_aws
from tasks.provision.teardown import remove_infrastructure, require_confirmed
from warehouse import open_warehouse
from warehouse.redshift.ownership import Resource


@flow(name="sparkify-teardown")
@readable_failure
def teardown(warehouse: BlockName, confirm: Confirm, no_snapshot: NoSnapshot = False) -> list[Resource]:
    """Delete compute, ingress, role and work bucket, as far as they were made for the warehouse; safe to repeat."""
    target = on_aws(open_warehouse(warehouse))
    require_confirmed(warehouse, confirm)
    return remove_infrastructure(target, no_snapshot=no_snapshot)
