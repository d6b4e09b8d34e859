"""The container image, as far as it can be known without building it; and the image itself, where it was built."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from packaging.utils import canonicalize_name

from cli.telemetry import OFF
from tests.deployments.test_pins import pins
from tests.flows.lakes import Lake

ROOT = Path(__file__).parents[2]
IMAGE = "sparkify-warehouse"
INSTRUCTIONS = [
    line.partition(" ")[::2]
    for line in re.sub(r"\\\n\s*", "", (ROOT / "deployments/Dockerfile").read_text()).splitlines()
    if re.match(r"[A-Z]+ ", line)
]


def copied() -> list[str]:
    """What is copied from the project, not from another stage."""
    return [
        source
        for name, words in INSTRUCTIONS
        if name == "COPY" and not words.startswith("--")
        for source in words.split()[:-1]
    ]


def test_every_package_of_the_project_is_copied_into_the_image() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = {name.partition(".")[0] for name in project["tool"]["setuptools"]["packages"]}
    files = {project["project"]["readme"], *project["project"]["license-files"], "pyproject.toml"}
    pins = {f"deployments/requirements{part}.txt" for part in ("", "-audit", "-build")}
    assert set(copied()) == packages | files | pins
    assert [source for source in copied() if not (ROOT / source).exists()] == []


def test_what_is_copied_is_not_kept_out_of_the_build_context() -> None:
    kept = (ROOT / "deployments/Dockerfile.dockerignore").read_text().splitlines()
    assert kept[0] == "*"
    assert {line[1:] for line in kept if line.startswith("!")} == {source.partition("/")[0] for source in copied()}


def test_the_image_is_pinned_installs_only_what_is_pinned_by_hash_and_drops_root_and_pip() -> None:
    (default,) = (words for name, words in INSTRUCTIONS if name == "ARG")
    assert re.fullmatch(r"BASE=python:3\.\d+\.\d+-slim-bookworm(@sha256:[0-9a-f]{64})?", default)
    assert {words.split()[0] for name, words in INSTRUCTIONS if name == "FROM"} == {"${BASE}"}
    commands = [command.strip() for name, words in INSTRUCTIONS if name == "RUN" for command in words.split("&&")]
    pins = "--requirement deployments/requirements"
    assert [" ".join(each.partition(" install ")[2].split()) for each in commands if "pip install" in each] == [
        f"--no-deps --require-hashes --only-binary :all: {pins}.txt {pins}-build.txt",
        f"--no-deps --require-hashes --only-binary :all: {pins}-audit.txt",
        "--no-deps --no-build-isolation .",
    ]
    last_stage = INSTRUCTIONS[max(at for at, (name, _) in enumerate(INSTRUCTIONS) if name == "FROM") :]
    assert ("USER", "10001:10001") in last_stage
    assert any("pip uninstall --yes wheel setuptools pip" in words for name, words in last_stage if name == "RUN")
    assert [words for name, words in last_stage if name == "RUN" and "apt-get" in words] == []


def environment() -> dict[str, str]:
    """The variables that the image sets for what runs in it."""
    last = [words for name, words in INSTRUCTIONS if name == "ENV"][-1]
    return dict(word.split("=", 1) for word in last.split())


def test_nothing_in_the_image_reports_home() -> None:
    assert environment().items() >= OFF.items()


def test_a_task_writes_nowhere_but_in_its_home_and_temporary_files() -> None:
    task = yaml.safe_load((ROOT / "deployments/ecs-job.yaml").read_text())["task_definition"]
    (container,) = task["containerDefinitions"]
    assert container["readonlyRootFilesystem"] is True
    mounts = {mount["sourceVolume"]: mount["containerPath"] for mount in container["mountPoints"]}
    assert [{"name": name} for name in mounts] == task["volumes"]
    (volumes,) = (json.loads(words) for name, words in INSTRUCTIONS if name == "VOLUME")
    assert list(mounts.values()) == volumes  # else the mount would be root's
    (working_directory,) = (words for name, words in INSTRUCTIONS[-4:] if name == "WORKDIR")
    written = [working_directory, *(environment()[name] for name in ("SPARKIFY_HOME", "PREFECT_HOME")), "/tmp"]
    assert [path for path in written if not any(Path(path).is_relative_to(each) for each in volumes)] == []


def test_the_image_has_a_bill_of_materials_of_what_is_installed_in_it() -> None:
    words = [words for _, words in INSTRUCTIONS]
    (made,) = (each for each in words if "cyclonedx-py" in each)
    assert made.endswith("--output-file sbom.json /opt/sparkify/bin/python")
    assert words.index(made) > max(at for at, each in enumerate(words) if "/opt/sparkify/bin/pip" in each)
    assert "--from=build /build/sbom.json /app/sbom.json" in words


@pytest.mark.slow
def test_the_bill_of_materials_lists_each_pin(tmp_path: Path) -> None:
    file = tmp_path / "sbom.json"
    tool = Path(sys.executable).with_name("cyclonedx-py")
    command = (tool, "environment", "--no-validate", "--output-reproducible", "--output-file", file, sys.executable)
    subprocess.run(command, check=True, timeout=280)
    listed = {(canonicalize_name(each["name"]), each["version"]) for each in json.loads(file.read_text())["components"]}
    pinned = {
        (canonicalize_name(pin.name), str(pin.specifier).removeprefix("=="))
        for pin, _ in pins(ROOT / "deployments/requirements.txt")
        if pin.marker is None or pin.marker.evaluate()
    }
    assert len(pinned) > 100
    assert pinned - listed == set()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as the image installs it: built from what is copied, and from nothing else."""
    context, site = tmp_path_factory.mktemp("build"), tmp_path_factory.mktemp("site")
    for source in copied():
        target = context / source
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, target, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
        else:
            target.parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / source, target)
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--target")
    subprocess.run([*pip, site, context], check=True)
    return site


def test_what_the_image_installs_answers_and_loads_a_lake(
    installed: Path, whole_flows: None, prefect_server: str, tmp_path: Path
) -> None:
    lake = Lake(tmp_path)
    lake.log("2018-11-12", {})
    settings = {**os.environ, "PYTHONPATH": str(installed), "PREFECT_API_URL": prefect_server}
    assert run_installed(settings, "-c", "import cli; print(cli.__file__)").startswith(str(installed))
    assert "usage: sparkify" in run_installed(settings, "-m", "cli", "--help")
    assert "1 events loaded and validated" in run_installed(settings, "-m", "cli", "etl", "--events", lake.events)
    assert run_installed(settings, "-m", "cli", "insights").strip().endswith("insights.html")
    assert "make deploy" in run_installed(settings, "-m", "deployments", "--help")
    for file in ("prefect.yaml", "ecs-job.yaml", "automations/failed-run.yaml"):
        assert (installed / "deployments" / file).is_file()


def run_installed(settings: Mapping[str, str], *arguments: str) -> str:
    """Run Python away from the project's folder, and return what it printed."""
    done = subprocess.run(
        [sys.executable, *arguments], env=settings, cwd="/", capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("role", ["runner-cluster", "runner-serverless", "reader", "execution-role"])
def test_a_role_may_do_nothing_on_everything_but_ask_for_a_registry_login(role: str) -> None:
    policy = json.loads((ROOT / f"deployments/iam/{role}.json").read_text())
    wide = [s["Action"] for s in policy["Statement"] if s["Resource"] == "*" or "*" in str(s["Action"])]
    assert wide == (["ecr:GetAuthorizationToken"] if role == "execution-role" else [])
    assert {s["Effect"] for s in policy["Statement"]} == {"Allow"}


def engine() -> str:
    """The container engine that has the image; without one the test is skipped."""
    for name in filter(shutil.which, ("docker", "podman")):
        if not subprocess.run([name, "image", "inspect", IMAGE], capture_output=True, check=False).returncode:
            return name
    pytest.skip(f"no docker or podman has the image {IMAGE} (make image builds it)")


def test_the_image_answers_and_loads_a_lake() -> None:
    run = (engine(), "run", "--rm", IMAGE, "sparkify")
    for command, words in (("--help", "usage: sparkify"), ("etl", "10,000 events, 500 songs loaded and validated")):
        done = subprocess.run([*run, command], capture_output=True, text=True, timeout=280, check=False)
        assert (done.returncode, words in done.stdout) == (0, True), done.stderr
