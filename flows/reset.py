"""The flow `sparkify-reset`: drop every table and create it again, empty."""

from prefect import flow

from flows.outcome import ends_in_a_sentence
from tasks.provisioning import drop_tables, provision
from warehouse import open_warehouse


@flow(name="sparkify-reset")
@ends_in_a_sentence
def reset(warehouse: str = "local") -> None:
    """Drop and recreate every table of the warehouse: the star, staging and the books. There is no way back."""
    target = open_warehouse(warehouse)
    drop_tables(target)
    provision(target)
