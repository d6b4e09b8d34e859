"""Parse a statement with sqlglot, whose tree is only checked, never written out."""

from sqlglot import ErrorLevel, exp
from sqlglot.dialects.redshift import Redshift
from sqlglot.errors import ParseError
from sqlglot.parser import logger as parser_log

from client.errors import UntranslatableSql
from client.statement import Statement

SQLGLOT = Redshift()
TOO_DEEP = "the statement is nested too deeply for the local warehouse: give parts of it names in WITH"


def parse(statement: Statement) -> exp.Expr:
    """Parse a statement with sqlglot.

    Raises:
        UntranslatableSql: sqlglot cannot parse it as Redshift's SQL.
    """
    parser_log.disabled = True  # an unparsable statement is an error here, not a warning on the log
    try:
        parser = SQLGLOT.parser(error_level=ErrorLevel.IMMEDIATE)
        tree = parser.parse(list(statement.tokens), statement.sql)[0]
    except ParseError as error:
        where = error.errors[0]
        place = {(token.line, token.col): token.start for token in statement.tokens}.get((where["line"], where["col"]))
        is_incomplete = where["description"].startswith("Required keyword")  # and then the names of sqlglot's classes
        fault = "something is missing" if is_incomplete else where["description"].partition(" but got <")[0]
        fault = "something is unexpected" if "Unexpected token" in fault else fault
        raise UntranslatableSql(f"the statement cannot be read: {fault} near '{where['highlight']}'", place) from error
    except RecursionError as error:
        raise UntranslatableSql(TOO_DEEP) from error
    if tree is None or isinstance(tree, exp.Command):
        raise UntranslatableSql("the statement cannot be read")
    return tree
