"""What pipx and uv tool install: a wheel with all that its help names, whose `sparkify` works on its own."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.tree import ROOT

pytestmark = pytest.mark.slow

CARRIED = (
    "deployments/Dockerfile", "deployments/Dockerfile.dockerignore", "deployments/README.md",
    "deployments/prefect.yaml", "deployments/ecs.yaml", "deployments/ecs-job.yaml", "deployments/requirements.txt",
    "deployments/iam/reader.json",
    "deployments/iam/operator-cluster.json", "deployments/automations/failed-run.yaml", "sql/create/README.md",
    "sql/create/users.sql", "sql/meanings.toml", "sql/contracts/sources.yml", "sql/contracts/sparkify.odcs.yaml",
    "reports/insights.html", "cli/logging.yml", "expectations/pages/colours.css", "local_redshift/dialect/dialect.sql",
)  # fmt: skip
NOT_CARRIED = ("tests", "conftest")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of what is here, built elsewhere."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for path in ROOT.iterdir():
        if path.is_dir() and not path.name.startswith(".") and path.suffix != ".egg-info" and path.name != "build":
            shutil.copytree(path, source / path.name, ignore=shutil.ignore_patterns("__pycache__"))
        elif path.is_file():
            shutil.copy(path, source)
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir")
    subprocess.run([*pip, out, source], check=True)
    [built] = out.glob("*.whl")
    return built


def test_the_wheel_carries_what_its_help_names_and_no_tests(wheel: Path) -> None:
    with ZipFile(wheel) as content:
        names = {*content.namelist()}
    assert [name for name in CARRIED if name not in names] == []
    policies = {f"deployments/iam/{path.name}" for path in (ROOT / "deployments/iam").iterdir()}
    assert policies - names == set()
    assert [name for name in names if name.startswith(NOT_CARRIED)] == []


def test_sparkify_runs_from_a_fresh_environment(wheel: Path, tmp_path: Path) -> None:
    """What it depends on is lent by this environment, but not this checkout, which that has only as editable."""
    venv.create(tmp_path / "env", with_pip=False)
    [site] = (tmp_path / "env/lib").glob("*/site-packages")
    target = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target")
    subprocess.run([*target, site, wheel], check=True)
    (site / "lent.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n")
    environment = {**os.environ, "SPARKIFY_HOME": str(tmp_path / "home")}
    environment.pop("PYTHONPATH", None)

    def run(*arguments: str) -> str:
        command = [str(tmp_path / "env/bin/python"), *arguments]
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True
        )
        return done.stdout

    assert run("-c", "import cli; print(cli.__file__)").startswith(str(site))
    assert run("-m", "cli", "--version").startswith("sparkify 0.")
    assert "@top-songs" in run("-m", "cli", "sql", "--list")
    named = re.findall(r"deployments/[\w/-]+\.json", run("-m", "deployments", "--help"))
    assert named
    assert [name for name in named if not (site / name).is_file()] == []
