"""Translate ALTER TABLE: what changes columns and names is run, what only moves rows is checked and left undone.

Refused: ALTER TABLE APPEND (it commits at once and empties its source), DROP CONSTRAINT (keys are not kept here), and
what Redshift does not have (Redshift guide, r_ALTER_TABLE).
"""

from dataclasses import dataclass

from sqlglot import TokenType

from client.statement import Statement
from local_redshift.dialect.columns import check_encoding, read_column
from local_redshift.dialect.datatypes import VARCHARS, translate_type
from local_redshift.dialect.ddl import DISTSTYLES, DeclaredTable, check_columns, read_key
from local_redshift.dialect.keys import constraint, index, name_references, refer
from local_redshift.dialect.rewriting import Rewriter
from local_redshift.dialect.tokens import check_tokens

NOT_IN_ADDED = {"DISTKEY", "SORTKEY", "PRIMARY KEY", "UNIQUE", "REFERENCES"}


@dataclass(frozen=True)
class Alone:
    """A statement that Redshift does not run inside a transaction block."""

    command: str
    sql: str


def alter_table(statement: Statement) -> str | Alone:
    """Translate one ALTER TABLE.

    Raises:
        UntranslatableSql: an action that is not Redshift's or not emulated.
    """
    check_tokens(statement)
    if statement.word(1) != "TABLE":
        statement.refuse(f"ALTER {statement.word(1)} is not emulated by the local warehouse")
    end = 3
    while statement.kind(end) == TokenType.DOT:
        end += 2
    name = Rewriter(statement).render(2, end)
    action = statement.part(end, len(statement.tokens))
    match action.word(0):
        case "ADD":
            return _add(statement, name, action)
        case "ALTER":
            return _alter(name, action)
        case "DROP" | "RENAME" | "OWNER":
            return _pass(statement, action)
    return action.refuse(f"ALTER TABLE {action.word(0)} is not emulated by the local warehouse")


def _add(statement: Statement, name: str, action: Statement) -> str:
    """Add a column, or what stands for a key."""
    if action.word(1) in ("CONSTRAINT", "PRIMARY KEY", "UNIQUE", "FOREIGN KEY"):
        table = DeclaredTable()
        read_key(table, action.part(1, len(action.tokens)))
        if table.unique_keys:
            return index(name, "btree", table.unique_keys[0])
        [(label, key)] = name_references(table.foreign_keys, name)
        add = f"ALTER TABLE {name} ADD {constraint(label, key)}"
        return ";\n".join([add, index(name, "brin", key.columns), refer(name, label, key.reference)])
    start = 2 if action.word(1) == "COLUMN" else 1
    column = read_column(action.part(start, len(action.tokens)))
    if column.attributes & NOT_IN_ADDED or "IDENTITY" in column.generated:
        action.refuse(f'column "{column.name}": ADD COLUMN takes DEFAULT, ENCODE and NOT NULL only')
    if column.not_null and not column.generated:
        action.refuse(f'column "{column.name}": ADD COLUMN … NOT NULL needs a DEFAULT on Redshift')
    before = len(statement.tokens) - len(action.tokens) + start
    return f"{Rewriter(statement).render(0, before)} {column.sql}"


def _alter(name: str, action: Statement) -> str | Alone:
    """Widen a VARCHAR; check what only moves rows."""
    if action.word(1) == "COLUMN" and action.word(3) == "TYPE":
        if action.word(4) not in VARCHARS:
            action.refuse("ALTER COLUMN … TYPE is for VARCHAR on Redshift")
        kind, end = translate_type(action, 4)
        if end != len(action.tokens):
            action.refuse("ALTER COLUMN … TYPE VARCHAR(n) takes nothing more")
        column = Rewriter(action).render(2, 3)
        return Alone("ALTER TABLE ALTER COLUMN", f"ALTER TABLE {name} ALTER COLUMN {column} TYPE {kind}")
    columns: list[str] = []
    for low, high in action.items(0, len(action.tokens)):
        columns += _moved_by(action.part(low, high))
    # Nothing moves here; that the table and the columns exist is still checked, by a statement that changes nothing.
    return ";\n".join(check_columns(name, columns)) or f"ALTER TABLE {name} RESET (fillfactor)"


def _moved_by(action: Statement) -> list[str]:
    """Return the columns that ALTER DISTKEY, SORTKEY, DISTSTYLE or ENCODE names."""
    words = action.words(0, len(action.tokens)).removeprefix("ALTER ")
    first = action.word(1)
    name = [token.text.lower() for token in action.tokens[2:3]]
    if first == "COLUMN" and action.word(3) == "ENCODE" and len(action.tokens) == 5:
        check_encoding(action, 4)
        return name
    if first == "DISTKEY" and len(action.tokens) == 3:
        return name
    if words.startswith("DISTSTYLE KEY DISTKEY ") and len(action.tokens) == 5:
        return [action.tokens[4].text.lower()]
    if words in ("SORTKEY AUTO", "SORTKEY NONE", "ENCODE AUTO", *(f"DISTSTYLE {style}" for style in DISTSTYLES)):
        return []
    opening = next((at for at in (2, 3) if action.kind(at) == TokenType.L_PAREN), None)
    if opening and words.startswith(("SORTKEY (", "COMPOUND SORTKEY (")):
        spans = action.items(opening + 1, action.closing(opening))
        return [action.tokens[low].text.lower() for low, _ in spans]
    return action.refuse(f"ALTER TABLE … {action.text} is not Redshift's, or not emulated")


def _pass(statement: Statement, action: Statement) -> str:
    """Pass on what drops a column or changes a name or an owner."""
    words = action.words(0, len(action.tokens))
    if words.startswith("DROP CONSTRAINT"):
        action.refuse("ALTER TABLE DROP CONSTRAINT is not emulated: keys are only declared, no constraint is kept")
    if "," in words or " IF EXISTS" in words or words.startswith(("RENAME CONSTRAINT", "DROP EXPRESSION")):
        action.refuse(f"ALTER TABLE … {action.text} is not Redshift's, or not emulated")
    if action.word(0) == "RENAME" and action.word(1) not in ("TO", "COLUMN"):
        action.refuse("ALTER TABLE … RENAME takes TO name, or COLUMN a TO b, on Redshift")
    return Rewriter(statement).render(0, len(statement.tokens))
