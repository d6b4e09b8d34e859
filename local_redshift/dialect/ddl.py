"""Translate CREATE TABLE from Redshift to PostgreSQL.

Distribution, sort and encoding attributes change no result: they are checked and dropped. Keys
are declared but not enforced on Redshift, so they become plain indexes here: a btree for the narrowest primary or
unique key, and one BRIN for all foreign and sort keys together, which like Redshift's zone maps costs little to keep.
A foreign key is a constraint besides, which checks nothing: it only depends on the table that it refers to, so that
DROP TABLE refuses or cascades as on Redshift (`redshift.refer`).
Any other unique key would cost each load as much as the first, and more with each load where its values are scattered;
rows are found by it as on Redshift, by reading the table. To build an index of many rows is cheaper than to keep it
while they come, so at first each is a placeholder over no rows; COPY and ANALYZE, which deal with a whole table,
build the real ones (`redshift.build_indexes`).
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlglot import TokenType

from client.statement import Statement
from local_redshift.dialect.columns import DeclaredColumn, column_name, names, read_column, read_reference
from local_redshift.dialect.keys import ForeignKey, constraint, index, name_references, refer
from local_redshift.dialect.rewriting import Rewriter, translate_query
from local_redshift.dialect.tokens import check_tokens

KINDS = ("TABLE", "TEMP TABLE", "TEMPORARY TABLE", "LOCAL TEMP TABLE", "LOCAL TEMPORARY TABLE")
DISTSTYLES = ("AUTO", "EVEN", "KEY", "ALL")
MOST_SORTKEYS = {"SORTKEY": 400, "COMPOUND": 400, "INTERLEAVED": 8}
WIDEST_KEY_BYTES = 2600  # an index of PostgreSQL holds no wider values
MOST_INDEXED = 32  # columns, in one index of PostgreSQL


@dataclass
class DeclaredTable:
    """What a CREATE TABLE declares: columns, keys, and how rows are distributed and sorted."""

    columns: dict[str, DeclaredColumn] = field(default_factory=dict)
    likes: list[str] = field(default_factory=list)
    unique_keys: list[tuple[str, ...]] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    diststyle: str = ""
    distkeys: list[str] = field(default_factory=list)
    sortkey: list[str] = field(default_factory=list)


def create_table(statement: Statement) -> str:
    """Translate one CREATE TABLE: the table, then the indexes that stand for its keys.

    Raises:
        UntranslatableSql: a type or an attribute that cannot be had here.
    """
    start, opening = _find_name(statement)
    head = _head(statement, start, opening)
    name = Rewriter(statement).render(start, opening)
    query = statement.find("AS", opening, len(statement.tokens))
    if query is not None:
        return _create_table_as(statement, (head, name), opening, query)
    if statement.kind(opening) != TokenType.L_PAREN:
        statement.refuse("CREATE TABLE needs a list of columns, or AS SELECT")
    closing = statement.closing(opening)
    spans = statement.items(opening + 1, closing)
    table = DeclaredTable()
    for span in spans:
        _read_item(table, statement.part(*span))
    _read_attributes(table, statement.part(closing + 1, len(statement.tokens)))
    _check(table, statement)
    references = dict(name_references(table.foreign_keys, name))
    items = [*table.likes, *(column.sql for column in table.columns.values())]
    is_changed = len(items) < len(spans) or any(column.is_changed for column in table.columns.values())
    items += [constraint(*named) for named in references.items()]
    body = f"({', '.join(items)})" if is_changed else statement.source(opening, closing + 1)
    refers = [refer(name, label, key.reference) for label, key in references.items()]
    return ";\n".join([f"{head} {body}", *_indexes(table, name), *refers])


def _find_name(statement: Statement) -> tuple[int, int]:
    """Return the span of the table's name."""
    at = statement.find("TABLE", 0, len(statement.tokens)) or 0
    if statement.words(1, at) not in KINDS:
        statement.refuse(f"CREATE {statement.words(1, at)} is not Redshift's, or not emulated")
    start = at + 4 if statement.words(at + 1, 3) == "IF NOT EXISTS" else at + 1
    end = start + 1
    while statement.kind(end) == TokenType.DOT:
        end += 2
    return start, end


def _head(statement: Statement, start: int, end: int) -> str:
    """Return CREATE TABLE and the name; one that begins with # makes the table temporary."""
    check_tokens(statement.part(0, end))
    at = statement.find("TABLE", 0, end) or 0
    is_temporary = at == 1 and statement.word(start).startswith("#")
    return Rewriter(statement, {}, {at: ("TEMP TABLE", at + 1)} if is_temporary else {}).render(0, end)


def _create_table_as(statement: Statement, head_and_name: tuple[str, str], at: int, query: int) -> str:
    """Translate CREATE TABLE … AS, then have PostgreSQL check that the columns that keys name exist."""
    head, name = head_and_name
    if statement.find("EXISTS", 0, at) is not None:
        statement.refuse("CREATE TABLE … AS takes no IF NOT EXISTS on Redshift")
    if statement.kind(at) == TokenType.L_PAREN:
        closing = statement.closing(at)
        head = f"{head} ({', '.join(column_name(statement, span[0]) for span in statement.items(at + 1, closing))})"
        at = closing + 1
    table = DeclaredTable()
    _read_attributes(table, statement.part(at, query))
    _check_distribution(table, statement)
    select = translate_query(statement.part(query + 1, len(statement.tokens)))
    keys = [key for key in dict.fromkeys(table.distkeys + table.sortkey) if not key.isdecimal()]
    return ";\n".join([f"{head} AS {select}", *check_columns(name, keys)])


def check_columns(table: str, columns: Iterable[str]) -> Iterator[str]:
    """Give statements that change nothing and fail unless the table has the columns."""
    for column in columns:
        yield f'ALTER TABLE {table} ALTER COLUMN "{column}" SET STATISTICS -1'


def _read_item(table: DeclaredTable, item: Statement) -> None:
    """Read what stands between two commas of CREATE TABLE: a column, a key or LIKE."""
    word, is_call = item.word(0), item.kind(1) == TokenType.L_PAREN
    if word == "LIKE":
        rest = item.words(0, len(item.tokens)).partition(" INCLUDING ")[2]
        if rest not in ("", "DEFAULTS"):
            item.refuse(f"LIKE … INCLUDING {rest} is not Redshift's: only INCLUDING DEFAULTS is")
        table.likes.append(item.text)
    elif word == "CONSTRAINT" or is_call:
        read_key(table, item)
    else:
        column = read_column(item)
        if column.name in table.columns:
            item.refuse(f'column "{column.name}" is specified more than once')
        table.columns[column.name] = column
        table.unique_keys += [(column.name,)] * bool(column.attributes & {"PRIMARY KEY", "UNIQUE"})
        table.foreign_keys += [ForeignKey((column.name,), column.reference)] if column.reference else []
        table.distkeys += [column.name] * ("DISTKEY" in column.attributes)
        table.sortkey += [column.name] * ("SORTKEY" in column.attributes)


def read_key(table: DeclaredTable, item: Statement) -> None:
    """Read a key of the whole table, with or without a name."""
    at = 2 if item.word(0) == "CONSTRAINT" else 0
    kind = item.word(at)
    at += 1
    if kind not in ("PRIMARY KEY", "UNIQUE", "FOREIGN KEY") or item.kind(at) != TokenType.L_PAREN:
        item.refuse(f"Redshift has no {item.text}")
    end = item.closing(at) + 1
    columns = names(item, at)
    reference = None
    if kind == "FOREIGN KEY":
        reference, end = read_reference(item, end)
    if end != len(item.tokens):
        item.refuse(f"Redshift has no {item.source(end, len(item.tokens))} in a key")
    if reference:
        table.foreign_keys.append(ForeignKey(columns, reference, item.tokens[1].text.lower() if at > 1 else ""))
    else:
        table.unique_keys.append(columns)
    for column in columns if kind == "PRIMARY KEY" else ():
        if column in table.columns and not table.columns[column].not_null:
            table.columns[column].not_null = table.columns[column].is_changed = True


def _read_attributes(table: DeclaredTable, attributes: Statement) -> None:
    """Read how the rows of a table are distributed and sorted."""
    at = 0
    while at < len(attributes.tokens):
        word, value = attributes.word(at), attributes.word(at + 1)
        at += 2
        if word in ("COMPOUND", "INTERLEAVED"):
            at, value = at + 1, attributes.word(at)
        if (word, value) in (("BACKUP", "YES"), ("BACKUP", "NO"), ("ENCODE", "AUTO"), ("SORTKEY", "AUTO")):
            continue
        if word == "DISTSTYLE" and value in DISTSTYLES:
            table.diststyle = value
        elif value == "(" and word in ("DISTKEY", *MOST_SORTKEYS):
            key = names(attributes, at - 1)
            (table.distkeys if word == "DISTKEY" else table.sortkey).extend(key)
            at = attributes.closing(at - 1) + 1
            if len(key) > MOST_SORTKEYS.get(word, 1):
                attributes.refuse(f"{word} takes up to {MOST_SORTKEYS.get(word, 1)} columns, not {len(key)}")
        elif word == "DISTSTYLE":
            attributes.refuse(f"DISTSTYLE {value} is not one of {', '.join(DISTSTYLES)}")
        else:
            attributes.refuse(f"{word} {value} is no attribute of a table on Redshift, or not emulated")


def _check(table: DeclaredTable, statement: Statement) -> None:
    """Refuse keys on columns that do not exist; a table made by LIKE has columns that only PostgreSQL knows."""
    foreign = [key.columns for key in table.foreign_keys]
    keys = [*table.unique_keys, *foreign, tuple(table.distkeys), tuple(table.sortkey)]
    for name in (name for key in keys for name in key):
        if name not in table.columns and not table.likes:
            statement.refuse(f'column "{name}" named in a key, DISTKEY or SORTKEY does not exist')
    _check_distribution(table, statement)


def _check_distribution(table: DeclaredTable, statement: Statement) -> None:
    if len(table.distkeys) > 1:
        statement.refuse(f"a table has one DISTKEY, not {len(table.distkeys)}")
    if table.diststyle == "KEY" and not table.distkeys:
        statement.refuse("DISTSTYLE KEY needs a DISTKEY")
    if table.distkeys and table.diststyle not in ("", "KEY"):
        statement.refuse(f"DISTSTYLE {table.diststyle} contradicts DISTKEY")


def _indexes(table: DeclaredTable, name: str) -> Iterator[str]:
    """Give the placeholders of the indexes for the keys; values too wide for an index get none."""
    looked_up = min(table.unique_keys, key=lambda key: _width_bytes(table, key), default=())
    if looked_up and _width_bytes(table, looked_up) <= WIDEST_KEY_BYTES:
        yield index(name, "btree", looked_up, is_placeholder=True)
    zones: tuple[str, ...] = ()
    for column in itertools.chain(*(key.columns for key in table.foreign_keys), table.sortkey):
        is_new = column not in zones and (column,) != looked_up
        if is_new and len(zones) < MOST_INDEXED and _width_bytes(table, (*zones, column)) <= WIDEST_KEY_BYTES:
            zones += (column,)
    if zones:
        yield index(name, "brin", zones, is_placeholder=True)


def _width_bytes(table: DeclaredTable, key: Iterable[str]) -> int:
    return sum(table.columns[column].width_bytes for column in key if column in table.columns)
