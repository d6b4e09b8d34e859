"""Report: put what a run did into one summary, for the terminal, the log and the Prefect UI."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from prefect.artifacts import create_markdown_artifact
from prefect.events import emit_event

from expectations.running.results import SuiteResult
from tasks.best_effort import best_effort
from tasks.lineage.run import note_published
from tasks.markdown import markdown
from tasks.publish.examples import Examples
from tasks.publish.publication import Delivery, Publication
from tasks.run_log import run_logger
from tasks.sample_lake import SAMPLE_DATA
from tasks.steps import step
from tasks.usage import describe_usage
from tasks.validate.data_docs import link_data_docs, markdown_link
from tasks.validate.quarantine import WORST, Reason, reasons, share
from tasks.wording import counted, enumerated
from warehouse import Warehouse

ARTIFACT_KEY = "sparkify-etl-summary"
SEEN_S = 0.005
"""What rounds to no hundredth of a second is no wait."""


@dataclass(frozen=True)
class TableChange:
    """One line of the summary: a table, its rows before a batch, those it added, changed and removed, and after."""

    table: str
    rows_before: int
    rows_added: int
    rows_changed: int
    rows_removed: int
    rows_after: int
    examples: str = field(default="", kw_only=True)
    """In a preview, the keys of some of the rows that were added, changed and removed."""

    @property
    def counts(self) -> Mapping[str, int]:
        """The row counts, by their headings."""
        return {
            "before": self.rows_before,
            "added": self.rows_added,
            "changed": self.rows_changed,
            "removed": self.rows_removed,
            "after": self.rows_after,
        }


@dataclass(frozen=True)
class Summary:
    """What a run did. A run with nothing new has no tables, suites or stages."""

    batch_id: int
    headline: str
    tables: tuple[TableChange, ...] = ()
    quarantine: tuple[Reason, ...] = ()
    quarantined_rows: int = 0
    suites: tuple[SuiteResult, ...] = ()
    stages: tuple[tuple[str, float], ...] = ()
    data_docs: str = ""
    earlier: tuple[str, ...] = ()
    """The headlines of the batches that the same run has published before."""
    files_left: int = 0
    """How many files further batches of the run are to load."""
    used: str = ""
    """What the run has used of the warehouse so far."""
    remains: tuple[str, ...] = ()
    """After an erasure: where something of the person may be that it does not reach, and what to do about it."""
    is_sample: bool = False
    """Whether the warehouse holds the sample lake and nothing else."""
    region: str | None = None
    """The AWS Region of the warehouse."""

    @property
    def tables_are_of(self) -> str:
        """What the row counts are of, where they are of several batches; empty for one."""
        if not self.earlier:
            return ""
        return f"summed over {len(self.earlier) + 1} batches: a row counts in each that added, changed or removed it"

    def markdown(self) -> str:
        """Return the summary as a Prefect artifact shows it."""
        lines = [f"# {self.headline}"]
        lines += ["", markdown(f"This is {SAMPLE_DATA}")] * self.is_sample
        if self.earlier:
            lines += ["", "Published before by the same run:", "", *(f"- {markdown(each)}" for each in self.earlier)]
        if self.files_left:
            lines += ["", f"{_left(self.files_left)} for further batches of this run, or else for the next run"]
        if self.tables:
            lines += ["", f"Rows, {self.tables_are_of}:"] if self.tables_are_of else []
            lines += ["", f"| rows of | {' | '.join(self.tables[0].counts)} |", "|---|--:|--:|--:|--:|--:|"]
            lines += [f"| {t.table} | {' | '.join(f'{rows:,}' for rows in t.counts.values())} |" for t in self.tables]
        if any(each.examples for each in self.tables):
            lines += ["", "Rows that would change, such as:", ""]
            lines += [f"- {markdown(f'{each.table}: {each.examples}')}" for each in self.tables if each.examples]
        if self.quarantine:
            lines += ["", "Quarantined:", "", *(f"- {markdown(str(reason))}" for reason in self.quarantine)]
        if self.suites:
            lines += ["", "| suite | passed | failed |", "|---|--:|--:|"]
            lines += [f"| {s.table} | {s.passed} | {s.failed} |" for s in self.suites]
        if self.stages:
            lines += ["", "| stage | seconds |", "|---|--:|"]
            lines += [f"| {stage} | {seconds:.2f} |" for stage, seconds in self.stages]
        lines += ["", markdown(f"The warehouse was used for {self.used}")] * bool(self.used)
        if self.data_docs:
            lines += ["", markdown_link(self.data_docs, self.region)]
        if self.remains:
            lines += ["", "What this does not reach:", "", *(f"- {markdown(where)}" for where in self.remains)]
        return "\n".join(lines)


@dataclass(frozen=True)
class Published:
    """What a batch was to publish, and what came of it."""

    batch_id: int
    delivery: Delivery
    publication: Publication
    data_docs: str


def summarise(published: Published, started: float, did: str = "", remains: tuple[str, ...] = ()) -> Summary:
    """Summarise a batch; `started` is a perf_counter, and `did` what it did, where it did not load files."""
    delivery, star = published.delivery, published.publication
    note_published(delivery, star)
    quarantined, validated = delivery.validated.quarantined, (delivery.validated, star.validated)
    return Summary(
        batch_id=published.batch_id,
        headline=_headline(published, time.perf_counter() - started, did),
        quarantine=tuple(reasons(quarantined)[:WORST]),
        quarantined_rows=len(quarantined),
        tables=tuple(
            TableChange(table, *change.counts.values(), examples=_enumerated(star.examples.get(table, {})))
            for change in star.changes
            for table in [change.load.table]
        ),
        suites=tuple(suite for part in validated for suite in part.suites),
        stages=(
            *((f"stage {part.dataset}", part.duration_s) for part in delivery.staged if part.files),
            *((f"load {change.load.table}", change.load.duration_s) for change in star.changes),
            ("analyze star", star.analyze_s),
            *(("import suites", part.import_s) for part in validated if part.import_s >= SEEN_S),
            *((part.stage, part.duration_s) for part in validated),
        ),
        data_docs=published.data_docs,
        remains=remains,
    )


def _enumerated(examples: Examples) -> str:
    return "; ".join(f"{change} {', '.join(f'({key})' for key in keys)}" for change, keys in examples.items())


def together(summaries: Sequence[Summary], files_left: int = 0) -> Summary:
    """Summarise the batches of one run as one: what all of them did to each table, and the rest of the last.

    Row counts are sums: which rows several batches wrote is not known.
    """
    *earlier, last = summaries
    tables = zip(*(each.tables for each in summaries), strict=True)
    return replace(
        last,
        tables=tuple(
            TableChange(
                first.table,
                first.rows_before,
                sum(each.rows_added for each in (first, *others)),
                sum(each.rows_changed for each in (first, *others)),
                sum(each.rows_removed for each in (first, *others)),
                (first, *others)[-1].rows_after,
                examples=(first, *others)[-1].examples,
            )
            for first, *others in tables
        ),
        earlier=tuple(each.headline for each in earlier),
        files_left=files_left,
    )


def so_far(summaries: Sequence[Summary], files_left: int) -> str:
    """Return what a run has published before its next batch, and how much is left; empty before its first."""
    if not summaries:
        return ""
    batches = enumerated([str(each.batch_id) for each in summaries])
    published = f"batches {batches} are" if len(summaries) > 1 else f"batch {batches} is"
    return f"{published} published, and {_left(files_left)} for the next run"


def dry_run_of(batches: int, quarantine_budget: float) -> str:
    """Return what a dry run did, and how many batches the run itself would make of it, each within the budget."""
    each = ", each within the quarantine budget by itself" if quarantine_budget else ""
    would = f"; the run itself would publish {batches:,} batches, one after the other{each}" if batches > 1 else ""
    return f"a dry run, of which nothing was published{would}"


def nothing_new(batch_id: int) -> Summary:
    """Summarise a run that found no file that is not in the ledger."""
    return Summary(batch_id, "nothing new: every file of the lake has been loaded before")


def report(summary: Summary, warehouse: Warehouse, *, is_sample: bool = False) -> Summary:
    """Report what the run did and used, and return it; whether Prefect's server can be told changes nothing of it.

    What Redshift used is looked up where a batch has stages: it costs more than to find nothing new.
    """
    used = describe_usage(warehouse, is_worth_a_query=bool(summary.stages))
    summary = replace(summary, used=used, is_sample=is_sample, region=warehouse.region)
    run_logger().info("the warehouse was used for %s", summary.used)
    with best_effort(f"Prefect's server has no summary of batch {summary.batch_id}", "it is in the table batches"):
        keep_summary(summary)
    return summary


@step("report")
def keep_summary(summary: Summary) -> None:
    """Save the summary as an artifact of the run, and report quarantined rows."""
    if summary.quarantine:
        _report_quarantine(summary)
    if summary.data_docs:
        link_data_docs(summary.data_docs, summary.region)
    create_markdown_artifact(summary.markdown(), key=ARTIFACT_KEY, description=summary.headline)


def _left(files: int) -> str:
    return f"{counted(files, 'file')} {'is' if files == 1 else 'are'} left"


def _headline(published: Published, duration_s: float, did: str) -> str:
    if did:
        return f"Batch {published.batch_id}: {did}; validated in {duration_s:.1f} s"
    quarantined = published.delivery.validated.quarantined
    bad_rows = Counter(row.dataset for row in quarantined)
    filled = [part for part in published.delivery.staged if part.files]
    rows = ", ".join(f"{part.rows - part.rows_erased - bad_rows[part.dataset]:,} {part.dataset}" for part in filled)
    rows = rows or "no rows"  # files are only left out, as is one that is put back in a version that was retracted
    much = f"; {share(len(quarantined), sum(part.rows for part in filled))} quarantined" if quarantined else ""
    erased = sum(part.rows_erased for part in filled)
    left_out = f"; {counted(erased, 'row')} of erased people left out" if erased else ""
    replaced = sum(len(part.manifest.replaced) for part in published.delivery.staged)
    versions = f"; {counted(replaced, 'file')} in a new version" if replaced else ""
    return f"Batch {published.batch_id}: {rows} loaded and validated in {duration_s:.1f} s{versions}{left_out}{much}"


def _report_quarantine(summary: Summary) -> None:
    """Log how many rows were quarantined, and emit an event for automations."""
    worst = [str(reason) for reason in summary.quarantine]
    run_logger().warning("%s quarantined: %s", counted(summary.quarantined_rows, "row"), "; ".join(worst))
    table = {"prefect.resource.id": "sparkify.table.quarantine", "prefect.resource.name": "quarantine"}
    emit_event("sparkify.quarantine", resource=table, payload={"rows": summary.quarantined_rows, "reasons": worst})
