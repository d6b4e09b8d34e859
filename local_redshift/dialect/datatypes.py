"""Give every type that a statement names the PostgreSQL type that holds the same values.

Redshift's own names and lengths (Redshift guide, r_Character_types, r_Numeric_types201): VARCHAR and TEXT without a
length are VARCHAR(256), DECIMAL is DECIMAL(18, 0). Refused: types that only one of the engines has.
"""

from sqlglot import TokenType

from client.statement import Statement

VARCHARS = {"VARCHAR", "CHARACTER VARYING", "CHAR VARYING", "NVARCHAR", "TEXT"}
CHARS = {"CHAR", "CHARACTER", "NCHAR", "BPCHAR"}
DECIMALS = {"DECIMAL", "NUMERIC", "DEC"}
SAME = {
    "SMALLINT", "INT2", "INTEGER", "INT", "INT4", "BIGINT", "INT8", "REAL", "FLOAT4", "DOUBLE PRECISION", "FLOAT8",
    "FLOAT", "BOOLEAN", "BOOL", "DATE", "TIME", "TIMETZ", "TIMESTAMP", "TIMESTAMPTZ",
}  # fmt: skip
ONLY_IN_CASTS = {"INTERVAL", "OID", "REGCLASS", "REGNAMESPACE", "REGTYPE", "NAME"}
DEFAULT_BYTES = 256
MAX_BYTES = {"VARCHAR": 65535, "CHAR": 4096}
MAX_DIGITS = 38


def translate_type(statement: Statement, at: int, *, in_cast: bool = True) -> tuple[str, int]:
    """Return the PostgreSQL type for the type at a token, and the token after it.

    Raises:
        UntranslatableSql: a type that is not emulated, or a length that Redshift does not allow.
    """
    name = statement.word(at)
    after = at + 1
    arguments: list[str] = []
    if statement.kind(after) == TokenType.L_PAREN:
        after = statement.closing(after) + 1
        arguments = [statement.source(*item).upper() for item in statement.arguments(at)]
    if name in VARCHARS | CHARS:
        return _text_type(statement, name, arguments) or statement.source(at, after), after
    if name in DECIMALS:
        return _decimal_type(statement, name, arguments) or statement.source(at, after), after
    if arguments or name not in (SAME | ONLY_IN_CASTS if in_cast else SAME):
        statement.refuse(f"type {statement.source(at, after)} is not emulated by the local warehouse")
    if name in ("TIME", "TIMESTAMP") and statement.words(after, 3) in ("WITH TIME ZONE", "WITHOUT TIME ZONE"):
        after += 3
    return statement.source(at, after), after


def _text_type(statement: Statement, name: str, arguments: list[str]) -> str | None:
    """Return the type if it must be written otherwise."""
    kind = "VARCHAR" if name in VARCHARS else "CHAR"
    if not arguments:
        return f"{kind}({DEFAULT_BYTES})" if name in VARCHARS | {"BPCHAR"} else None
    limit = MAX_BYTES[kind]
    given = arguments[0]
    takes = "no" if name in ("TEXT", "BPCHAR") else "one"
    if takes == "no" or len(arguments) > 1 or not (given == "MAX" or given.isdecimal()):
        statement.refuse(f"{name}({', '.join(arguments)}): {name} takes {takes} length")
    if given != "MAX" and not 1 <= int(given) <= limit:
        statement.refuse(f"{name}({given}): {kind} holds 1 to {limit} bytes")
    if given == "MAX":
        return f"{kind}({limit})"
    return f"VARCHAR({given})" if name == "NVARCHAR" else None


def _decimal_type(statement: Statement, name: str, arguments: list[str]) -> str | None:
    """Return the type if it must be written otherwise."""
    if not arguments:
        return "NUMERIC(18, 0)"
    precision, scale = [*arguments, "0"][:2]
    if len(arguments) > 2 or not (precision.isdecimal() and scale.isdecimal()):
        statement.refuse(f"{name}({', '.join(arguments)}): a precision and a scale are wanted")
    if not 1 <= int(precision) <= MAX_DIGITS or int(scale) > int(precision):
        statement.refuse(f"{name}({', '.join(arguments)}): precision is 1 to {MAX_DIGITS}, scale 0 to the precision")
    return None
