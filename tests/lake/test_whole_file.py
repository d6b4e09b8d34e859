"""A file, such as the report, is written at once, and through no file that somebody has put in its way."""

from pathlib import Path

import pytest

from lake.whole_file import whole_file


def test_a_report_replaces_a_link_and_follows_none(tmp_path: Path) -> None:
    victim, report = tmp_path / "victim", tmp_path / "reports/insights.html"
    report.parent.mkdir()
    victim.write_text("as before")
    for planted in (report, report.with_name(".insights.html.new")):
        planted.symlink_to(victim)
    with whole_file(report) as file:
        file.write("the report")
    assert (report.read_text(), report.is_symlink(), victim.read_text()) == ("the report", False, "as before")


def test_a_report_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "insights.html").mkdir()
    with pytest.raises(IsADirectoryError), whole_file(tmp_path / "insights.html") as file:
        file.write("the report")
    assert [each.name for each in tmp_path.iterdir()] == ["insights.html"]
