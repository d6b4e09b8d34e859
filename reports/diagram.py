"""The tables and what refers to what between them, as Mermaid and as SVG."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from expectations.pages.templates import environment
from sql.tables import TableDefinition

_WIDTH, _LINE, _HEAD, _FOOT, _GAP, _BETWEEN = 200, 18, 26, 4, 24, 70
"""In pixels: how wide a box is, how high a column, the name and the end of a box are, and how far apart boxes are."""
Places = Mapping[str, tuple[int, int]]
"""Where the upper left corners of the boxes are."""


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
    places = _places(tables)
    height = max(places[table.name][1] + _height(table) for table in tables)
    described = "; ".join(_references(table, places) for table in tables if _references(table, places))
    return (
        environment(Path(__file__).parent)
        .get_template("diagram.svg")
        .render(
            height=height + 8,
            described=described,
            lines=[line for table in tables for line in _lines(table, places)],
            boxes=[(table, places[table.name]) for table in tables],
            width=_WIDTH,
            head=_HEAD,
            line=_LINE,
            foot=_FOOT,
        )
    )


def _places(tables: Sequence[TableDefinition]) -> Places:
    """Put the facts, which refer to others while nothing does to them, in the middle.

    Right are dimensions that refer to others, and what they refer to; all others are left.
    """
    names = {table.name for table in tables}
    refers = {table.name: {c.refers_to for c in table.columns if c.refers_to in names} for table in tables}
    facts = {name for name in names if refers[name] and not any(name in others for others in refers.values())}
    chained = {name for name in names - facts if refers[name]}
    chained |= {str(other) for name in chained for other in refers[name]}
    middle = [table for table in tables if table.name in facts]
    right = [table for table in reversed(tables) if table.name in chained]
    left = [table for table in tables if table.name not in facts | chained]
    places = {}
    for number, column in enumerate((left, middle, right)):
        y = 0
        for table in column:
            places[table.name] = (number * (_WIDTH + _BETWEEN), y)
            y += _height(table) + _GAP
    return places


def _height(table: TableDefinition) -> int:
    return _HEAD + _LINE * len(table.columns) + _FOOT


def _references(table: TableDefinition, places: Places) -> str:
    found = [column for column in table.columns if column.refers_to in places]
    return ", ".join(f"{table.name}.{column.name} refers to {column.refers_to}" for column in found)


def _lines(table: TableDefinition, places: Places) -> list[str]:
    return [
        _line(places[table.name], index, places[column.refers_to])
        for index, column in enumerate(table.columns)
        if column.refers_to and column.refers_to in places
    ]


def _line(start: tuple[int, int], index: int, end: tuple[int, int]) -> str:
    """Return the path from a column to the head of the table that it refers to, which is beside it or below."""
    (x, y), (to_x, to_y) = start, end
    start_y, end_y = y + _HEAD + _LINE * index + _LINE / 2, to_y + _HEAD / 2
    if to_x == x:
        return f"M{x + _WIDTH},{start_y}h12V{end_y}h-12"
    start_x, end_x, step = (x, to_x + _WIDTH, -7) if to_x < x else (x + _WIDTH, to_x, 7)
    middle = step * (2 + index)  # apart from the other lines of the table
    return f"M{start_x},{start_y}h{middle}V{end_y}H{end_x}"
