"""The flow `sparkify-provision`: from a saved block to an empty star."""

from prefect import flow

from flows.outcome import readable_failure
from flows.parameters import Migrate, TakeOver, WarehouseName
from tasks.lease import PATIENCE_S, hold
from tasks.provision.infrastructure import identify_warehouse, make_infrastructure
from tasks.provision.integrity import prepare_tables
from warehouse import open_warehouse
from warehouse.redshift.ownership import Resource


@flow(name="sparkify-provision")
@readable_failure
def provision_warehouse(
    warehouse: WarehouseName = "local", migrate: Migrate = False, take_over: TakeOver = False
) -> list[Resource]:
    """Make what is missing on AWS, the schema and the tables; safe to repeat, also after it broke off half-way."""
    identify_warehouse(warehouse)
    target = open_warehouse(warehouse)
    resources = make_infrastructure(target)
    with hold(target, PATIENCE_S, take_over=take_over):
        prepare_tables(target, migrate=migrate)
    return resources
