"""The tables and what refers to what between them, as Mermaid and as SVG."""

from collections.abc import Sequence
from pathlib import Path

from expectations.pages.templates import environment
from sql.tables import TableDefinition

_PLACES = {"users": (0, 0), "time": (0, 230), "songplays": (270, 0), "songs": (540, 0), "artists": (540, 210)}
_WIDTH, _LINE, _HEAD = 200, 18, 26


def mermaid(tables: Sequence[TableDefinition], *, with_columns: bool = True) -> str:
    """Write the tables and what refers to what between them as a Mermaid diagram."""
    names = {table.name for table in tables}
    lines = ["erDiagram"]
    for table in tables if with_columns else ():
        lines.append(f"    {table.name} {{")
        for column in table.columns:
            mark = " PK" if column.is_key else " FK" if column.refers_to in names else ""
            lines.append(f"        {column.type.split('(')[0].replace(' ', '_')} {column.name}{mark}")
        lines.append("    }")
    for table in tables:
        lines += [
            f"    {column.refers_to} ||--o{{ {table.name} : {column.name}"
            for column in table.columns
            if column.refers_to in names
        ]
    return "\n".join(lines)


def diagram(tables: Sequence[TableDefinition]) -> str:
    """Draw the tables of the star as SVG in the colours of the page: a box each, a line for each reference."""
    height = max(_PLACES[table.name][1] + _HEAD + _LINE * len(table.columns) for table in tables) + 12
    described = "; ".join(_references(table) for table in tables if _references(table))
    return (
        environment(Path(__file__).parent)
        .get_template("diagram.svg")
        .render(
            height=height,
            described=described,
            lines=[line for table in tables for line in _lines(table)],
            boxes=[(table, _PLACES[table.name]) for table in tables],
            width=_WIDTH,
            head=_HEAD,
            line=_LINE,
        )
    )


def _references(table: TableDefinition) -> str:
    found = [column for column in table.columns if column.refers_to in _PLACES]
    return ", ".join(f"{table.name}.{column.name} refers to {column.refers_to}" for column in found)


def _lines(table: TableDefinition) -> list[str]:
    return [
        _line(table.name, index, column.refers_to)
        for index, column in enumerate(table.columns)
        if column.refers_to in _PLACES
    ]


def _line(name: str, index: int, target: str) -> str:
    """Return the path from a column to the head of the table that it refers to, which is beside it or below."""
    (x, y), (to_x, to_y) = _PLACES[name], _PLACES[target]
    start_y, end_y = y + _HEAD + _LINE * index + _LINE / 2, to_y + _HEAD / 2
    if to_x == x:
        return f"M{x + _WIDTH},{start_y}h12V{end_y}h-12"
    start_x, end_x, step = (x, to_x + _WIDTH, -7) if to_x < x else (x + _WIDTH, to_x, 7)
    middle = step * (2 + index)  # apart from the other lines of the table
    return f"M{start_x},{start_y}h{middle}V{end_y}H{end_x}"
