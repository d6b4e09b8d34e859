"""The data dictionary: tables and columns, from DDL, meanings and suites; `python -m reports.dictionary` writes it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import sql
from expectations.running.checks import suite_names
from reports.diagram import mermaid
from sql.meanings import Meaning, meaning
from sql.tables import STAR, TABLES, ColumnDefinition, TableDefinition, read_table

PAGE = sql.FOLDER / "create/README.md"
INTRODUCTION = """# Data dictionary

Written by `make docs` from the statements beside this page, `sql/meanings.toml` and the suites in `expectations/`; do
not edit it. The catalogue of the warehouse has the meanings too, as comments: `\\d+ songplays` in psql shows them.
Keys and references are declared and not enforced, as on Redshift: the suites prove them.
"""
Rules = Mapping[str, Mapping[str | None, Sequence[str]]]
"""What the suites hold of each table and column; None stands for the table as a whole."""


def dictionary() -> str:
    """Return the page as Markdown."""
    rules = read_rules()
    parts = [f"```mermaid\n{mermaid([read_table(name) for name in STAR])}\n```"]
    parts += ["\n".join(_table(read_table(name), rules.get(name, {}))) for name in (*STAR, *_others())]
    return "\n\n".join([INTRODUCTION.rstrip(), *parts]) + "\n"


def _others() -> list[str]:
    return [name for name in TABLES if name not in STAR]


def read_rules() -> Rules:
    """Return the expectations of each table and column; None stands for the table as a whole."""
    from expectations.running.session import suite_module  # noqa: PLC0415  Great Expectations takes seconds to import

    rules: dict[str, dict[str | None, list[str]]] = {}
    for name in suite_names():
        for expectation in suite_module(name).suite().expectations:
            column = getattr(expectation, "column", None)
            rules.setdefault(name, {}).setdefault(column, []).append(expectation.description)
    return rules


def rules_of_no_column(table: TableDefinition, rules: Mapping[str | None, Sequence[str]]) -> list[str]:
    """Return the rules of a table that are about no column of it in particular."""
    names = {column.name for column in table.columns}
    return [rule for column, of_column in rules.items() if column not in names for rule in of_column]


def meaning_of(table: TableDefinition, column: ColumnDefinition) -> Meaning:
    """Return what a column means, which says nothing where that is not written."""
    return meaning(table.name, column.name) or Meaning("")


def _table(table: TableDefinition, rules: Mapping[str | None, Sequence[str]]) -> Iterator[str]:
    """Write a table: its grain, its columns, and the rules that are about no column in particular."""
    yield f"## {table.name}\n\n{table.grain}\n"
    yield "| column | what it means | unit | such as | type | | rules |"
    yield "|---|---|---|---|---|---|---|"
    for column in table.columns:
        known = meaning_of(table, column)
        example = f"`{known.example}`" if known.example else ""
        told = (f"`{column.name}`", known.means, known.unit, example, column.type, _marks(column))
        yield f"| {' | '.join(told)} | {'; '.join(rules.get(column.name, ()))} |"
    if others := rules_of_no_column(table, rules):
        yield "\n" + "\n".join(f"- {rule}" for rule in others)


def _marks(column: ColumnDefinition) -> str:
    marks = ["key"] if column.is_key else []
    marks += [f"of `{column.refers_to}`"] if column.refers_to else []
    return ", ".join([*marks, "required" if column.is_required else "may be NULL"])


def write(page: Path = PAGE) -> None:
    """Write the page where people look for it: beside the DDL."""
    page.write_text(dictionary(), encoding="utf-8")


if __name__ == "__main__":
    write()
