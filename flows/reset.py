"""The flow `sparkify-reset`: drop every table and create it again, empty."""

from contextlib import closing

from prefect import flow

from flows.outcome import ends_in_a_sentence
from tasks.batch import PATIENCE_S, hold_warehouse
from tasks.provisioning import renew_tables
from warehouse import open_warehouse


@flow(name="sparkify-reset")
@ends_in_a_sentence
def reset(warehouse: str = "local") -> None:
    """Drop and recreate every table of the warehouse: the star, staging and the books. There is no way back."""
    target = open_warehouse(warehouse)
    with closing(hold_warehouse(target, PATIENCE_S)):
        renew_tables(target, PATIENCE_S)
