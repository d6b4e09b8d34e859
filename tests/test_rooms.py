"""The rooms of the project: who may import whom, and that importing does nothing.

No arrow of the table runs back up: a room may import what stands below it. What only a type checker or a function
imports counts too; a circle is looked for among what modules import of each other as they are imported.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT: dict[str, set[str]] = {
    "deployments": {"cli", "warehouse", "lake"},
    "cli": {"flows", "tasks", "reports", "sample_lake", "expectations", "warehouse", "lake", "sql"},
    "flows": {"tasks", "sample_lake", "expectations", "warehouse", "lake", "sql"},
    "tasks": {"reports", "sample_lake", "expectations", "warehouse", "client", "lake", "sql"},
    "reports": {"expectations", "warehouse", "lake", "sql"},
    "sample_lake": {"lake"},
    "expectations": {"lake", "sql"},
    "warehouse": {"client", "lake", "sql"},
    "local_redshift": {"client", "lake"},
    "client": {"lake"},
    "lake": set(),
    "sql": set(),
}
"""Each room, and what stands below it; the first are the highest."""
LOCAL = "warehouse.local"
"""The one module that knows the embedded Redshift."""
ONLY_IN = {
    "prefect": {
        "flows", "tasks", "deployments", "warehouse.redshift.blocks",
        "cli.log_lines", "cli.outcome", "cli.prefect_api", "cli.prefect_server", "cli.serve",
    },
    "great_expectations": {"expectations"},
    "sqlglot": {"client", "local_redshift", "warehouse.reading", "warehouse.typed_sql", "reports.column_lineage"},
    "openlineage": {"tasks.lineage"},
    "boto3": {"lake.s3", "warehouse.redshift", "deployments"},
    "argparse": {"deployments"},
    "cyclopts": {"cli.arguments", "cli.completion", "cli.help_layout", "cli.page"},
    "pytest": {"local_redshift.pytest_plugin"},
}  # fmt: skip
"""Libraries, and the rooms or modules that know them."""
TOUCHES_THE_WORLD = {
    "environ", "getenv", "open", "read_text", "read_bytes", "exists", "is_file", "is_dir", "mkdir", "home", "cwd",
    "expanduser", "glob", "iterdir", "connect", "run", "client",
}  # fmt: skip
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for room in MAY_IMPORT
    for path in sorted((ROOT / room).rglob("*.py"))
}


@cache
def trees() -> dict[str, ast.Module]:
    """Parse all modules."""
    return {module: ast.parse(path.read_text(encoding="utf-8")) for module, path in MODULES.items()}


@cache
def uses() -> dict[str, set[str]]:
    """Return what each module imports, wherever in it."""
    return {module: imported(ast.walk(tree)) for module, tree in trees().items()}


def at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk what runs when the module is imported: no bodies of functions, and not what only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        test = ast.unparse(node.test) if isinstance(node, ast.If) else ""
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if not is_function and "__main__" not in test and "TYPE_CHECKING" not in test:
            yield node
            yield from at_import(node)


def imported(nodes: Iterator[ast.AST]) -> set[str]:
    """Return the modules that statements import, each by its whole name."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else node.module for name in names}
    return found


def lies_in(module: str, rooms: set[str]) -> bool:
    """Tell whether a module is one of these, or lies in one of these rooms."""
    return any(f"{module}.".startswith(f"{room}.") for room in rooms)


def test_the_table_itself_has_no_arrow_back_up() -> None:
    order = list(MAY_IMPORT)
    upward = [(room, other) for room in order for other in MAY_IMPORT[room] if order.index(other) <= order.index(room)]
    assert upward == []


def test_a_room_imports_only_what_stands_below_it() -> None:
    arrows = set()
    for module, used in uses().items():
        room = module.partition(".")[0]
        rooms = {name.partition(".")[0] for name in used} & MAY_IMPORT.keys()
        arrows |= {(module, other) for other in rooms - {room} - MAY_IMPORT[room]}
    assert arrows == {(LOCAL, "local_redshift")}


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_known_in_few_places(library: str) -> None:
    users = {module for module, used in uses().items() if any(lies_in(name, {library}) for name in used)}
    assert users
    assert {module for module in users if not lies_in(module, ONLY_IN[library])} == set()


def test_no_modules_import_each_other_in_a_circle() -> None:
    below = {module: imported(at_import(tree)) & MODULES.keys() - {module} for module, tree in trees().items()}
    while leaves := {module for module, others in below.items() if not others & below.keys()}:
        below = {module: others for module, others in below.items() if module not in leaves}
    assert {module: others & below.keys() for module, others in below.items()} == {}


def test_importing_reads_no_environment_network_or_disk() -> None:
    found = set()
    for module, tree in trees().items():
        nodes = list(at_import(tree))
        used = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
        found |= {(module, name) for name in (used | called) & TOUCHES_THE_WORLD}
    assert found == set()


def test_the_log_of_a_run_is_written_by_what_makes_its_lines_printable() -> None:
    texts = {module: path.read_text(encoding="utf-8") for module, path in MODULES.items()}
    assert {module for module, text in texts.items() if "get_run_logger" in text} == {"tasks.run_log"}
