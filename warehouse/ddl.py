"""Translate CREATE TABLE from Redshift to PostgreSQL.

Distribution, sort and encoding attributes say where rows lie, not what they are: they are checked and left out. Keys
are declared but not enforced on Redshift, so they become plain indexes here: a btree for a primary or unique key, and
for a foreign or sort key a BRIN, which like Redshift's zone maps costs next to nothing to keep.
"""

from dataclasses import dataclass, field

from sqlglot import Token, TokenType, exp, parse_one
from sqlglot.errors import ParseError

from warehouse.errors import UntranslatableSql

VARCHAR_MAX_BYTES = 65535
VARCHAR_DEFAULT_BYTES = 256
DISTSTYLES = {"AUTO", "EVEN", "KEY", "ALL"}


@dataclass
class TableAttributes:
    """Where a CREATE TABLE says its rows should lie."""

    distkey: list[str] = field(default_factory=list)
    sortkey: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Index:
    """An index that stands for a declared key."""

    method: str
    columns: tuple[str, ...]

    def sql(self, table: exp.Table) -> str:
        """Return the statement that creates it."""
        name = "_".join([table.name, *self.columns, self.method])[:63]
        columns = ", ".join(f'"{column}"' for column in self.columns)
        options = " WITH (autosummarize = on)" if self.method == "brin" else ""
        return (
            f'CREATE INDEX IF NOT EXISTS "{name}" ON {table.sql("postgres")} USING {self.method} ({columns}){options}'
        )


def create_table(sql: str, tokens: list[Token]) -> list[str]:
    """Translate one CREATE TABLE with a column list into PostgreSQL statements: the table, then its indexes.

    Raises:
        UntranslatableSql: a type or an attribute that cannot be had here.
    """
    attributes = TableAttributes()
    kept = _without_attributes(sql, tokens, attributes)
    try:
        create = parse_one(kept, read="redshift")
    except ParseError as error:
        raise UntranslatableSql(f"CREATE TABLE cannot be read: {error.errors[0]['description']}") from error
    schema = create.this
    if not isinstance(create, exp.Create) or not isinstance(schema, exp.Schema):
        raise UntranslatableSql("this form of CREATE TABLE is not emulated: give a list of columns, or AS SELECT")
    columns = {column.name.lower() for column in schema.expressions if isinstance(column, exp.ColumnDef)}
    for name in attributes.distkey + attributes.sortkey:
        if name not in columns:
            raise UntranslatableSql(f'column "{name}" named in DISTKEY or SORTKEY does not exist')
    indexes = _take_keys(schema)
    if attributes.sortkey:
        indexes.append(Index("brin", tuple(attributes.sortkey)))
    for column in schema.find_all(exp.ColumnDef):
        _translate_column(column)
    covered: set[tuple[str, ...]] = set()
    statements = [create.sql("postgres")]
    for index in indexes:
        if index.columns not in covered:
            covered.add(index.columns)
            statements.append(index.sql(schema.this))
    return statements


def without_attributes(sql: str, tokens: list[Token]) -> str:
    """Return a CREATE TABLE … AS SELECT without its distribution and sort attributes."""
    return _without_attributes(sql, tokens, TableAttributes())


def _without_attributes(sql: str, tokens: list[Token], attributes: TableAttributes) -> str:
    """Cut the physical attributes out of the text, and note the columns that they name."""
    kept: list[str] = []
    position = tokens[0].start
    at, depth, column = 0, 0, ""
    while at < len(tokens):
        token = tokens[at]
        word = token.text.upper()
        if token.token_type in (TokenType.ALIAS, TokenType.SELECT, TokenType.WITH) and depth == 0:
            break
        if depth == 1 and tokens[at - 1].token_type in (TokenType.L_PAREN, TokenType.COMMA):
            column = token.text.lower()
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        length = _attribute_length(tokens, at, depth) if word in ATTRIBUTES and depth <= 1 else 0
        if length:
            named = [t.text.lower() for t in tokens[at + 2 : at + length - 1] if t.token_type != TokenType.COMMA]
            if word in ("DISTKEY", "SORTKEY") and tokens[at + length - 1].text.upper() != "AUTO":
                (attributes.distkey if word == "DISTKEY" else attributes.sortkey).extend(named or [column])
            kept.append(sql[position : token.start])
            position = tokens[at + length - 1].end + 1
        at += length or 1
    kept.append(sql[position : tokens[-1].end + 1])
    return "".join(kept)


ATTRIBUTES = {"DISTSTYLE", "DISTKEY", "SORTKEY", "COMPOUND", "INTERLEAVED", "ENCODE", "BACKUP"}


def _attribute_length(tokens: list[Token], at: int, depth: int) -> int:
    """Count the tokens of the attribute that starts here; 0 if the word is a name here."""
    word = tokens[at].text.upper()
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    if depth == 1 and tokens[at - 1].token_type in (TokenType.L_PAREN, TokenType.COMMA):
        return 0  # a column of that name
    if word in ("COMPOUND", "INTERLEAVED"):
        return 1
    if word in ("DISTKEY", "SORTKEY"):
        if following is None or following.token_type != TokenType.L_PAREN:
            return 2 if following is not None and following.text.upper() == "AUTO" else 1
        closing = next(i for i in range(at, len(tokens)) if tokens[i].token_type == TokenType.R_PAREN)
        return closing - at + 1
    if word == "DISTSTYLE" and (following is None or following.text.upper() not in DISTSTYLES):
        raise UntranslatableSql(
            f"DISTSTYLE {following.text if following else ''} is not one of {', '.join(DISTSTYLES)}"
        )
    return 2  # DISTSTYLE x, ENCODE x, BACKUP x


def _take_keys(schema: exp.Schema) -> list[Index]:
    """Remove every key from the table, and return the indexes that stand for them."""
    indexes: list[Index] = []
    for item in list(schema.expressions):
        if isinstance(item, exp.ColumnDef):
            indexes += _take_column_keys(item)
            continue
        for part in item.expressions if isinstance(item, exp.Constraint) else [item]:
            if isinstance(part, exp.PrimaryKey):
                columns = tuple(column.name.lower() for column in part.expressions)
                indexes.append(Index("btree", columns))
                _forbid_null(schema, columns)
            elif isinstance(part, exp.UniqueColumnConstraint):
                indexes.append(Index("btree", tuple(column.name.lower() for column in part.this.expressions)))
            elif isinstance(part, exp.ForeignKey):
                indexes.append(Index("brin", tuple(column.name.lower() for column in part.expressions)))
            else:
                raise UntranslatableSql(f"Redshift has no {part.sql('redshift')}")
        item.pop()
    return indexes


def _take_column_keys(column: exp.ColumnDef) -> list[Index]:
    indexes = []
    for constraint in list(column.constraints):
        kind = constraint.kind
        if isinstance(kind, exp.PrimaryKeyColumnConstraint | exp.UniqueColumnConstraint):
            indexes.append(Index("btree", (column.name.lower(),)))
        elif isinstance(kind, exp.Reference):
            indexes.append(Index("brin", (column.name.lower(),)))
        elif isinstance(kind, KEPT_CONSTRAINTS):
            continue
        else:
            raise UntranslatableSql(f'column "{column.name}": Redshift has no {kind.sql("redshift")}')
        if isinstance(kind, exp.PrimaryKeyColumnConstraint):
            constraint.replace(exp.ColumnConstraint(kind=exp.NotNullColumnConstraint()))
        else:
            constraint.pop()
    return indexes


KEPT_CONSTRAINTS = (
    exp.NotNullColumnConstraint,
    exp.DefaultColumnConstraint,
    exp.GeneratedAsIdentityColumnConstraint,
)


def _forbid_null(schema: exp.Schema, columns: tuple[str, ...]) -> None:
    for column in schema.expressions:
        if not isinstance(column, exp.ColumnDef) or column.name.lower() not in columns:
            continue
        if not any(isinstance(c.kind, exp.NotNullColumnConstraint) for c in column.constraints):
            column.append("constraints", exp.ColumnConstraint(kind=exp.NotNullColumnConstraint()))


def _translate_column(column: exp.ColumnDef) -> None:
    """Give a column the PostgreSQL type that holds what Redshift's does."""
    kind = column.args["kind"]
    text = exp.DataType.Type
    if kind.this in (text.SUPER, text.HLLSKETCH, text.GEOMETRY, text.GEOGRAPHY, text.VARBINARY):
        raise UntranslatableSql(f'column "{column.name}": type {kind.this.value} is not emulated')
    if kind.this == text.TEXT or (kind.this in (text.VARCHAR, text.NVARCHAR) and not kind.expressions):
        column.set("kind", exp.DataType.build(f"VARCHAR({VARCHAR_DEFAULT_BYTES})"))
    elif kind.this == text.VARCHAR and kind.expressions[0].name.upper() == "MAX":
        column.set("kind", exp.DataType.build(f"VARCHAR({VARCHAR_MAX_BYTES})"))
    for identity in column.find_all(exp.GeneratedAsIdentityColumnConstraint):
        identity.set("minvalue", exp.Literal.number(min(0, int(identity.args["start"].name))))
