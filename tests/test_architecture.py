"""The shape of the code base: which part may import which, and that importing does nothing."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "sql": set[str](),
    "expectations": {"warehouse"},
    "warehouse": {"sql"},
    "tasks": {"warehouse", "sql", "expectations"},
    "flows": {"tasks", "warehouse", "sql", "expectations"},
    "deployments": {"flows", "tasks", "warehouse", "sql", "expectations"},
}
ONLY_IN = {
    "prefect": {"flows", "tasks", "deployments"},
    "great_expectations": {"expectations"},
    "sqlglot": {"warehouse"},
}
BLOCKS = Path("warehouse/redshift/blocks.py")
"""The one module beside them that knows Prefect."""
TOUCHES_THE_WORLD = {
    "environ", "getenv", "open", "read_text", "read_bytes", "exists", "is_file", "is_dir", "mkdir", "home", "cwd",
    "expanduser", "glob", "iterdir", "connect", "run", "client",
}  # fmt: skip
MODULES = [path for package in MAY_IMPORT for path in sorted((ROOT / package).rglob("*.py"))]


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk what runs when the module is imported: everything but the bodies of functions."""
    for node in ast.iter_child_nodes(tree):
        is_main = isinstance(node, ast.If) and "__main__" in ast.unparse(node.test)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not is_main:
            yield node
            yield from at_import(node)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    names = set(imported(ast.parse(path.read_text())))
    assert names & MAY_IMPORT.keys() <= MAY_IMPORT[package] | {package}
    if path.relative_to(ROOT) != BLOCKS:
        assert {name for name, packages in ONLY_IN.items() if name in names and package not in packages} == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_importing_reads_no_environment_network_or_disk(path: Path) -> None:
    tree = ast.parse(path.read_text())
    used = {node.attr for node in at_import(tree) if isinstance(node, ast.Attribute)}
    called = {n.func.id for n in at_import(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    assert (used | called) & TOUCHES_THE_WORLD == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_log_of_a_run_is_written_by_what_makes_its_lines_printable(path: Path) -> None:
    assert "get_run_logger" not in path.read_text() or path.relative_to(ROOT) == Path("tasks/run_log.py")
