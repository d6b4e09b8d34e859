"""The flow `sparkify-audit`: suites over the whole star, and every row of it against what the lake tables give."""

from prefect import flow, runtime

from flows.outcome import readable_failure
from flows.parameters import KeptDataDocs, WarehouseName
from tasks.validate.data_docs import prune_data_docs
from tasks.validate.quality import Validated, audit_star
from warehouse import open_warehouse


@flow(name="sparkify-audit", timeout_seconds=4 * 3600)
@readable_failure
def audit(warehouse: WarehouseName = "local", keep_data_docs: KeptDataDocs = 100) -> Validated:
    """Validate every row of the star, and prove that it is what the lake tables give, and they match the ledger."""
    target = open_warehouse(warehouse)
    validated = audit_star(target, f"audit-{runtime.flow_run.name}")
    prune_data_docs(target, keep_data_docs)
    return validated
