r"""Check that SQL which a person typed only reads, before it reaches a server: on Redshift nothing translates it.

What is one statement here must be one for the server too. So the text may only have parts that every server reads the
same: ASCII blanks, comments that are not nested, literals without `\'`, no strings in dollar signs. Within them only
queries pass, and only functions that are known to do nothing but compute.
"""

import re

from sqlglot import TokenType, exp

from client.errors import UntranslatableSql
from client.parsing import parse
from client.statement import Statement, shortened, split
from client.vocabulary import ONLY_REDSHIFT, REWRITTEN_FUNCTIONS, SAME_FUNCTIONS, SIDE_EFFECTS, refuse_call

UNDECLARED = {"SHOW", "EXPLAIN"}
"""What reads, and what no cursor can be declared for."""
READABLE = {"SELECT", "WITH", "(", *UNDECLARED}
PART = re.compile(
    r"""
      [ \t\n\f]+ | \r\n
    | --[^\n\r]*(?=\r?\n|\Z)
    | /\*(?:(?!/\*|\*/).)*\*/
    | (?<![\w&])'(?:[^'\\]|''|\\[^'])*'(?!\w)
    | "(?:[^"]|"")+"
    | [^\W\d]\w* | [0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?(?!\w)
    | (?!--|/\*)[-+*/<>=~!@\#%^&|().,:\[\]]
    """,
    re.VERBOSE | re.DOTALL,
)
"""One part of a text that every server reads the same."""
AMBIGUOUS = {
    "$": "a dollar sign may be in literals and quoted names only: write strings as '…'",
    "'": "a literal is closed, has a blank before it, and a quote in it is written ''",
    '"': 'a " is opened and not closed',
    "/": "a comment is closed, and has no other comment in it",
    "\r": "lines end with a line feed",
    "-": "lines end with a line feed",
    **dict.fromkeys("0123456789", "a blank has to be between a number and a word"),
    "\\": "a backslash may be in literals only",
}
"""What to write where a text could be read in two ways, by its first character."""
_CLAUSES = """
    ALL AND ANY AS BETWEEN BY CASE DISTINCT ELSE END EXCEPT EXISTS FROM GROUP HAVING ILIKE IN INTERSECT IS JOIN LIKE
    LIMIT MINUS NOT OFFSET ON OR OVER QUALIFY SELECT SIMILAR SOME THEN TO TOP UNION USING WHEN WHERE WITH
    BPCHAR CHAR CHARACTER DEC DECIMAL NUMERIC NCHAR NVARCHAR TIME TIMESTAMP VARBYTE VARCHAR VARYING
    """
CLAUSES = frozenset(_CLAUSES.split())
"""Words before a parenthesis that are no functions: clauses, operators and types."""
FUNCTIONS = (SAME_FUNCTIONS | REWRITTEN_FUNCTIONS | ONLY_REDSHIFT) - SIDE_EFFECTS
WRITES = (exp.DML, exp.DDL, exp.Into, exp.Lock, exp.Command)


def require_one_query(sql: str) -> str:
    """Check that the text is one statement, and one that only reads; return its first word.

    Raises:
        UntranslatableSql: it is none, several, a statement that may write, or could be read in two ways.
    """
    _require_plain(sql)
    found = split(sql)
    if not found:
        raise UntranslatableSql("the statement is empty: write one SELECT")
    if len(found) != 1:
        raise UntranslatableSql(f"one statement is wanted, this is {len(found)}: {shortened(sql)}")
    statement = found[0]
    verb = statement.word(0) or statement.source(0, 1)
    if verb not in READABLE:
        raise UntranslatableSql(f"{verb} may write: only SELECT, WITH, SHOW and EXPLAIN are run here")
    _require_known_functions(statement)
    if verb != "SHOW":
        start = 0 if verb != "EXPLAIN" else 2 if statement.word(1) == "VERBOSE" else 1
        tree = parse(statement.part(start, len(statement.tokens)))
        if not isinstance(tree, exp.Query) or any(isinstance(node, WRITES) for node in tree.walk()):
            raise UntranslatableSql(f"this statement writes, only queries are run here: {shortened(sql)}")
    return verb


def _require_plain(sql: str) -> None:
    """Refuse a text that a server may divide differently than we do; one `;` may end it."""
    at, ended = 0, None
    while at < len(sql):
        part = PART.match(sql, at)
        if part is None and sql[at] != ";":
            shown = ascii(sql[at])[1:-1]
            reason = AMBIGUOUS.get(sql[at], f"{shown} may be in literals, quoted names and comments only")
            raise UntranslatableSql(f"the statement could be read in two ways: {reason}", at)
        is_code = part is None or not (part[0].isspace() or part[0].startswith(("--", "/*")))
        if ended is not None and is_code:
            raise UntranslatableSql(f"one statement is wanted, and another begins after ; : {shortened(sql)}", ended)
        if part is None:
            ended = at
        at = at + 1 if part is None else part.end()


def _require_known_functions(statement: Statement) -> None:
    """Refuse whatever looks like a call of a function that is not known to do nothing but compute."""
    for at, token in enumerate(statement.tokens):
        is_name = token.token_type == TokenType.IDENTIFIER or re.fullmatch(r"[^\W\d]\w*", token.text)
        if statement.kind(at + 1) != TokenType.L_PAREN or not is_name or _names_columns(statement, at):
            continue
        name, is_qualified = statement.word(at), statement.kind(at - 1) == TokenType.DOT
        is_known = name in FUNCTIONS and (not is_qualified or statement.word(at - 2) == "PG_CATALOG")
        if is_known or (name in CLAUSES and not is_qualified):
            continue
        refuse_call(statement, at, "a query may use")


def _names_columns(statement: Statement, at: int) -> bool:
    """Tell `WITH name (a, b) AS (SELECT` and `AS name (a, b)` from a call."""
    after = statement.closing(at + 1) + 1
    has_query = statement.words(after, 2) == "AS (" and statement.word(after + 2) in ("SELECT", "WITH", "(")
    begins = statement.word(at - 1) in ("WITH", "RECURSIVE", ",") and has_query
    return begins or statement.word(at - 1) == "AS"
