"""The events of a run: that of the flow, and one of its suites on the star, whose parent it is."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from lake.clock import utc_now
from sql.datasets import LAKE
from tasks.code_version import ROOT, code_version
from tasks.publish.publication import Delivery, Publication
from warehouse import Warehouse

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent

Told = Sequence["RunEvent"]
Published = Sequence[tuple[Delivery, Publication]]
Parent = tuple[str, str, str]
"""The namespace of a job, its name, and the id of its run; all are empty where there is none."""


def namespace() -> str:
    """Return the namespace of our jobs, as OpenLineage's own variable says it."""
    return os.environ.get("OPENLINEAGE_NAMESPACE") or "default"


def parent_of_run() -> Parent:
    """Return what has started this process, as schedulers say it: `OPENLINEAGE_PARENT_ID=namespace/job/run`."""
    first, _, others = os.environ.get("OPENLINEAGE_PARENT_ID", "").partition("/")
    name, _, run_id = others.rpartition("/")
    return first, name, run_id


@dataclass(frozen=True)
class Work:
    """A run of a flow on a warehouse, by the id that Prefect has for it, and what has started it, if that is known."""

    flow: str
    run_id: str
    warehouse: Warehouse
    parent: Parent = ("", "", "")

    def started(self) -> Told:
        """Return the event of its start."""
        return [self._event("START")]

    def failed(self, message: str, published: Published) -> Told:
        """Return the events of its end by an error, and of what it had published."""
        from openlineage.client.facet_v2 import error_message_run  # noqa: PLC0415 - where it is configured

        return self.ended("FAIL", published, errorMessage=error_message_run.ErrorMessageRunFacet(message, "Python"))

    def ended(self, state: str, published: Published, **facets: Any) -> Told:
        """Return the events of its end, with what it read and wrote; a preview wrote nothing."""
        done = [(delivery, publication) for delivery, publication in published if not delivery.dry_run]
        if not done:
            return [self._event(state, facets)]
        from tasks.lineage.facets import find_places, read_files, read_tables, written  # noqa: PLC0415 - as above

        places = find_places(self.warehouse)
        known = {location: None for delivery, _ in done for location in delivery.known}
        suites = [suite for delivery, _ in done for suite in delivery.validated.suites]
        inputs = [*read_files([*known], suites)] or [*read_tables(places, LAKE)]
        changes = {change.load.table: change for _, publication in done for change in publication.changes}
        outputs = [*written(places, [*known], [*changes.values()])]
        of_star = [suite for _, publication in done for suite in publication.validated.suites]
        tables = [table for table in changes if table not in LAKE]
        checked = self._checked(list(read_tables(places, tables, of_star)))
        return [checked, self._event(state, facets, inputs=inputs, outputs=outputs)]

    def _checked(self, tables: Sequence[Any]) -> "RunEvent":
        parent = (namespace(), self.flow, self.run_id)
        own = Work(f"{self.flow}.validate-star", str(uuid5(NAMESPACE_URL, self.run_id)), self.warehouse, parent)
        return own._event("COMPLETE", inputs=[*tables])

    def _event(self, state: str, facets: Any = None, **datasets: Any) -> "RunEvent":
        from openlineage.client.event_v2 import Job, Run, RunEvent, RunState  # noqa: PLC0415 - as above
        from openlineage.client.facet_v2 import (  # noqa: PLC0415 - as above
            job_type_job,
            parent_run,
            source_code_location_job,
        )

        release, _, commit = code_version().partition(" ")
        path = f"flows/{self.flow.partition('-')[2].partition('.')[0]}.py"
        job_facets: Any = {
            "jobType": job_type_job.JobTypeJobFacet("BATCH", "PREFECT", jobType="FLOW"),
            "sourceCodeLocation": source_code_location_job.SourceCodeLocationJobFacet(
                "git", f"{ROOT.as_uri()}/{path}", path=path, version=commit or None, tag=release
            ),
        }
        run_facets: Any = dict(facets or {})
        space, name, run_id = self.parent
        if run_id:
            run_facets["parent"] = parent_run.ParentRunFacet(parent_run.Run(run_id), parent_run.Job(space, name))
        return RunEvent(
            eventTime=f"{utc_now().isoformat()}Z",
            eventType=RunState[state],
            run=Run(self.run_id, facets=run_facets),
            job=Job(namespace(), self.flow, facets=job_facets),
            producer=f"https://pypi.org/project/sparkify-warehouse/{release}",
            **datasets,
        )
