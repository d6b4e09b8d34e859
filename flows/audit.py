"""The flow `sparkify-audit`: the star's suites over whole tables, not only what the last batch touched."""

from prefect import flow, runtime

from flows.outcome import ends_in_a_sentence
from flows.parameters import WarehouseName
from tasks.quality import Validated, audit_star
from warehouse import open_warehouse


@flow(name="sparkify-audit", timeout_seconds=4 * 3600)
@ends_in_a_sentence
def audit(warehouse: WarehouseName = "local") -> Validated:
    """Validate every row of the star; fails if a critical expectation does."""
    return audit_star(open_warehouse(warehouse), f"audit-{runtime.flow_run.name}")
