"""The expectation that a query finds no row: for rules that span columns, rows or tables.

Great Expectations' own one runs its query twice, and its pages show none of the rows that were found.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from expectations.gx import (
    CollapseContent,
    LegacyDiagnosticRendererType,
    RenderedContent,
    RenderedStringTemplateContent,
    RenderedTableContent,
    gxe,
    renderer,
)


class NoRows(gxe.UnexpectedRowsExpectation):  # type: ignore[misc]
    """Expect that `unexpected_rows_query`, in which `{batch}` stands for the rows at hand, finds nothing.

    Great Expectations puts an alias behind `{batch}` where the query has no JOIN, and leaves it to a query that has.
    """

    rule: str
    """A short name that does not change when the sentence in `description` does."""

    column: str
    """The column that is at fault in the rows that are found; the query returns it."""

    condition: str | None = None
    """Of a rule about single rows: what the rows that break it meet. It is given in the place of the query."""

    def __init__(self, condition: str | None = None, **fields: Any) -> None:
        if condition is not None:
            condition = " ".join(condition.split())
            fields["unexpected_rows_query"] = f"SELECT * FROM {{batch}} WHERE {condition}"  # noqa: S608
        super().__init__(condition=condition, **fields)

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.row_count",)

    def _validate(self, metrics: Mapping[str, int], *_: object, **__: object) -> dict[str, Any]:
        found = metrics["unexpected_rows_query.row_count"]
        return {"success": found == 0, "result": {"observed_value": found}}

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.UNEXPECTED_TABLE)  # type: ignore[untyped-decorator]
    def _diagnostic_unexpected_table_renderer(cls, result: Any = None, **_: object) -> list[RenderedContent] | None:
        rows = result.result.get("examples") if result else None
        if not rows:
            return None
        examples = RenderedTableContent(
            content_block_type="table",
            table=[list(row.values()) for row in rows],
            header_row=list(rows[0]),
            styling={"body": {"classes": ["table-bordered", "table-sm", "mt-3"]}},
        )
        query = RenderedStringTemplateContent(
            content_block_type="string_template",
            string_template={"template": result.result["unexpected_index_query"], "tag": "code"},
        )
        return [examples, CollapseContent(collapse_toggle_link="To retrieve all of them...", collapse=[query])]
