"""The report as a page: what leads where, and what a reader may make of a number."""

import re
from datetime import datetime
from pathlib import Path

import pytest

from cli.page_opener import open_page
from reports.answers import Answer, Insights
from reports.insights_charts import cohorts, heat_map, ranking
from reports.insights_figures import FIGURES
from reports.insights_page import render, tiles

NAMES = ("period", "plays", "listeners", "new_listeners", "sessions", "songs_per_session", "hours_listened")
COLUMNS = (*NAMES, "share_paid", "share_known")
CURRENT = ("current", 1500, 40, 2, 21, 75.0, 5.25, 0.5, 0.0)


@pytest.mark.parametrize(
    ("before", "change"),
    [(1, "+1, from 1"), (2, "no change"), (0, "+2, from 0"), (50, "-48, from 50")],
)
def test_a_change_of_few_is_told_in_numbers(before: int, change: str) -> None:
    previous = ("previous", 1000, 20, before, 21, 50.0, 5.25, 0.46, 0.0)
    told = {tile.label: tile.change for tile in tiles(Answer("", COLUMNS, (CURRENT, previous), 0.0))}
    assert told["new listeners"] == change
    assert (told["plays"], told["listeners"], told["sessions"]) == ("+50%", "+100%", "no change")


def test_the_navigation_leads_to_every_section() -> None:
    batch = Answer("", ("batch_id", "last_played_at"), ((1, datetime(2018, 11, 30)),), 0.0)
    answers = {name: Answer("", (), (), 0.0) for name in FIGURES}
    answers |= {"headline": Answer("", COLUMNS, (CURRENT,), 0.0), "last_batch": batch}
    page = render(Insights("local", answers), Path("insights.html"))
    sections = re.findall(r'<h2 id="([^"]+)"', page)
    assert re.findall(r'<li><a href="#([^"]+)"', page) == sections
    assert "star" in sections


def test_the_heat_map_has_a_legend() -> None:
    drawn = heat_map([(1, hour, hour) for hour in range(24)], "When people listen")
    assert "plays in the hour" in drawn
    assert drawn.count("<title>") == 24


def test_a_row_of_cohorts_has_its_shares_written_in() -> None:
    drawn = cohorts([("a", 0, 1.0, "a: 4"), ("a", 1, 0.25, "a: 1"), ("b", 0, 1.0, "b: 2")], "Who comes back")
    assert re.findall(r">(\d+)</text>", drawn)[:3] == ["100", "25", "100"]
    assert re.findall(r"<title>([^<]*)</title>", drawn) == ["a: 4", "a: 1", "b: 2"]


def test_a_long_label_has_two_lines_and_names_that_begin_alike_have_labels_of_their_own() -> None:
    begin = "Horn Concerto No. 4 in E flat K495:"
    drawn = ranking([(f"{begin} II. Romance (Andante)", 2), (f"{begin} III. Rondo (Allegro)", 1)], "plays", "Songs")
    assert re.findall(r"<tspan[^>]*>([^<]*)</tspan>", drawn) == [
        *("Horn Concerto No. 4 in E", "flat K495: II. Romance …"),
        *("Horn Concerto No. 4 in E", "flat K495: III. Rondo …"),
    ]


def test_a_page_that_no_browser_opens_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []

    def open_once(url: str) -> bool:
        opened.append(url)
        return len(opened) == 1

    monkeypatch.setattr("webbrowser.open", open_once)
    open_page(Path("/reports/insights.html"))
    assert (opened, capsys.readouterr().err) == (["file:///reports/insights.html"], "")
    open_page(Path("/reports/insights.html"))
    assert capsys.readouterr().err == "no browser can be opened here: open /reports/insights.html\n"
