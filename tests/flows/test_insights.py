"""The report as people get it: from the flow to the page in a browser."""

import json
import re
from contextlib import closing
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

import pytest
from prefect.artifacts import Artifact
from prefect.client.schemas.objects import Artifact as StoredArtifact
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from flows.etl import etl
from flows.insights import insights
from reports.answers import QUERIES, Answer, Insights
from reports.insights_figures import FIGURES, SECTIONS, Figure
from reports.insights_page import Tile, covered, draw, tiles
from sample_lake.simulation import LakeSpec, write_lake
from tests import browser
from tests.flows.lakes import Lake
from tests.state import forget_everything
from tests.variants import often
from warehouse import connect


@pytest.fixture(scope="module")
def page(prefect_server: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on a small sample lake."""
    forget_everything()
    folder = tmp_path_factory.mktemp("report")
    write_lake(folder / "lake", LakeSpec(events=3_000, songs=50, users=40))
    etl(events=str(folder / "lake/log_data"), songs=str(folder / "lake/song_data"))
    return insights(out=folder / "report.html")


def unfold(chromium: Chrome, page: Path, width: int, scheme: str = "light") -> None:
    """Open the page with every detail unfolded."""
    browser.look(chromium, page, width, scheme)
    chromium.execute_script("document.querySelectorAll('details').forEach(each => each.open = true)")


def test_the_page_opens_without_an_error_and_asks_for_nothing(chromium: Chrome, page: Path) -> None:
    chromium.get("about:blank")
    chromium.get_log("browser"), chromium.get_log("performance")
    chromium.get(page.as_uri())
    events = [json.loads(entry["message"])["message"] for entry in chromium.get_log("performance")]
    asked_for = [
        event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in asked_for if not url.startswith("data:")] == [page.as_uri()]
    assert chromium.get_log("browser") == []


@pytest.mark.parametrize(
    ("width", "scheme"),
    often([(1280, "light"), (390, "dark"), (1280, "dark"), (390, "light")], 2),
)
def test_anybody_can_read_the_page(chromium: Chrome, page: Path, width: int, scheme: str) -> None:
    unfold(chromium, page, width, scheme)
    assert browser.violations(chromium) == []
    assert chromium.execute_script("let page = document.documentElement; return page.scrollWidth <= page.clientWidth")


@pytest.mark.parametrize("width", [1280, 390])
def test_every_answer_is_on_the_page_with_its_sql(chromium: Chrome, page: Path, width: int) -> None:
    unfold(chromium, page, width)
    codes = [code.text for code in chromium.find_elements(By.CSS_SELECTOR, "pre code")]
    assert len(codes) == len(QUERIES)
    assert all(code.startswith("-- One row") and ":days" not in code.partition("\nWITH")[2] for code in codes)
    for selector in ("article > svg", "table", "pre", ".diagram svg"):
        shown = chromium.find_elements(By.CSS_SELECTOR, selector)
        assert shown
        assert [each.rect for each in shown if each.rect["width"] < 100 or each.rect["height"] < 40] == []
    charts = [key for section in (*SECTIONS.values(), ("known_songs",)) for key in section if FIGURES[key].draw]
    assert len(chromium.find_elements(By.CSS_SELECTOR, "article > svg[role=img][aria-label]")) == len(charts)


def test_charts_fill_their_cards_and_only_the_widest_tables_scroll(chromium: Chrome, page: Path) -> None:
    unfold(chromium, page, 1280)
    for chart in chromium.find_elements(By.CSS_SELECTOR, "article > svg"):
        card = chart.find_element(By.XPATH, "..")
        assert chart.rect["width"] == pytest.approx(card.rect["width"] - 32, abs=2)
    unfold(chromium, page, 390)
    regions = "[...document.querySelectorAll('.scroll, pre')]"
    scrolling = f"{regions}.filter(each => each.scrollWidth > each.clientWidth).map(each => each.ariaLabel)"
    assert chromium.execute_script(f"return {scrolling}") == [
        "Headline numbers: table",
        "What preceded a change: table",
        "The star: diagram",
    ]


def test_the_keyboard_reaches_every_detail(chromium: Chrome, page: Path) -> None:
    unfold(chromium, page, 1280)
    focusable = chromium.find_elements(By.CSS_SELECTOR, "summary, pre[tabindex='0'], .scroll[tabindex='0']")
    for element in focusable:
        chromium.execute_script("arguments[0].focus()", element)
        assert chromium.switch_to.active_element == element
    assert len(chromium.find_elements(By.CSS_SELECTOR, "summary")) == len(QUERIES)


def test_the_data_docs_are_one_click_away(chromium: Chrome, page: Path) -> None:
    unfold(chromium, page, 1280)
    links = [link.get_attribute("href") for link in chromium.find_elements(By.CSS_SELECTOR, "main a")]
    pages = [Path(unquote(link.removeprefix("file://"))) for link in links if link and link.startswith("file://")]
    assert len([each for each in pages if each.name == "rows.html"]) == 10
    assert [each.name for each in pages if each.parent.name == "data-docs"] == ["index.html"]
    assert [each for each in pages if not each.is_file()] == []


@pytest.mark.slow
def test_the_run_keeps_a_summary_and_a_link(page: Path) -> None:
    summary, link = Artifact.get("sparkify-insights-summary"), Artifact.get("sparkify-insights-report")
    assert isinstance(summary, StoredArtifact)
    assert isinstance(link, StoredArtifact)
    told = re.sub(r"[\d,]+ days ago", "N days ago", str(summary.data))
    assert told.startswith(
        "The last play: 2018-11-30 23:47 UTC, N days ago\n\n"
        "# Sparkify, the 7 days up to 2018-11-30, which is N days ago\n\n"
        "| | | change |\n|---|--:|--:|\n| plays | "
    )
    assert "/data-docs/index.html)" in str(summary.data)
    assert link.data == f"[report.html]({page.as_uri()})"


@pytest.mark.slow
def test_the_page_begins_with_the_age_of_the_last_play(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.search(r"</h1>\n<p>The last play: 2018-11-30 23:\d\d UTC, [\d,]+ days ago\.", text)
    assert re.search(r'<h2 id="week">7 days up to 2018-11-30, which is [\d,]+ days ago</h2>', text)
    assert "ast 7 days" not in text


@pytest.mark.parametrize(
    ("played_at", "words"),
    [
        (datetime(2018, 11, 30, 1), "last 7 days"),
        (datetime(2018, 11, 29, 1), "last 7 days"),
        (datetime(2018, 11, 28, 23), "7 days up to 2018-11-28, which is 25 h ago"),
        ("50805-05-14 12:06:36.123", "last 7 days"),
    ],
)
def test_days_are_the_last_ones_only_where_they_are(played_at: object, words: str) -> None:
    insights = Insights("local", {"last_batch": Answer("", ("last_played_at",), ((played_at,),), 0.0)})
    assert covered(insights, datetime(2018, 11, 30)) == words


@pytest.mark.usefixtures("warehouse")
def test_an_empty_star_gives_a_page_that_says_so(sparkify_home: Path) -> None:
    path = insights()
    assert path == sparkify_home / "reports/insights.html"
    shown = path.read_text(encoding="utf-8")
    assert '<h2 id="empty">No plays yet</h2>' in shown
    assert "SELECT" not in shown


def test_a_headline_is_compared_with_the_period_before() -> None:
    names = ("period", "plays", "listeners", "new_listeners", "sessions", "songs_per_session", "hours_listened")
    columns = (*names, "share_paid", "share_known")
    current = ("current", 1500, 10, 3, 20, 75.0, 5.25, 0.5, 0.0)
    previous = ("previous", 1000, 20, 0, 20, 50.0, 5.25, 0.46, 0.0)
    assert tiles(Answer("", columns, (current, previous), 0.0)) == [
        Tile("1,500", "plays", "+50%"),
        Tile("10", "listeners", "-10, from 20"),
        Tile("3", "new listeners", "+3, from 0"),
        Tile("20", "sessions", "no change"),
        Tile("75.0", "songs per session", "+50%"),
        Tile("5.2", "hours listened", "no change"),
        Tile("50.0%", "of plays are paid", "+4.0 points"),
        Tile("0.0%", "of plays are of a known song", "no change"),
    ]
    assert {tile.change for tile in tiles(Answer("", columns, (current,), 0.0))} == {"no plays in the 7 days before"}


@pytest.mark.usefixtures("warehouse")
def test_a_name_from_the_logs_is_never_markup(lake: Lake, tmp_path: Path) -> None:
    lake.log(
        "2018-11-12",
        {"song": "<script>alert(1)</script>", "artist": "</svg><b>'\"{{ 7 * 7 }}"},
        {"itemInSession": 1, "song": "\x1b[2J \ufffe", "artist": "evil\u202egpj"},
    )
    etl(events=lake.events)
    shown = insights(out=tmp_path / "report.html").read_text(encoding="utf-8")
    assert [tag for tag in ("<script", "</svg><b>") if tag in shown] == []
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "{{ 7 * 7 }}" in shown
    assert shown.count("\\x1b[2J \\ufffe (evil\\u202egpj)") >= 3
    assert re.findall("[\x00-\x09\x0b-\x1f\u202e\ufffe]", shown) == []


def test_a_chart_that_cannot_be_drawn_is_a_table() -> None:
    def fail(rows: object, alt_text: str) -> str:
        raise ValueError("no such scale")

    note = "Plays per artist. (No chart, since it could not be drawn: no such scale)"
    assert draw(Figure("Artists", "Plays per artist.", fail), [("a", 1)]) == (None, note)


@pytest.mark.slow
@pytest.mark.usefixtures("warehouse")
def test_a_play_of_a_year_that_python_lacks_is_on_the_page(lake: Lake, tmp_path: Path) -> None:
    etl(events=lake.events, songs=lake.songs)
    with closing(connect(read_only=False)) as connection, connection, connection.cursor() as cursor:
        for table in ("songplays", "time"):
            cursor.execute(f"UPDATE {table} SET start_time = '50805-05-14 12:06:36.123'")
    report = insights(out=tmp_path / "report.html")
    assert "50805-05-14" in report.read_text(encoding="utf-8")
