"""Write the report, and keep a summary of it and a link to it as artifacts of the run."""

from pathlib import Path

from prefect.artifacts import create_link_artifact, create_markdown_artifact

from lake.clock import utc_now
from lake.folders import make_private
from lake.object_store import FILE_SCHEME
from lake.whole_file import whole_file
from reports.answers import Insights
from reports.insights_page import covered, last_play, render, tiles
from reports.links import address
from tasks.best_effort import best_effort
from tasks.markdown import markdown
from tasks.run_log import run_logger
from tasks.steps import step
from tasks.validate.data_docs import markdown_link
from warehouse.home import home

SUMMARY_KEY, LINK_KEY = "sparkify-insights-summary", "sparkify-insights-report"


@step("write report")
def write_report(insights: Insights, out: Path | None) -> Path:
    """Write the page to `out`, or else to `reports/insights.html` under SPARKIFY_HOME.

    Raises:
        OSError: the file cannot be written.
    """
    path = (out or home() / "reports/insights.html").expanduser().absolute()
    if out is None:
        make_private(path.parent)
    path.parent.mkdir(parents=True, exist_ok=True)
    page = render(insights, path)
    with whole_file(path) as file:
        file.write(page)
    with best_effort("Prefect's server has no summary of the report", f"open {path}"):
        create_markdown_artifact(
            summary(insights), key=SUMMARY_KEY, description=f"Key figures of the {covered(insights, utc_now())}"
        )
        create_link_artifact(
            address(f"{FILE_SCHEME}{path}"), link_text=markdown(path.name), key=LINK_KEY, description="The whole report"
        )
    run_logger().info("%s, %d kB", path, path.stat().st_size // 1000)
    return path


def summary(insights: Insights) -> str:
    """Return the headline numbers as a Prefect artifact shows them."""
    if not insights.answers:
        return "# Sparkify insights\n\nThe star holds no plays yet."
    lines = [f"The last play: {last_play(insights, utc_now())}", "", f"# Sparkify, the {covered(insights, utc_now())}"]
    lines += ["", markdown(f"This is {insights.sample_data}")] * bool(insights.sample_data)
    lines += ["", "| | | change |", "|---|--:|--:|"]
    lines += [f"| {tile.label} | {tile.value} | {tile.change} |" for tile in tiles(insights.answers["headline"])]
    return "\n".join([*lines, "", markdown_link(insights.data_docs, insights.region)])
