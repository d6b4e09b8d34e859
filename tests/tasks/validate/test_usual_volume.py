"""Years of the simulated app: how often usual days are told, and how large a loss must be to be found."""

from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest

from sample_lake.days import Cast, simulate_days
from sql.datasets import DATASETS
from tasks.validate.volume import DayRows, Days, find_volume

pytestmark = pytest.mark.slow
EVENTS, FIRST, YEAR = DATASETS["events"], date(2018, 11, 1), 365
LATER = FIRST + timedelta(1000)
SEEDS = range(1, 11)


@cache
def year(seed: int) -> list[DayRows]:
    """A year of the simulated app, each day loaded by a batch of its own."""
    cast = Cast(60, 50, 50, np.full(101, 200_000))
    days = simulate_days(np.random.default_rng(seed), cast, 300 * YEAR, YEAR)
    return [DayRows(FIRST + timedelta(each.number), each.number, each.page.size) for each in days]


def told(days: list[DayRows], place: int, kept: float = 1.0) -> bool:
    """Tell whether the batch of a day is told of, where only this share of its rows has come."""
    day = DayRows(days[place].day, days[place].batch_id, round(days[place].rows * kept))
    return bool(find_volume(EVENTS, Days(days[max(0, place - 60) : place], [day], (), LATER)))


def test_of_ten_years_of_usual_days_seven_are_told() -> None:
    assert sum(told(days, place) for days in map(year, SEEDS) for place in range(len(days))) == 7


@pytest.mark.parametrize(("lost", "found"), [(0.5, 24), (0.6, 53), (0.7, 90), (0.8, 100)])
def test_a_loss_is_found_that_is_large_beside_what_days_differ_by(lost: float, found: int) -> None:
    days = year(1)
    places = range(60, YEAR)
    share = 100 * sum(told(days, place, 1 - lost) for place in places) / len(places)
    assert share == pytest.approx(found, abs=1)
