"""The folders of state: one that cannot be used is named at once, by every command that needs it."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.__main__ import main
from cli.homes import closed_to_others
from lake.folders import require_writable
from lake.object_store import Store
from tests.cli.fresh import Refused, refused
from warehouse.home import home

SETPRIV, UNSHARE = shutil.which("setpriv"), shutil.which("unshare")
REMEDY = "set {0} to a folder you can write"
GONE = "is relative, and the working directory was deleted: name an absolute path"
COMMANDS = ("etl", "audit", "provision", "insights", "reset --yes", "ui")


def unusable(command: str, variable: str, folder: Path | str, reason: str) -> Refused:
    """How a command ends whose folder cannot be used."""
    words = f"{variable}={folder} cannot be used ({reason}): {REMEDY.format(variable)}"
    return Refused(1, f"sparkify {command.split(maxsplit=1)[0]} failed: {words}")


def test_a_file_in_the_place_of_sparkify_home_is_named_by_every_command(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    commands = (*COMMANDS, "sql SELECT/**/1")
    ended = refused({"SPARKIFY_HOME": str(file / "a/b")}, *map(str.split, commands))
    assert ended == [unusable(each, "SPARKIFY_HOME", file / "a/b", f"{file} is not a folder") for each in commands]


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["lake", "postgres", "manifests"])
def test_a_file_in_the_place_of_a_folder_of_sparkify_home_is_named(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).touch()
    assert refused({"SPARKIFY_HOME": str(tmp_path)}, ["etl"]) == [
        unusable("etl", "SPARKIFY_HOME", tmp_path, f"{tmp_path}/{folder} is not a folder")
    ]


@pytest.mark.slow
@pytest.mark.parametrize("named", [True, False])
def test_a_file_in_the_place_of_prefects_home_is_named_by_every_command_that_needs_it(
    tmp_path: Path, *, named: bool
) -> None:
    file = tmp_path / "file"
    file.touch()
    folder = file / ".prefect"
    commands = (*COMMANDS, f"sample --out {tmp_path}/lake")
    settings = {"PREFECT_HOME": str(folder) if named else None, "HOME": str(file), "PREFECT_API_URL": None}
    ended = refused({**settings, "SPARKIFY_HOME": str(tmp_path / "home")}, *map(str.split, commands))
    assert ended == [unusable(each, "PREFECT_HOME", folder, f"{file} is not a folder") for each in commands]


@pytest.mark.slow
def test_a_working_directory_that_was_deleted_is_told(tmp_path: Path) -> None:
    code = "import os, sys; os.rmdir(os.getcwd()); os.execv(sys.argv[1], sys.argv[1:])"
    (tmp_path / "gone").mkdir()
    prefix = (sys.executable, "-c", code)
    settings = {"SPARKIFY_HOME": "home", "PYTHONPATH": str(Path(__file__).parents[2])}
    relative = f"SPARKIFY_HOME=home {GONE}"
    commands = (["sql", "SELECT 1"], ["etl"], ["sample", "--out", "lake"], ["etl", "--events", "log_data"])
    ended = refused(settings, *commands, prefix=prefix, cwd=tmp_path / "gone")
    assert ended == [
        Refused(1, f"sparkify sql failed: {relative}"),
        Refused(1, f"sparkify etl failed: {relative}"),
        Refused(2, f"sparkify sample: error: --out lake {GONE}"),
        Refused(
            2,
            "sparkify etl: error: --events log_data is no path here ([Errno 2] No such file or directory): "
            "give an absolute one",
        ),
    ]
    (tmp_path / "gone").mkdir()
    settings["SPARKIFY_HOME"] = str(tmp_path / "home")
    assert refused(settings, ["audit"], prefix=prefix, cwd=tmp_path / "gone") == [
        Refused(1, "sparkify audit failed: the working directory was deleted: change to one that is there")
    ]


def test_a_relative_sparkify_home_stays_the_same_folder_wherever_a_command_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPARKIFY_HOME", "state/ü x")
    assert main(["sql", "--list"]) == 0
    monkeypatch.chdir("/")
    assert home() == tmp_path / "state/ü x"


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0 or SETPRIV is None, reason="only root may become a user without a home")
def test_a_user_without_a_home_or_without_rights_is_told(tmp_path: Path) -> None:
    reads_all = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    stranger = (str(SETPRIV), "--reuid=54321", "--regid=54321", "--clear-groups", *reads_all)
    nowhere = {"HOME": None, "SPARKIFY_HOME": None, "PREFECT_HOME": None, "PREFECT_API_URL": None}
    no_home = "is not set, and this user has no home folder: set {0} to a folder you can write"
    assert refused(nowhere, ["sql", "SELECT 1"], ["etl"], prefix=stranger) == [
        Refused(1, f"sparkify sql failed: SPARKIFY_HOME {no_home.format('SPARKIFY_HOME')}"),
        Refused(1, f"sparkify etl failed: HOME {no_home.format('HOME')}"),
    ]
    closed = {"HOME": str(tmp_path), "SPARKIFY_HOME": str(tmp_path / "home")}
    assert refused(closed, ["sql", "SELECT 1"], ["etl"], prefix=stranger) == [
        unusable(command, "SPARKIFY_HOME", tmp_path / "home", "Permission denied") for command in ("sql", "etl")
    ]
    (tmp_path / "home").mkdir()
    (tmp_path / "home").chmod(0o777)
    assert refused({**nowhere, **closed}, ["etl"], prefix=stranger) == [
        unusable("etl", "PREFECT_HOME", tmp_path / ".prefect", "Permission denied")
    ]


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0 or UNSHARE is None, reason="only root may mount a small disk of its own")
@pytest.mark.parametrize(
    ("disk", "reason"),
    [
        ("mount -t tmpfs -o size=64k sparkify-test $0 && head -c 64k /dev/zero >$0/file", "No space left on device"),
        ("mount -t tmpfs -o ro sparkify-test $0", "Read-only file system"),
    ],
)
def test_a_home_on_a_disk_that_takes_nothing_is_told(tmp_path: Path, disk: str, reason: str) -> None:
    mounted = (str(UNSHARE), "--mount", "sh", "-c", f'{disk}; exec "$@"', str(tmp_path))
    tried = subprocess.run([*mounted, "mountpoint", "-q", str(tmp_path)], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"this machine lets nobody mount: {tried.stderr.strip()}")
    ended = refused({"SPARKIFY_HOME": str(tmp_path)}, ["etl"], ["sql", "SELECT 1"], prefix=mounted)
    assert ended == [unusable(command, "SPARKIFY_HOME", tmp_path, reason) for command in ("etl", "sql")]
    ended = refused({"PREFECT_HOME": str(tmp_path), "PREFECT_API_URL": None}, ["audit"], prefix=mounted)
    assert ended == [unusable("audit", "PREFECT_HOME", tmp_path, reason)]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture
def umask() -> Iterator[None]:
    """What most people have: others may read."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def homes(tmp_path: Path, umask: None, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """SPARKIFY_HOME and PREFECT_HOME, as commands have left them that closed nothing."""
    sparkify, prefect = tmp_path / "sparkify", tmp_path / "prefect"
    for folder in ("data-docs", "manifests", "reports"):
        (sparkify / folder).mkdir(parents=True)
    (prefect / "storage").mkdir(parents=True)
    (prefect / "prefect.db").touch()
    monkeypatch.setenv("SPARKIFY_HOME", str(sparkify))
    monkeypatch.setenv("PREFECT_HOME", str(prefect))
    return sparkify, prefect


def test_homes_that_others_can_read_are_closed_and_that_is_said_once(
    homes: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sql", "--list"]) == 0
    assert list(map(mode, homes)) == [0o700, 0o700]
    said = [f"{home} was open to other users of this machine: it is closed to them now" for home in homes]
    assert capsys.readouterr().err.splitlines() == said
    assert main(["sql", "--list"]) == 0
    assert capsys.readouterr().err == ""
    assert mode(homes[0].parent) == 0o700  # as pytest makes it


def test_of_a_folder_that_holds_other_things_too_only_what_is_ours_is_closed(homes: tuple[Path, Path]) -> None:
    sparkify, prefect = homes
    for folder in homes:
        (folder / "of-somebody-else").mkdir()
    (sparkify / "lake").symlink_to(sparkify / "of-somebody-else")
    assert main(["sql", "--list"]) == 0
    ours = [sparkify / "data-docs", sparkify / "manifests", sparkify / "reports", prefect / "storage"]
    assert [mode(path) for path in ours] == [0o700] * 4
    assert mode(prefect / "prefect.db") == 0o600
    assert [mode(path) for folder in homes for path in (folder, folder / "of-somebody-else")] == [0o755] * 4


def test_neither_a_link_nor_a_folder_for_all_is_closed(homes: tuple[Path, Path], tmp_path: Path) -> None:
    sparkify, prefect = homes
    sparkify.rename(tmp_path / "elsewhere")
    sparkify.symlink_to(tmp_path / "elsewhere")
    prefect.chmod(0o1777)
    assert main(["sql", "--list"]) == 0
    assert [mode(tmp_path / "elsewhere"), mode(prefect)] == [0o755, 0o1777]


def test_what_a_command_writes_is_closed_to_others_but_not_what_a_person_names(tmp_path: Path, umask: None) -> None:
    for number, out in enumerate((None, tmp_path / "lake")):
        with closed_to_others({"out": out}):
            (tmp_path / str(number)).touch()
    (tmp_path / "2").touch()
    assert [mode(tmp_path / str(number)) for number in range(3)] == [0o600, 0o644, 0o644]


def test_a_worker_closes_what_it_writes_whatever_its_umask(tmp_path: Path, umask: None) -> None:
    Store().write(f"file://{tmp_path}/manifests/run/events.json", b"{}")
    require_writable("SPARKIFY_HOME", tmp_path / "new/home")
    made = (*tmp_path.rglob("*"),)
    assert {mode(path) for path in made} == {0o700, 0o600}
    assert [path.name for path in made if mode(path) == 0o600] == ["events.json"]
