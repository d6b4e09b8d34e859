"""What tests of suites do with the good rows."""

from types import ModuleType, SimpleNamespace

import pytest
from great_expectations import ExpectationSuite

from expectations.running import session
from tests.expectations.rows import Broken, execute, fetch, run_on_all
from warehouse import WarehouseConnection


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask of a bad row whether it breaks what it should, and in the long part whether it breaks nothing else."""
    if {"broken", "descriptions"} <= set(metafunc.fixturenames):
        runs = [pytest.param(False, id="its own"), pytest.param(True, id="the whole suite", marks=pytest.mark.long)]
        metafunc.parametrize("broken", runs, indirect=True)


@pytest.fixture
def broken(request: pytest.FixtureRequest, good_rows: WarehouseConnection, monkeypatch: pytest.MonkeyPatch) -> Broken:
    is_whole = getattr(request, "param", True)
    if not is_whole and (descriptions := request.node.callspec.params["descriptions"]):
        find_module = session.suite_module
        monkeypatch.setattr(session, "suite_module", lambda table: _reduced(find_module(table), descriptions))

    def change_and_run(table: str, change: str) -> list[str]:
        execute(good_rows, change)
        violations = run_on_all(good_rows, table).violations
        for violation in violations:
            assert violation.checked, violation
            if violation.query is not None:
                found = len(fetch(good_rows, violation.query))
                assert (violation.unexpected_count, len(violation.examples)) == (found, min(found, 20))
        return sorted(violation.description for violation in violations)

    return change_and_run


def _reduced(module: ModuleType, descriptions: list[str]) -> SimpleNamespace:
    """What stands for the module of a suite of which only these expectations are asked."""
    whole = module.suite()
    asked = [expectation for expectation in whole.expectations if expectation.description in descriptions]
    return SimpleNamespace(
        suite=lambda: ExpectationSuite(name=whole.name, expectations=asked), IDENTITY=module.IDENTITY
    )
