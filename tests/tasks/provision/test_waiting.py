"""Waiting for AWS, on a clock that only the wait itself moves."""

import pytest

from tasks.provision.waiting import HOPELESS, Patience
from warehouse import WarehouseUnavailable


class Clock:
    """A clock that stands still but for who sleeps."""

    def __init__(self) -> None:
        self.time_s = 1000.0

    def now(self) -> float:
        return self.time_s

    def sleep(self, seconds: float) -> None:
        self.time_s += seconds


def patience(said: list[str], limit_s: float = 60) -> Patience:
    clock = Clock()
    return Patience(limit_s, said.append, pause_s=20, now=clock.now, sleep=clock.sleep)


def test_progress_is_told_until_the_status_is_reached() -> None:
    said: list[str] = []
    statuses = iter(["missing", "creating", "available"])
    patience(said).until("available", "cluster sparkify", lambda: next(statuses))
    assert said == [
        "cluster sparkify is missing, not available yet (0 s of at most 60)",
        "cluster sparkify is creating, not available yet (20 s of at most 60)",
    ]


def test_what_is_so_already_is_not_waited_for() -> None:
    said: list[str] = []
    patience(said, limit_s=0).until("available", "cluster sparkify", lambda: "available")
    assert said == []


def test_the_time_limit_ends_in_a_sentence() -> None:
    said: list[str] = []
    with pytest.raises(WarehouseUnavailable) as late:
        patience(said).until("available", "cluster sparkify", lambda: "creating")
    assert str(late.value) == (
        "cluster sparkify is still creating, not available, after 1 minutes; AWS goes on with it: run the command "
        "again to wait on, or give the block more wait_minutes"
    )
    assert len(said) == 3


@pytest.mark.parametrize("status", HOPELESS)
def test_a_state_without_hope_ends_the_wait_at_once(status: str) -> None:
    said: list[str] = []
    with pytest.raises(WarehouseUnavailable, match=f"cluster sparkify is {status} and will not become available: ."):
        patience(said).until("available", "cluster sparkify", lambda: status)
    assert said == []
