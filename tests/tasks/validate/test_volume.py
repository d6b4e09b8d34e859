"""Days of a batch against the days before them: missing, unusually many rows or few, or nothing to tell yet."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest

from sql.datasets import DATASETS
from sql.policies import DriftPolicy, VolumePolicy
from tasks.validate.volume import DayRows, Days, find_usual_again, find_volume, plausible_day

EVENTS = DATASETS["events"]
MONDAY = date(2018, 9, 3)
TODAY = date(2018, 12, 24)
WEEK = (300, 310, 400, 250, 300, 180, 120)
NOISE = (1.0, 1.1, 0.9, 1.05, 0.95)


def rows_of(number: int) -> int:
    """How many rows a usual day has, that many days after the first Monday."""
    return round(WEEK[number % 7] * NOISE[number % 5])


def usual(numbers: Iterable[int], parts: int = 1) -> list[DayRows]:
    """Usual days, each loaded by a batch of its own, or by as many as that."""
    return [
        DayRows(MONDAY + timedelta(number), parts * number + part, rows_of(number) // parts)
        for number, part in product(numbers, range(parts))
    ]


def told(before: list[DayRows], *own: DayRows, gone: tuple[int, ...] = (), today: date = TODAY) -> list[str]:
    return [each.message for each in find_volume(EVENTS, Days(before, own, gone, today))]


def day(number: int, share: float = 1.0) -> DayRows:
    return DayRows(MONDAY + timedelta(number), 1000, round(rows_of(number) * share))


def test_usual_days_are_quiet_one_by_one_and_all_at_once() -> None:
    days = usual(range(100))
    assert [told(days[:number], each) for number, each in enumerate(days)] == [[]] * 100
    assert told([], *days) == []


def test_a_day_with_few_rows_or_many_is_told_with_what_is_usual() -> None:
    assert told(usual(range(70)), day(70, 0.3)) == [
        "events: 90 rows of 2018-11-12, 71% fewer than the 307 of Mondays before (the median of 8): see whether all "
        "files of the day were delivered"
    ]
    assert told(usual(range(70)), day(70, 3)) == [
        "events: 900 rows of 2018-11-12, 193% more than the 307 of Mondays before (the median of 8): see whether "
        "something was delivered twice, or floods the app"
    ]


def test_weekdays_are_held_against_their_own_kind() -> None:
    sunday, wednesday = day(76), day(72)
    assert told(usual(range(76)), sunday) == []
    assert len(told(usual(range(72)), replace(wednesday, rows=sunday.rows))) == 1


def test_one_bad_day_does_not_make_bad_days_usual() -> None:
    before = [replace(each, rows=1) if each.day == MONDAY + timedelta(63) else each for each in usual(range(70))]
    assert len(told(before, day(70, 0.3))) == 1
    assert told(before, day(70)) == []


def test_a_day_that_is_delivered_again_is_the_sum_of_both_unless_it_takes_the_place_of_the_first() -> None:
    before = usual(range(71))
    assert "100% more" in told([replace(each, rows=300) for each in before], replace(day(70), rows=300))[0]
    assert told(before, day(70), gone=(70,)) == []
    assert len(told(before, day(70, 0.3), gone=(70,))) == 1


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(usual(range(49, 70)), id="three Mondays"),
        pytest.param([replace(each, rows=each.rows // 12) for each in usual(range(70))], id="few rows"),
        pytest.param([], id="nothing"),
    ],
)
def test_too_little_history_says_nothing(before: list[DayRows]) -> None:
    assert told(before, DayRows(MONDAY + timedelta(70), 1000, 2)) == []


def test_a_day_that_goes_on_is_not_judged_yet() -> None:
    assert told(usual(range(70)), day(70, 0.3), today=MONDAY + timedelta(70)) == []


def test_where_days_come_in_parts_a_day_is_judged_when_the_next_begins() -> None:
    before = usual(range(70), parts=3)
    assert told(before, day(70, 0.1)) == []
    assert told([*before, day(70)], day(71, 0.1)) == []
    [message] = told([*before, day(70, 0.1)], day(71, 0.1))
    assert "30 rows of 2018-11-12" in message
    assert told([*before, day(70, 0.1), day(71, 0.1)], day(71, 0.1)) == []


def test_missing_days_are_told_once_by_the_batch_that_leaves_them_out() -> None:
    gap = "though there are some of days before and after: see whether all files of the lake were delivered"
    before = usual(range(5))
    assert told(before, day(6)) == [f"events: no row of 2018-09-08, {gap}"]
    assert told(before, day(9), day(11)) == [
        f"events: no row of 2018-09-08 to 2018-09-11 (4 days), {gap}",
        f"events: no row of 2018-09-13, {gap}",
    ]
    with_gap = [*before, *usual([9])]
    assert told(with_gap, day(10)) == told(with_gap, day(6)) == []
    assert told(usual(range(5)), day(0), gone=(0, 2)) == [f"events: no row of 2018-09-05, {gap}"]
    assert told([replace(each, rows=20) for each in before], replace(day(6), rows=20)) == []


def over(before: list[DayRows], *own: DayRows, gone: tuple[int, ...] = ()) -> list[str]:
    return find_usual_again(EVENTS, Days(before, own, gone, TODAY))


def test_what_is_over_is_told_once() -> None:
    before = [*usual(range(70)), day(70, 0.2)]
    assert over(before, day(71)) == ["events: 2018-11-12 had unusually many rows or few; 2018-11-13 has not"]
    assert over([*before, *usual([71])], day(72)) == []
    assert over(before, day(71, 0.2)) == []
    assert over(before, replace(day(70), batch_id=2000), gone=(1000,)) == [
        "events: 2018-11-12 had unusually many rows or few; 2018-11-12 has not"
    ]
    assert over(before, replace(day(70, 0.2), batch_id=2000), gone=(1000,)) == []
    assert over(usual([0, 1, 2, 5, 6]), day(3), day(4)) == [
        "events: there are rows of 2018-09-06 to 2018-09-07 (2 days) now"
    ]
    assert over([], *usual(range(5))) == over(usual(range(70)), day(70)) == []


def test_what_a_policy_says_goes() -> None:
    strict = replace(EVENTS, drift=DriftPolicy(volume=VolumePolicy(spreads=1, weekdays=2)))
    days = Days(usual(range(56, 70)), [day(70, 0.8)], (), TODAY)
    assert (len(find_volume(strict, days)), find_volume(EVENTS, days)) == (1, [])


def test_wrong_moments_are_no_days() -> None:
    texts = ("2018-11-12", "1970-01-18", "2018-12-26", "50813-01-02", "2018-11-31")
    assert [plausible_day(text, TODAY) for text in texts] == [date(2018, 11, 12), None, None, None, None]
