"""What `make bench` computes from its measurements, keeps, and holds against earlier ones."""

from pathlib import Path

import pytest

from tests.benchmarks.figures import Figure, Scale
from tests.benchmarks.history import describe_run, keep, runs
from tests.benchmarks.table import verdict


def figure(*values: float, beside: float = 1.0, ratio_limit: float | None = None) -> Figure:
    return Figure("a load", values, "another", (beside,) * len(values), ratio_limit=ratio_limit, row="etl")


def test_a_ratio_is_the_median_of_the_rounds_not_the_ratio_of_the_medians() -> None:
    slow_second_round = Figure("a load", (2.0, 30.0, 3.0), "another", (1.0, 10.0, 2.0))
    assert slow_second_round.ratios == (2.0, 3.0, 1.5)
    assert slow_second_round.ratio == 2.0
    assert (slow_second_round.value, slow_second_round.reference_value) == (3.0, 2.0)


def test_a_figure_beyond_a_limit_says_so() -> None:
    assert figure(1.2, ratio_limit=1.3).is_within_limits
    assert not figure(1.4, ratio_limit=1.3).is_within_limits


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ((1.0, 1.1, 1.2), (1.3, 1.4, 1.5), "[red]more[/red]"),
        ((1.3, 1.4, 1.5), (1.0, 1.1, 1.2), "[green]less[/green]"),
        ((1.0, 1.1, 1.4), (1.3, 1.4, 1.5), ""),
        ((1.000, 1.001, 1.002), (1.003, 1.004, 1.005), ""),
        ((1.0, 1.1), (1.3, 1.4), "too few rounds"),
    ],
    ids=["slower", "faster", "rounds overlap", "too little", "two rounds"],
)
def test_a_change_counts_when_no_round_of_one_run_reaches_into_the_other(
    before: tuple[float, ...], now: tuple[float, ...], said: str
) -> None:
    assert verdict(figure(*before), figure(*now)) == said


def test_every_run_is_kept_whole_and_the_latest_stands_alone(tmp_path: Path) -> None:
    first = describe_run(Scale(10, 2), [figure(1.0, 2.0)], [])
    second = describe_run(Scale(20, 2), [figure(3.0, 4.0, ratio_limit=2)], ["copy"])
    keep(first, tmp_path)
    keep(second, tmp_path)
    assert runs(tmp_path) == [first, second]
    assert '"ratio": 3.5' in (tmp_path / "latest.json").read_text()
