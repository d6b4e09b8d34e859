"""The report's charts, as SVG that takes its colours from the page and so is readable in dark and in light.

Each is as wide as a phone and scales with its column. altair describes it, vl-convert draws it, without a network.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from html import escape
from textwrap import wrap

import altair as alt
import vl_convert

from lake.printable import printable

WIDTH = 340
LINE = 28
"""Characters in a line of a label."""
INK, FAINT, GRID = "var(--ink)", "var(--faint)", "var(--grid)"
ACCENTS = ["var(--accent)", "var(--accent-2)"]
WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
_MARK = re.compile(r'<path aria-label="([^"]*)"([^>]*)/>')
_SIZE = re.compile(r'width="[\d.]+" height="[\d.]+" viewBox')


def ranking(rows: Sequence[tuple[str, float]], unit: str, alt_text: str) -> str:
    """Draw (label, value) as bars, the first on top, with the values beside them.

    The library ends the process where a label has a character that XML forbids, so labels are written out.
    """
    shown = [(printable(name), value) for name, value in rows]
    data = alt.InlineData(
        [{"label": _lines(name), "value": value, "tip": f"{name}: {value:,} {unit}"} for name, value in shown]
    )
    height = 30 if any(len(name) > LINE for name, _ in shown) else 22
    names = alt.Y("label:N", title=None, sort=None, axis=_labels())
    values = alt.X("value:Q", axis=None, scale=alt.Scale(domainMax=1.18 * max((value for _, value in rows), default=1)))
    bars = alt.Chart(data).mark_bar(color=ACCENTS[0], height={"band": 0.7}, cornerRadiusEnd=2)
    texts = alt.Chart(data).mark_text(align="left", dx=4, color=INK, fontSize=11, aria=False)
    chart = alt.LayerChart(
        layer=[
            bars.encode(x=values, y=names, description="tip:N"),
            texts.encode(x=values, y=names, text=alt.Text("value:Q", format=",")),
        ]
    )
    return _svg(chart.properties(width=WIDTH, height=len(rows) * height + 10), alt_text)


def _labels() -> alt.Axis:
    """Return an axis whose labels have one line or two: the first of two ends in the middle."""
    has_two = {"test": "indexof(datum.label, '\\n') > 0", "value": "bottom"}
    return alt.Axis(
        labelExpr="slice(split(datum.label, '\\n'), 0, 2)",
        labelBaseline={"condition": has_two, "value": "middle"},
        labelLimit=160,
        ticks=False,
        domain=False,
    )


def _lines(name: str) -> str:
    """Break a name into lines, of which a label shows two; the others tell names apart that begin alike."""
    lines = wrap(name, LINE, drop_whitespace=False)
    if len(lines) > 2:
        lines[1] += "…"
    return "\n".join(lines)


def daily(rows: Sequence[tuple[datetime | str, str, float]], unit: str, alt_text: str, form: str = ",d") -> str:
    """Draw (day, series, value) as one column a day; two series stand on top of each other.

    A day of a year that Python does not know is a text.
    """
    data = alt.InlineData(
        [
            {
                "day": str(day).partition(" ")[0],
                "series": series,
                "value": value,
                "tip": f"{day if isinstance(day, str) else f'{day:%a %d %b}'}: {value:{form}} {series}",
            }
            for day, series, value in rows
        ]
    )
    series = list(dict.fromkeys(row[1] for row in rows))
    days = alt.Axis(format="%e %b", tickCount=4)
    colours = alt.Scale(domain=series, range=ACCENTS[: len(series)])
    legend = alt.Legend(orient="top", title=None) if len(series) > 1 else None
    chart = alt.Chart(data).mark_bar()
    chart = chart.encode(
        x=alt.X("yearmonthdate(day):T", title=None, axis=days, bandPosition=0.5),
        y=alt.Y(
            "value:Q",
            title=unit,
            stack="zero",
            axis=alt.Axis(format=form, tickCount=4, tickMinStep=1 if form == ",d" else alt.Undefined),
        ),
        color=alt.Color("series:N", scale=colours, legend=legend),
        description="tip:N",
    )
    return _svg(chart.properties(width=WIDTH, height=170), alt_text)


def heat_map(rows: Sequence[tuple[int, int, int]], alt_text: str) -> str:
    """Draw (weekday, hour, plays) as a week of hours, the more plays the stronger."""
    data = alt.InlineData(
        [
            {
                "day": WEEKDAYS[day],
                "hour": hour,
                "plays": plays,
                "tip": f"{WEEKDAYS[day]} {hour:02}:00: {plays:,} plays",
            }
            for day, hour, plays in rows
        ]
    )
    hours = alt.Axis(values=list(range(0, 24, 3)), labelAngle=0)
    legend = alt.Legend(
        title="plays in the hour", orient="top", tickCount=4, symbolType="square", symbolSize=160,
        symbolFillColor=ACCENTS[0], symbolStrokeWidth=0,
    )  # fmt: skip
    chart = alt.Chart(data).mark_rect(color=ACCENTS[0])
    chart = chart.encode(
        x=alt.X("hour:O", title="hour of the day (UTC)", axis=hours, scale=alt.Scale(domain=list(range(24)))),
        y=alt.Y("day:O", title=None, scale=alt.Scale(domain=[*WEEKDAYS[1:], WEEKDAYS[0]])),
        opacity=alt.Opacity("plays:Q", scale=alt.Scale(domainMin=0, range=[0.05, 1]), legend=legend),
        description="tip:N",
    )
    return _svg(chart.properties(width=WIDTH, height=210), alt_text)


def cohorts(rows: Sequence[tuple[str, int, float, str]], alt_text: str) -> str:
    """Draw (cohort, weeks after, share, tooltip) as a row of weeks for each cohort, the larger the share the stronger.

    The cells stay pale enough for the shares that are written into them, in percent.
    """
    data = alt.InlineData(
        [{"cohort": cohort, "week": week, "share": 100 * share, "tip": tip} for cohort, week, share, tip in rows]
    )
    weeks = alt.X("week:O", title="weeks after the first play", axis=alt.Axis(labelAngle=0))
    names = alt.Y("cohort:O", title=None, axis=alt.Axis(ticks=False, domain=False))
    strength = alt.Opacity("share:Q", scale=alt.Scale(domain=[0, 100], range=[0.05, 0.5]), legend=None)
    cells = alt.Chart(data).mark_rect(color=ACCENTS[0])
    texts = alt.Chart(data).mark_text(color=INK, fontSize=10, aria=False)
    chart = alt.LayerChart(
        layer=[
            cells.encode(x=weeks, y=names, opacity=strength, description="tip:N"),
            texts.encode(x=weeks, y=names, text=alt.Text("share:Q", format=".0f")),
        ]
    )
    return _svg(chart.properties(width=WIDTH, height=len({row[0] for row in rows}) * 24 + 40), alt_text)


def _svg(chart: alt.Chart | alt.LayerChart, alt_text: str) -> str:
    """Draw a chart, name it for screen readers, and give each of its marks a tooltip."""
    themed = (
        chart.properties(
            background="transparent",
            padding={"left": 8, "top": 2, "right": 2, "bottom": 2},
            autosize=alt.AutoSizeParams(type="fit", contains="padding"),
        )
        .configure(font="sans-serif")
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=INK, titleColor=INK, gridColor=GRID, domainColor=FAINT, tickColor=FAINT, titleFontWeight="normal"
        )
        .configure_axisX(grid=False)
        .configure_legend(labelColor=INK, titleColor=INK, titleFontWeight="normal")
    )
    drawn: str = vl_convert.vegalite_to_svg(themed.to_dict())
    drawn = _SIZE.sub(f'role="img" aria-label="{escape(alt_text)}" viewBox', drawn, count=1)
    return _MARK.sub(r'<path aria-label="\1"\2><title>\1</title></path>', drawn)
