"""A run that is killed outright, or loses the whole server: the old star or the new one, and the next run completes."""

import os
import random
import signal

import pytest

from tests.crash.committed import committed
from tests.crash.conftest import RunProcess, SecondBatch, restore
from tests.crash.watched import Act, Moment, Plain, Strike
from tests.variants import often
from warehouse.home import home

pytestmark = pytest.mark.slow


KILLS = int(os.environ.get("SPARKIFY_TEST_KILLS", "5"))
SECONDS_OF_A_RUN = 1.5


@pytest.mark.timeout(1800)
def test_a_run_that_is_killed_at_any_moment_leaves_one_star_and_the_next_run_completes_it(
    second_batch: SecondBatch, run_process: RunProcess
) -> None:
    chance = random.Random(20181112)
    for _ in range(KILLS):
        run = run_process(second_batch.lake)
        run.join(chance.uniform(0, SECONDS_OF_A_RUN))
        run.kill()
        run.join()
        assert committed() in (second_batch.old, second_batch.new)
        if committed() == second_batch.new:
            restore()
    second_batch.run()
    assert committed() == second_batch.new


def kill_server(*_: object) -> None:
    """Kill PostgreSQL's first process; the others notice and end by themselves."""
    os.kill(int((home() / "postgres/data/postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)


def kill_session(_: Moment, connection: Plain) -> None:
    """Kill the process of a session, upon which PostgreSQL ends all sessions and recovers."""
    os.kill(connection.info.backend_pid, signal.SIGKILL)


@pytest.mark.usefixtures("without_delay")
@pytest.mark.parametrize(
    ("fragment", "kill"),
    often(
        [
            ("COPY staging_events", kill_server),
            ("FROM songplays WHERE batch_id", kill_server),
            ("INSERT INTO songplays", kill_session),
        ]
    ),
)
def test_a_run_starts_a_killed_server_again_and_ends_well(second_batch: SecondBatch, fragment: str, kill: Act) -> None:
    strike = Strike(lambda moment: moment.when == "before" and fragment in moment.statement, kill)
    second_batch.run(strike)
    assert strike.at is not None
    assert committed() == second_batch.new
