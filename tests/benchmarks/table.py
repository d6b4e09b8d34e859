"""What `make bench` and `make bench-compare` put on the screen."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tests.benchmarks.figures import Figure, Scale
from tests.benchmarks.history import FOLDER, Run
from tests.benchmarks.rows import ROWS

WIDTH = 180
LEAST_ROUNDS = 3
LEAST_CHANGE = 0.05
"""A ratio that changed by less is nobody's concern, however exactly it was measured."""


def announce(rows: Sequence[str], scale: Scale) -> None:
    """Say what will be measured, and about how long that takes."""
    share = max(0.1, scale.events / Scale.events) * max(0.3, scale.rounds / Scale.rounds)
    console = Console(width=140)
    console.print(f"{scale.events:,} events, {scale.rounds} rounds; on 2 cores that takes about")
    for name in rows:
        console.print(f"  {ROWS[name].minutes * share:5.1f} min  [bold]{name}[/bold]: {ROWS[name].what}")
    total = sum(ROWS[name].minutes for name in rows) * share
    console.print(f"  {total:5.1f} min in all; the figures mean little while the machine does other things\n")


def tell_progress(row: str, seconds: float, *, failed: bool) -> None:
    """Say that a row is done."""
    Console(stderr=True).print(f"{row}: {'FAILED after ' if failed else ''}{seconds / 60:.1f} min", highlight=False)


def show(run: Run) -> None:
    """Show every figure of a run."""
    table = Table("row", "measured", box=None, pad_edge=False, title=_title(run), title_justify="left")
    for heading in ("", "beside", "", "ratio", "limit", "peak memory", "rounds"):
        table.add_column(heading, justify="left" if heading == "beside" else "right")
    for figure in run.figures:
        peak = "" if figure.peak_mb is None else f"{figure.peak_mb:,.0f} MB"
        table.add_row(
            figure.row,
            figure.case + (f" ({figure.note})" if figure.note and "," not in figure.note else ""),
            _amount(figure.value, figure.unit),
            figure.reference,
            _amount(figure.reference_value, figure.unit),
            _ratio(figure),
            _limit(figure),
            peak,
            str(len(figure.values)),
        )
    console = Console(width=WIDTH)
    console.print(table)
    for row in run.failed:
        console.print(f"[bold red]{row} failed[/bold red]: its last words are above")
    console.print(f"\nall of it: {FOLDER / 'latest.json'}; earlier runs beside it: make bench-compare", soft_wrap=True)


def show_comparison(latest: Run, earlier: Sequence[Run]) -> None:
    """Show the figures of the latest run beside those of the last earlier run that has them."""
    table = Table("row", "measured", box=None, pad_edge=False, title=_title(latest), title_justify="left")
    for heading in ("at", "before", "now", "change", ""):
        table.add_column(heading, justify="right")
    for new in latest.figures:
        found = [(run, old) for run in earlier for old in run.figures if (old.row, old.case) == (new.row, new.case)]
        if found:
            run, old = found[-1]
            before = (f"{run.commit} {run.at[:16]}", _ratio(old))
            change = (f"{new.ratio / old.ratio - 1:+.0%}", verdict(old, new))
        else:
            before, change = ("", ""), ("", "new")
        table.add_row(new.row, new.case, *before, _ratio(new), *change)
    console = Console(width=WIDTH)
    console.print(table)
    console.print(
        f"\nRatios, with the least and the greatest of the rounds. Marked is what moved by {LEAST_CHANGE:.0%} or more,"
        f" and so far that no round of one run reaches into the other's; it takes {LEAST_ROUNDS} rounds to tell."
    )


def verdict(old: Figure, new: Figure) -> str:
    """Tell whether a ratio has changed beyond noise."""
    if min(len(old.ratios), len(new.ratios)) < LEAST_ROUNDS:
        return "too few rounds"
    if abs(new.ratio / old.ratio - 1) < LEAST_CHANGE:
        return ""
    if max(new.ratios) < min(old.ratios):
        return "[green]less[/green]"
    return "[red]more[/red]" if min(new.ratios) > max(old.ratios) else ""


def _title(run: Run) -> str:
    return f"{run.at} UTC, commit {run.commit}, {run.machine}"


def _ratio(figure: Figure) -> str:
    spread = f" ({min(figure.ratios):.2f} to {max(figure.ratios):.2f})" if len(figure.ratios) > 1 else ""
    return f"{figure.ratio:.2f}{spread}"


def _limit(figure: Figure) -> str:
    limits = []
    if figure.ratio_limit is not None:
        limits.append(f"{figure.ratio_limit:g}")
    if figure.value_limit is not None:
        limits.append(_amount(figure.value_limit, figure.unit))
    text = " and ".join(limits)
    return text if figure.is_within_limits else f"[red]{text}[/red]"


def _amount(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.2f} {unit}" if value >= 0.1 else f"{value:.4f} {unit}"
