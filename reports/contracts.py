"""What other tools want to know of the tables: dbt's sources and a data contract; `python -m reports.contracts`.

Both are made of the DDL, `sql/meanings.toml` and the suites, as the data dictionary is. They are about what analysts
may build on: the star and the lake tables.
"""

import re
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import yaml

import sql
from reports.dictionary import meaning_of, read_rules, rules_of_no_column
from sql.datasets import LAKE
from sql.tables import STAR, ColumnDefinition, TableDefinition, read_table
from warehouse import DEFAULT_SCHEMA

DBT = sql.FOLDER / "contracts/sources.yml"
ODCS = sql.FOLDER / "contracts/sparkify.odcs.yaml"
WRITTEN = "# Written by `make docs` from sql/create, sql/meanings.toml and expectations; do not edit it.\n"
LOGICAL = {
    "INTEGER": "integer", "BIGINT": "integer", "DOUBLE PRECISION": "number", "NUMERIC": "number", "VARCHAR": "string",
    "CHAR": "string", "TIMESTAMP": "timestamp", "BOOLEAN": "boolean",
}  # fmt: skip
"""ODCS' words for Redshift's types."""


def contracted() -> list[TableDefinition]:
    """Return the tables that others may build on."""
    return [read_table(name) for name in (*STAR, *LAKE)]


def dbt_sources() -> str:
    """Return the tables as sources of a dbt project, with dbt's own tests of keys and references."""
    tables = [_dbt_table(table) for table in contracted()]
    source = {"name": "sparkify", "schema": DEFAULT_SCHEMA, "description": "The validated star, and its lake tables."}
    return _yaml({"version": 2, "sources": [source | {"tables": tables}]})


def _dbt_table(table: TableDefinition) -> dict[str, Any]:
    columns = [
        {
            "name": column.name,
            "description": str(meaning_of(table, column)),
            "data_type": column.type.lower(),
            **({"data_tests": tests} if (tests := _dbt_tests(column)) else {}),
        }
        for column in table.columns
    ]
    return {"name": table.name, "description": table.grain, "columns": columns}


def _dbt_tests(column: ColumnDefinition) -> list[Any]:
    tests: list[Any] = ["not_null"] if column.is_required else []
    tests += ["unique"] if column.is_key else []
    if column.refers_to is not None and column.refers_to in STAR:
        arguments = {"to": f"source('sparkify', '{column.refers_to}')", "field": _key(column.refers_to)}
        tests.append({"relationships": {"arguments": arguments}})
    return tests


def _key(table: str) -> str:
    return next(column.name for column in read_table(table).columns if column.is_key)


def data_contract() -> str:
    """Return the tables as a data contract of the Open Data Contract Standard, with the rules that the suites prove."""
    rules = read_rules()
    return _yaml(
        {
            "apiVersion": "v3.1.0",
            "kind": "DataContract",
            "id": "sparkify-warehouse",
            "name": "Sparkify warehouse",
            "version": version("sparkify-warehouse"),
            "status": "active",
            "description": {
                "purpose": "What listeners of Sparkify played and did, validated before anybody can see it.",
                "usage": "Query the star; the lake tables have all pages, not only plays.",
                "limitations": "Keys and references are declared and not enforced: the suites prove them.",
            },
            "schema": [_odcs_table(table, rules.get(table.name, {})) for table in contracted()],
        }
    )


def _odcs_table(table: TableDefinition, rules: Mapping[str | None, Sequence[str]]) -> dict[str, Any]:
    return {
        "name": table.name,
        "physicalName": table.name,
        "physicalType": "table",
        "logicalType": "object",
        "description": table.grain,
        "dataGranularityDescription": table.grain.partition(".")[0],
        "properties": [_odcs_column(table, column, rules.get(column.name, ())) for column in table.columns],
        **_quality(rules_of_no_column(table, rules)),
    }


def _odcs_column(table: TableDefinition, column: ColumnDefinition, rules: Sequence[str]) -> dict[str, Any]:
    known = meaning_of(table, column)
    keys = [column.name for column in table.columns if column.is_key]
    return {
        "name": column.name,
        "logicalType": _logical(column.type),
        "physicalType": column.type,
        "description": str(known),
        "required": column.is_required,
        **({"primaryKey": True, "primaryKeyPosition": keys.index(column.name) + 1} if column.is_key else {}),
        **({"examples": [known.example]} if known.example else {}),
        **_quality(rules),
    }


def _logical(declared: str) -> str:
    return LOGICAL[re.sub(r"\(.*", "", declared)]


def _quality(rules: Sequence[str]) -> dict[str, Any]:
    return {"quality": [{"type": "text", "description": rule} for rule in rules]} if rules else {}


def _yaml(content: Mapping[str, Any]) -> str:
    return WRITTEN + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=112)


def write() -> None:
    """Write both where people look for them."""
    for path, text in ((DBT, dbt_sources()), (ODCS, data_contract())):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
