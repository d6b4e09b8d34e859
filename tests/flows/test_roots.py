"""What paths a run may name: any on the command line, those of its worker where a worker runs it."""

import os
from pathlib import Path

import pytest

from flows.roots import LAKE_ROOTS, lake_folder, report_file, require_known_roots
from tasks.discover.discovery import source
from warehouse import StorageError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A SPARKIFY_HOME of a worker, in a process that runs one of its runs."""
    monkeypatch.setenv("SPARKIFY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", "00000000-0000-0000-0000-000000000001")
    return tmp_path / "home"


def read(location: str) -> None:
    require_known_roots([source("songs", "s3://lake/song_data"), source("events", location)])


def test_a_worker_reads_s3_its_sample_lake_and_the_roots_that_it_was_given(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one").mkdir()
    read("s3://lake/log_data")
    read(f"file://{home}/lake/log_data")
    monkeypatch.setenv(LAKE_ROOTS, os.pathsep.join([str(tmp_path / "one"), str(tmp_path / "two")]))
    read(str(tmp_path / "one"))
    read(f"file://{tmp_path}/two/log_data/2018")


@pytest.mark.parametrize(
    "location",
    ["/etc/passwd", "{home}", "{home}/prefect-auth-string", "{home}/lake/../reports", "{home}/lakes", "~", "."],
)
def test_a_worker_refuses_any_other_folder(home: Path, location: str) -> None:
    with pytest.raises(
        StorageError, match=f"^events=/.*: a worker takes folders below {home}/lake only; .*{LAKE_ROOTS}"
    ):
        read(location.format(home=home))


def test_what_lies_beside_a_root_and_begins_with_its_name_is_refused(home: Path) -> None:
    (home / "lake2").mkdir(parents=True)
    (home / "lake2/a.json").touch()
    for beginning in (home / "lake", f"{home}/lake*", f"{home}/lak"):
        with pytest.raises(StorageError, match=r"^events=/.*: a worker takes folders below"):
            read(str(beginning))
    (home / "lake").mkdir()
    read(f"{home}/lake")
    read(f"{home}/lake/2018-11*")


def test_a_link_out_of_a_root_leads_to_no_file(home: Path) -> None:
    (home / "lake").mkdir(parents=True)
    (home / "lake/log_data").symlink_to("/etc")
    with pytest.raises(StorageError, match=r"^events=/etc: a worker takes"):
        read(str(home / "lake/log_data"))


def test_a_root_may_be_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LAKE_ROOTS, "/")
    read("/etc/passwd")


def test_the_reports_of_a_worker_go_to_one_folder(home: Path) -> None:
    assert report_file(None) is None
    assert report_file(Path("daily.html")) == report_file(home / "reports/daily.html") == home / "reports/daily.html"
    for out in (
        "~/.bashrc",
        "../prefect-auth-string",
        str(home / "reports"),
        "/etc/cron.d/sparkify",
        "~nobody-at-all/x",
    ):
        with pytest.raises(StorageError, match=f"^out={out}"):
            report_file(Path(out))
    (home / "reports").mkdir(parents=True)
    (home / "reports/elsewhere").symlink_to("/etc")
    with pytest.raises(StorageError, match=r"only; give a name, such as daily\.html$"):
        report_file(Path("elsewhere/passwd"))


def test_a_worker_writes_a_sample_lake_where_it_would_read_one(home: Path) -> None:
    assert lake_folder(home / "lake/small") == home / "lake/small"
    with pytest.raises(StorageError, match=r"^out=/etc/lake: a worker takes"):
        lake_folder(Path("/etc/lake"))


def test_who_has_a_command_line_may_name_any_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT__FLOW_RUN_ID")
    read("/etc/passwd")
    assert report_file(Path("~/report.html")) == Path("~/report.html")
    assert lake_folder(Path("lake")) == Path("lake")
