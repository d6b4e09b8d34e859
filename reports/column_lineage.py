"""From which columns of the lake tables each column of the star comes, read from the SQL of its load.

It takes seconds to read, so it is written down: `python -m reports.column_lineage`, which `make docs` runs.
"""

import json
import re
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.lineage import lineage

import sql
from sql.datasets import DATASETS
from sql.tables import KEPT, STAR, read_table

PAGE = Path(__file__).with_name("column_lineage.json")
BOUND = re.compile(r"%\(\w+\)s")
"""A parameter, in the place of which any value reads."""
Columns = dict[str, list[tuple[str, str]]]
"""The columns of a table, each with the tables and columns that it comes from."""


def column_lineage() -> dict[str, Columns]:
    """Return the lineage of each column of each table of the star; what a load keeps of its own table is none."""
    schema = {table: _types(table) for table in KEPT}
    left = {f"leaving_{dataset.name}": _types(dataset.lake) for dataset in DATASETS.values()}
    return {table: _of_table(table, {**schema, **left}) for table in STAR}


def _types(table: str) -> dict[str, str]:
    return {column.name: column.type for column in read_table(table).columns}


def _of_table(table: str, schema: dict[str, dict[str, str]]) -> Columns:
    texts = [BOUND.sub("NULL", text).replace("%%", "%") for text in sql.statements(f"load/{table}")]
    parsed = [sqlglot.parse_one(text, dialect="redshift") for text in texts]
    made = {each.this.name: each.expression for each in parsed if isinstance(each, exp.Create)}
    [insert] = [each for each in parsed if isinstance(each, exp.Insert)]
    columns: Columns = {}
    for name, selected in zip(insert.this.expressions, insert.expression.selects, strict=True):
        sources = {each: query.copy() for each, query in made.items()}
        node = lineage(
            selected.alias_or_name, insert.expression.copy(), schema=schema, sources=sources, dialect="redshift"
        )
        found = {
            (_kept(leaf.source.name), leaf.name.rpartition(".")[2])
            for leaf in node.walk()
            if not leaf.downstream and isinstance(leaf.source, exp.Table) and leaf.source.name != table
        }
        columns[name.name] = sorted(found)
    return columns


def _kept(table: str) -> str:
    """Return the lake table of which rows are leaving, or the table itself."""
    return next((each.lake for each in DATASETS.values() if table == f"leaving_{each.name}"), table)


def as_json() -> str:
    """Return the lineage as the file has it: a line for each column."""
    tables = (
        f'"{table}": {{\n' + ",\n".join(f' "{name}": {json.dumps(found)}' for name, found in columns.items()) + "\n}"
        for table, columns in column_lineage().items()
    )
    return "{" + ",\n".join(tables) + "}\n"


if __name__ == "__main__":
    PAGE.write_text(as_json(), encoding="utf-8")
