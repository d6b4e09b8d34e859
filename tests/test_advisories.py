"""What could not be asked about is no pass, and a local folder of advisories is asked as OSV is."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.advisories import FOUND, PASSED, SKIPPED, affects, served, told

CLEAN = {"name": "uv", "version": "1.0", "vulns": []}
FLAWED = {"name": "uv", "version": "1.0", "vulns": [{"id": "PYSEC-1"}]}
UNASKED = {"name": "uv", "skip_reason": "not found"}


def advisory(*events: dict[str, str], **affected: Any) -> dict[str, Any]:
    about = {"package": {"ecosystem": "PyPI", "name": "Py_Yaml"}, **affected}
    return {"id": "PYSEC-1", "affected": [{**about, "ranges": [{"type": "ECOSYSTEM", "events": list(events)}]}]}


@pytest.mark.parametrize(
    ("dependencies", "status", "words"),
    [
        ([CLEAN], PASSED, ""),
        ([CLEAN, FLAWED, UNASKED], FOUND, "uv 1.0: PYSEC-1"),
        ([CLEAN, UNASKED], SKIPPED, "audit: skipped: 1 pins of a.txt could not be asked about, such as: not found"),
    ],
)
def test_only_pins_that_were_all_asked_about_pass(
    dependencies: list[dict[str, Any]], status: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told("a.txt", dependencies) == status
    assert words in capsys.readouterr().out


@pytest.mark.parametrize(
    ("events", "versions"),
    [
        ([{"introduced": "0"}], ["1.0", "1.9", "2.0", "2.1"]),
        ([{"introduced": "0"}, {"fixed": "2.0"}], ["1.0", "1.9"]),
        ([{"introduced": "1.9"}, {"last_affected": "2.0"}], ["1.9", "2.0"]),
        ([{"introduced": "1.0"}, {"fixed": "1.9"}, {"introduced": "2.1"}], ["1.0", "2.1"]),
    ],
)
def test_an_advisory_is_about_the_versions_of_its_ranges(events: list[dict[str, str]], versions: list[str]) -> None:
    given = advisory(*events)
    assert [each for each in ("1.0", "1.9", "2.0", "2.1") if affects(given, "py-yaml", each)] == versions
    assert not affects(given, "pyyaml", "1.0")


def test_a_folder_of_advisories_answers_as_osv_does(tmp_path: Path) -> None:
    given = advisory(versions=["1.0"])
    (tmp_path / "PYSEC-1.json").write_text(json.dumps(given))
    with served(tmp_path) as url, httpx.Client() as client:
        for version, flaws in (("1.0", [given]), ("2.0", [])):
            asked = {"package": {"name": "py-yaml", "ecosystem": "PyPI"}, "version": version}
            assert client.post(url, json=asked, timeout=60).json() == {"vulns": flaws}


def test_a_folder_without_advisories_is_no_pass(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="has no advisories"), served(tmp_path):
        pass


def test_a_file_that_is_no_advisory_is_named(tmp_path: Path) -> None:
    (tmp_path / "PYSEC-1.json").write_text("{")
    with pytest.raises(SystemExit, match=r"PYSEC-1\.json is no advisory in OSV's format"), served(tmp_path):
        pass
