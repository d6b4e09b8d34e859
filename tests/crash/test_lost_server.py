"""A run that loses the server at a statement tries again what it was at, and ends well; never a mixture in between.

It takes each COMMIT of what a run has written, where it matters whether its answer was heard, and some other moments;
SPARKIFY_TEST_STRIDE=1 takes all.
"""

import os
import zlib

import pytest

from tests.crash.committed import committed
from tests.crash.conftest import SecondBatch, restore
from tests.crash.watched import Moment, ends_what_writes, lose, strikes

pytestmark = pytest.mark.slow


STRIDE = int(os.environ.get("SPARKIFY_TEST_STRIDE", "400"))


def wanted(moment: Moment) -> bool:
    """Tell whether a session is to be lost at this moment: when what writes ends, or at one of so many others."""
    return ends_what_writes(moment) or zlib.crc32(f"{moment.words} {moment.nth}".encode()) % STRIDE == 0


def publishes(moment: Moment | None) -> bool:
    """Tell whether a transaction has just ended that writes, such as the publishing one: each begins with the lease."""
    return (
        moment is not None and moment.when == "after" and moment.statement.startswith("COMMIT -- -- The latest lease")
    )


@pytest.mark.timeout(4 * 3600)
@pytest.mark.usefixtures("without_delay")
def test_a_lost_transaction_is_tried_again_and_a_lost_answer_to_commit_is_looked_up(
    second_batch: SecondBatch,
) -> None:
    lost = []
    for strike in strikes(wanted, lose):
        restore()
        second_batch.run(strike)
        assert committed() == second_batch.new, strike.at
        lost.append(strike.at)
    assert any(publishes(moment) for moment in lost)
