"""The list of planted faults keeps up with the code: each can still be planted, and names tests that are there."""

import shutil
from pathlib import Path

import pytest

from tests.faults.plant import ROOT, Fault, read_faults

FAULTS = read_faults()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_can_be_planted_and_names_tests_that_are_there(fault: Fault, tmp_path: Path) -> None:
    (tmp_path / fault.file).parent.mkdir(parents=True)
    shutil.copy(ROOT / fault.file, tmp_path / fault.file)
    fault.plant(tmp_path)
    assert (tmp_path / fault.file).read_text() != (ROOT / fault.file).read_text()
    for test in fault.tests:
        file, _, name = test.partition("::")
        assert not name or f"def {name}(" in (ROOT / file).read_text()
        assert (ROOT / file).is_file()


def test_there_are_forty_faults_of_all_kinds() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 40
    places = ("sql/load/", "sql/inspect/", "expectations/", "tasks/", "local_redshift/copy/", "deployments/")
    assert [place for place in places if not any(fault.file.startswith(place) for fault in FAULTS)] == []
