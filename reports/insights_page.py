"""The report as one HTML page that opens from disk: what was answered, laid out for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from expectations.pages.templates import environment
from lake.clock import utc_now
from lake.printable import printable
from reports.answers import MONTH, WEEK, Answer, Insights
from reports.diagram import diagram
from reports.insights_charts import WEEKDAYS
from reports.insights_figures import FIGURES, SECTIONS, Figure
from reports.links import address_on
from reports.status import age
from sql.tables import STAR, read_table

HEADLINES = (
    ("plays", "plays"),
    ("listeners", "listeners"),
    ("new_listeners", "new listeners"),
    ("sessions", "sessions"),
    ("songs_per_session", "songs per session"),
    ("hours_listened", "hours listened"),
    ("share_paid", "of plays are paid"),
    ("share_known", "of plays are of a known song"),
)
COUNTS = ("plays", "listeners", "new_listeners", "sessions")
FEW = 20
"""Of fewer, a change in percent says more than there is: 1 to 2 is no boom."""


@dataclass(frozen=True)
class Tile:
    """One headline number: as text, what it counts, and how it changed against the previous period."""

    value: str
    label: str
    change: str


@dataclass(frozen=True)
class Panel:
    """One answer on the page: a table, its SQL, and a chart where one shows it better."""

    key: str
    title: str
    note: str
    chart: str | None
    columns: tuple[str, ...]
    numbers: tuple[bool, ...]
    """Which columns hold numbers, whose digits stand under each other."""
    rows: tuple[tuple[str, ...], ...]
    sql: str


def render(insights: Insights, path: Path) -> str:
    """Return the page, which is to be at this path."""
    page = environment(Path(__file__).parent).get_template("insights.html")
    panels = {key: _panel(key, answer) for key, answer in insights.answers.items()}
    now = utc_now()
    return page.render(
        address=partial(address_on, path, region=insights.region),
        insights=insights,
        tiles=tiles(insights.answers["headline"]) if insights.answers else [],
        sections={title: [panels[key] for key in keys] for title, keys in SECTIONS.items() if panels},
        state=_state(insights.answers["last_batch"]) if insights.answers else {},
        panels=panels,
        diagram=diagram([read_table(name) for name in STAR]),
        made_at=f"{now:%Y-%m-%d %H:%M} UTC",
        last_play=last_play(insights, now),
        covered=covered(insights, now),
        week=WEEK,
        month=MONTH,
    )


def last_play(insights: Insights, now: datetime) -> str:
    """Tell when the last play was, and how long ago."""
    played_at = _last_played_at(insights)
    return f"{played_at:%Y-%m-%d %H:%M} UTC, {age(now - played_at)} ago" if played_at else "not known"


def covered(insights: Insights, now: datetime) -> str:
    """Name the week that the headline is about: the last days only where the last play is of yesterday or today."""
    played_at = _last_played_at(insights)
    if played_at is None or now.date() - played_at.date() <= timedelta(days=1):
        return f"last {WEEK} days"
    return f"{WEEK} days up to {played_at:%Y-%m-%d}, which is {age(now - played_at)} ago"


def _last_played_at(insights: Insights) -> datetime | None:
    """Return the time of the last play; None where there is none, or none that Python can tell."""
    answer = insights.answers.get("last_batch")
    played_at = dict(zip(answer.columns, answer.rows[0], strict=True)).get("last_played_at") if answer else None
    return played_at if isinstance(played_at, datetime) else None


def tiles(headline: Answer) -> list[Tile]:
    """Put the headline into numbers with their change against the previous period."""
    periods = {str(row[0]): dict(zip(headline.columns, row, strict=True)) for row in headline.rows}
    current, previous = periods["current"], periods.get("previous")
    return [Tile(text(current[name], name), label, _change(name, current, previous)) for name, label in HEADLINES]


def _change(name: str, current: Mapping[str, Any], previous: Mapping[str, Any] | None) -> str:
    if previous is None:
        return "no plays in the 7 days before"
    now, before = float(current[name]), float(previous[name])
    if name.startswith("share"):
        change = f"{100 * (now - before):+.1f} points"
    elif name in COUNTS and min(now, before) < FEW:
        change = f"{now - before:+,.0f}, from {before:,.0f}"
    elif before:
        change = f"{(now - before) / before:+.0%}"
    else:
        change = f"from {text(previous[name], name)}"
    return "no change" if now == before or change[1:] in ("0%", "0.0 points") else change


def _panel(key: str, answer: Answer) -> Panel:
    figure = FIGURES[key]
    columns = tuple(name.replace("_", " ") for name in answer.columns)
    rows = tuple(
        tuple(text(value, name) for name, value in zip(answer.columns, row, strict=True)) for row in answer.rows
    )
    numbers = tuple(_is_number(name, [row[at] for row in answer.rows]) for at, name in enumerate(answer.columns))
    chart, note = draw(figure, answer.rows)
    return Panel(key.replace("_", "-"), figure.title, note, chart, columns, numbers, rows, answer.sql)


def draw(figure: Figure, rows: Sequence[tuple[object, ...]]) -> tuple[str | None, str]:
    """Draw an answer, and return its note too; where there is no chart, the page shows the table."""
    if not figure.draw or not rows:
        return None, figure.note
    try:
        return figure.draw(rows, f"{figure.title}. {figure.note}"), figure.note
    except Exception as error:  # noqa: BLE001 - whatever the library makes of foreign values, the report is worth more
        return None, f"{figure.note} (No chart, since it could not be drawn: {printable(str(error))})"


def _is_number(column: str, values: Sequence[object]) -> bool:
    return column != "weekday" and not column.endswith("_id") and all(isinstance(each, int | float) for each in values)


def _state(answer: Answer) -> dict[str, str]:
    names: Sequence[str] = [name.replace("_", " ") for name in answer.columns]
    values = [text(value, name) for name, value in zip(answer.columns, answer.rows[0], strict=True)]
    return dict(zip(names, values, strict=True))


def text(value: Any, column: str) -> str:
    """Write a value as people read it: thousands with commas, shares in percent, days without a time."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == datetime.min.time() else f"{value:%Y-%m-%d %H:%M}"
    if value is None or isinstance(value, str) or column.endswith("_id"):
        return "not known" if value is None else printable(str(value))
    number = float(value)
    if column == "weekday":
        return WEEKDAYS[int(number)]
    if column.startswith("share"):
        return f"{number:.1%}"
    return f"{number:,.1f}" if isinstance(value, float) else f"{number:,.0f}"
