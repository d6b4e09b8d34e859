"""The flow `sparkify-insights`: the report on the star, as one page."""

from pathlib import Path

from prefect import flow

from flows.outcome import readable_failure
from flows.parameters import ReportFile, WarehouseName
from flows.roots import report_file
from tasks.insights import query_star
from tasks.insights_report import write_report
from warehouse import open_warehouse


@flow(name="sparkify-insights", timeout_seconds=3600)
@readable_failure
def insights(warehouse: WarehouseName = "local", out: ReportFile = None) -> Path:
    """Query the star for the report, and write it as one HTML page that opens from disk."""
    file = report_file(out)
    return write_report(query_star(open_warehouse(warehouse), warehouse), file)
