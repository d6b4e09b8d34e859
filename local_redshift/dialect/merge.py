"""Check MERGE against Redshift's narrower form, and run its REMOVE DUPLICATES (Redshift guide, r_MERGE).

Redshift wants both clauses, WHEN MATCHED first, without AND; equal predicates; no alias on the target and no WITH.
Newer pages of the guide no longer say that the source must be a table, older ones do: a subquery is refused here.
"""

from typing import NoReturn

from sqlglot import exp

from client.errors import UntranslatableSql
from client.parsing import parse
from client.statement import Statement, split
from local_redshift.dialect.rewriting import translate_query


def translate_merge(statement: Statement) -> str:
    """Translate one MERGE.

    Raises:
        UntranslatableSql: a form that Redshift does not have.
    """
    if statement.words(len(statement.tokens) - 2, 2) == "REMOVE DUPLICATES":
        return _remove_duplicates(statement)
    tree = parse(statement)
    _check_tables(tree.this, tree.args["using"])
    _check_condition(tree.args["on"])
    whens = tree.args["whens"].expressions
    if [bool(when.args["matched"]) for when in whens] != [True, False]:
        _refuse("needs WHEN MATCHED THEN …, then WHEN NOT MATCHED THEN INSERT …, once each")
    if any(when.args.get("condition") or when.args.get("source") for when in whens):
        _refuse("takes neither AND nor BY SOURCE in WHEN")
    matched, not_matched = (when.args["then"] for when in whens)
    if not (isinstance(matched, exp.Update) or matched.name == "DELETE") or not isinstance(not_matched, exp.Insert):
        _refuse("takes UPDATE or DELETE when matched, INSERT when not")
    return translate_query(statement)


def _remove_duplicates(statement: Statement) -> str:
    """Delete what matches, then insert every row of the source, which must have the target's columns in order.

    The guide is silent on rows that occur twice in the source; here both are inserted.
    """
    end = len(statement.tokens) - 2
    using, on = statement.find("USING", 0, end), statement.find("ON", 0, end)
    if statement.words(0, 2) != "MERGE INTO" or using is None or on is None or not using < on < end - 1:
        _refuse("REMOVE DUPLICATES: write MERGE INTO t USING s ON … REMOVE DUPLICATES")
    target, source = statement.source(2, using), statement.source(using + 1, on)
    name = statement.source(on - 1, on)
    condition = statement.source(on + 1, end)
    delete = split(f"DELETE FROM {target} USING {source} WHERE {condition}")[0]  # noqa: S608
    tree = parse(delete)
    _check_tables(tree.this, tree.args["using"][0])
    _check_condition(tree.args["where"].this)
    # UNION ALL fails where the source has other columns than the target, which INSERT alone would let pass.
    rows = f"SELECT * FROM {target} WHERE FALSE UNION ALL SELECT {name}.* FROM {source}"  # noqa: S608
    return f"{translate_query(delete)};\n{translate_query(split(f'INSERT INTO {target} {rows}')[0])}"


def _check_tables(target: exp.Expr, source: exp.Expr) -> None:
    if target.alias:
        _refuse("takes no alias on its target")
    if not isinstance(source, exp.Table):
        _refuse("takes a table as its source: put the query into a temporary table")
    if target.name.lower() == source.name.lower() and target.text("db").lower() == source.text("db").lower():
        _refuse("takes two tables, not one as target and source")


def _check_condition(condition: exp.Expr) -> None:
    condition = condition.unnest()
    predicates = condition.flatten() if isinstance(condition, exp.And) else [condition]
    if not all(isinstance(predicate.unnest(), exp.EQ) for predicate in predicates):
        _refuse("takes equal predicates only, joined by AND")


def _refuse(reason: str) -> NoReturn:
    raise UntranslatableSql(f"MERGE {reason}")
