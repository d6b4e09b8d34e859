"""What SECURITY.md says holds: the tests that it names exist, and each statement of each policy has its calls."""

import json
import re
from pathlib import Path

import pytest

from tests.test_readme import NAMED, defined
from tests.tree import ROOT

TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
POLICIES = sorted((ROOT / "deployments/iam").glob("*.json"))


def rows(heading: str) -> list[list[str]]:
    """Return the rows of the table below a heading."""
    section = re.split(r"\n##+ ", TEXT.partition(f" {heading}\n")[2])[0]
    return [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")][1:]


def test_every_defence_names_tests_that_exist() -> None:
    everywhere = {name for file in ROOT.glob("tests/**/test_*.py") for name in defined(str(file))}
    defences = rows("What is protected from whom")
    assert len(defences) > 20
    assert [row for row in defences if not NAMED.findall(row[-1])] == []
    for file, in_file, alone in NAMED.findall(TEXT):
        assert not file or (ROOT / file).is_file(), file
        assert not in_file or in_file in defined(file), in_file
        assert not alone or alone in everywhere, alone


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: str(policy.stem))
def test_each_statement_of_a_policy_stands_beside_the_calls_that_it_serves(policy: Path) -> None:
    statements = json.loads(policy.read_text(encoding="utf-8"))["Statement"]
    assert [row[0].strip("`") for row in rows(policy.name)] == [each["Sid"] for each in statements]
