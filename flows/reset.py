"""The flow `sparkify-reset`: drop every table and create it again, empty; and delete what runs left beside them."""

from prefect import flow

from flows.outcome import readable_failure
from flows.parameters import TakeOver, WarehouseName
from tasks.lease import PATIENCE_S, hold
from tasks.provision.provisioning import renew_tables
from tasks.stage.work_folders import clear_all_work_folders
from tasks.validate.data_docs import prune_data_docs
from warehouse import open_warehouse


@flow(name="sparkify-reset")
@readable_failure
def reset(warehouse: WarehouseName = "local", take_over: TakeOver = False) -> None:
    """Drop and recreate every table of the warehouse: the star, staging and the audit tables. There is no way back.

    What runs left beside them goes too: work folders, pages of the Data Docs, and the local warehouse's load history.
    """
    target = open_warehouse(warehouse)
    with hold(target, PATIENCE_S, take_over=take_over):
        renew_tables(target, PATIENCE_S)
        clear_all_work_folders(target)
        prune_data_docs(target, 0)
