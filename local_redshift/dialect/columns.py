"""Read a column of CREATE TABLE or ALTER TABLE as Redshift has it, and write it as PostgreSQL has it.

ENCODE, DISTKEY and SORTKEY change no result: they are checked and dropped. Keys are recorded and dropped.
Refused: every attribute that Redshift's CREATE TABLE does not have (Redshift guide, r_CREATE_TABLE_NEW).
"""

from dataclasses import dataclass, field

from sqlglot import TokenType

from client.errors import UntranslatableSql
from client.statement import Statement, split
from client.vocabulary import RESERVED_WORDS, SYSTEM_COLUMNS
from local_redshift.dialect.datatypes import translate_type
from local_redshift.dialect.rewriting import LOWER, Rewriter, translate_query
from local_redshift.dialect.tokens import check_tokens

ENCODINGS = {
    "AUTO", "AZ64", "BYTEDICT", "DELTA", "DELTA32K", "LZO", "MOSTLY8", "MOSTLY16", "MOSTLY32", "RAW", "RUNLENGTH",
    "TEXT255", "TEXT32K", "ZSTD",
}  # fmt: skip
ATTRIBUTES = {
    "NOT", "NULL", "DEFAULT", "IDENTITY", "GENERATED", "ENCODE", "DISTKEY", "SORTKEY", "PRIMARY KEY", "UNIQUE",
    "REFERENCES", "COLLATE",
}  # fmt: skip
NUMBER_BYTES = 16  # at most, for types without a length
INTEGER_BYTES = {"SMALLINT": 2, "INT2": 2, "INTEGER": 4, "INT": 4, "INT4": 4, "BIGINT": 8, "INT8": 8}


@dataclass(frozen=True)
class Reference:
    """What a foreign key refers to: a table, as PostgreSQL is given its name, and columns of it, if any are named."""

    table: str
    columns: tuple[str, ...]


@dataclass
class DeclaredColumn:
    """One column: what PostgreSQL is given of it, and the attributes that are kept from it."""

    name: str
    type: str
    source: str
    generated: str = ""
    not_null: bool = False
    attributes: set[str] = field(default_factory=set)
    reference: Reference | None = None
    is_changed: bool = False

    @property
    def width_bytes(self) -> int:
        """The most that a value can take."""
        name = self.type.upper()
        digits = "".join(character for character in name if character.isdigit())
        return int(digits) if "CHAR" in name and digits else INTEGER_BYTES.get(name, NUMBER_BYTES)

    @property
    def sql(self) -> str:
        """The column as PostgreSQL is given it; as it was written where that means the same."""
        if not self.is_changed:
            return self.source
        name = f'"{self.name}"' if self.source.startswith('"') else self.name
        return " ".join(filter(None, [name, self.type, self.generated, "NOT NULL" if self.not_null else ""]))


def read_column(statement: Statement) -> DeclaredColumn:
    """Read one column: a name, a type, and attributes in any order.

    Raises:
        UntranslatableSql: a type or an attribute that is not Redshift's or cannot be had here.
    """
    check_tokens(statement)
    name = column_name(statement, 0)
    try:
        kind, at = translate_type(statement, 1, in_cast=False)
    except UntranslatableSql as error:
        raise UntranslatableSql(f'column "{name}": {error}') from error
    is_folded = statement.kind(0) == TokenType.IDENTIFIER and statement.tokens[0].text != name
    column = DeclaredColumn(name, kind, statement.text, is_changed=is_folded or kind != statement.source(1, at))
    while at < len(statement.tokens):
        at = _read_attribute(column, statement, at)
    return column


def column_name(statement: Statement, at: int) -> str:
    """Return a column's name in lower case, as Redshift folds it; refuse names that it does not allow."""
    token = statement.tokens[at]
    is_quoted = token.token_type == TokenType.IDENTIFIER
    if token.text.upper() in SYSTEM_COLUMNS or (token.text.upper() in RESERVED_WORDS and not is_quoted):
        remedy = "choose another" if token.text.upper() in SYSTEM_COLUMNS else f'write "{token.text.lower()}"'
        statement.refuse(f"{token.text} cannot name a column on Redshift: {remedy}")
    return token.text.translate(LOWER) if is_quoted else token.text.lower()


def check_encoding(statement: Statement, at: int) -> None:
    """Refuse an encoding that Redshift does not have."""
    if statement.word(at) not in ENCODINGS:
        statement.refuse(f"ENCODE {statement.word(at)} is not one of {', '.join(sorted(ENCODINGS))}")


def read_reference(statement: Statement, at: int) -> tuple[Reference, int]:
    """Read REFERENCES table [(columns)], and return it with the token after it."""
    if statement.word(at) != "REFERENCES":
        statement.refuse("FOREIGN KEY needs REFERENCES table [(column)]")
    start, at = at + 1, at + 2
    while statement.kind(at) == TokenType.DOT:
        at += 2
    table = Rewriter(statement).render(start, at)
    if statement.kind(at) != TokenType.L_PAREN:
        return Reference(table, ()), at
    return Reference(table, names(statement, at)), statement.closing(at) + 1


def names(statement: Statement, opening: int) -> tuple[str, ...]:
    """Return the names in the parentheses at `opening`."""
    spans = statement.items(opening + 1, statement.closing(opening))
    return tuple(statement.tokens[low].text.lower() for low, _ in spans)


def _read_attribute(column: DeclaredColumn, statement: Statement, at: int) -> int:
    """Read one attribute, and return the token after it."""
    word = statement.word(at)
    if statement.words(at, 2) == "NOT NULL":
        column.not_null = True
        return at + 2
    if word == "NULL":
        return at + 1
    if word == "DEFAULT":
        return _read_default(column, statement, at)
    if word not in ATTRIBUTES or word in ("COLLATE", "NOT"):
        rest = statement.source(at, len(statement.tokens))
        statement.refuse(f'column "{column.name}": Redshift has no {rest} here, or it is not emulated')
    column.is_changed = True
    if word in ("IDENTITY", "GENERATED"):
        return _read_identity(column, statement, at)
    column.attributes.add(word)
    if word == "ENCODE":
        check_encoding(statement, at + 1)
    if word == "REFERENCES":
        column.reference, end = read_reference(statement, at)
        return end
    column.not_null = column.not_null or word == "PRIMARY KEY"
    return at + (2 if word == "ENCODE" else 1)


def _read_default(column: DeclaredColumn, statement: Statement, at: int) -> int:
    positions = statement.top_level(at + 2, len(statement.tokens))
    end = next((each for each in positions if statement.word(each) in ATTRIBUTES), len(statement.tokens))
    value = statement.source(at + 1, end)
    translated = translate_query(split(f"SELECT {value}")[0]).removeprefix("SELECT ")
    column.generated = f"DEFAULT {translated}"
    column.is_changed = column.is_changed or translated != value
    return end


def _read_identity(column: DeclaredColumn, statement: Statement, at: int) -> int:
    """IDENTITY takes no values of its own; GENERATED BY DEFAULT AS IDENTITY does."""
    by_default = statement.words(at, 5) == "GENERATED BY DEFAULT AS IDENTITY"
    opening = at + 5 if by_default else at + 1
    if statement.kind(opening) != TokenType.L_PAREN:
        statement.refuse(f'column "{column.name}": write IDENTITY(seed, step), perhaps after GENERATED BY DEFAULT AS')
    end = statement.closing(opening) + 1
    values = [statement.source(*span).replace(" ", "") for span in statement.items(opening + 1, end - 1)]
    is_whole = INTEGER_BYTES.get(column.type.upper(), 0) >= INTEGER_BYTES["INTEGER"]
    if not is_whole or len(values) != 2 or not all(value.lstrip("-").isdecimal() for value in values):
        statement.refuse(f'column "{column.name}": IDENTITY is for INT or BIGINT, with a seed and a step')
    seed, step = (int(value) for value in values)
    bound = f"MINVALUE {min(seed, 1)}" if step > 0 else f"MAXVALUE {max(seed, -1)}"
    kind = "BY DEFAULT" if by_default else "ALWAYS"
    column.generated = f"GENERATED {kind} AS IDENTITY (START WITH {seed} INCREMENT BY {step} {bound})"
    return end
