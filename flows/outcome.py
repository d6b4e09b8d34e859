"""How a flow ends that cannot succeed: with the one sentence that a person needs, in the UI and in every alert."""

import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from prefect.states import Failed

from expectations.results import ExpectationsFailed
from warehouse import WarehouseError

P = ParamSpec("P")
R = TypeVar("R")


def ends_in_a_sentence(recipe: Callable[P, R]) -> Callable[P, R]:
    """Make what is wrong with the data or the warehouse the message of the run's state, without Prefect's words around.

    Whoever calls the flow as a function still gets the exception. One that nobody expected stays as it is.
    """

    @wraps(recipe)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        started = time.monotonic()
        try:
            return recipe(*args, **kwargs)
        except TimeoutError as error:  # Prefect blames the limit of the task, also where that of the flow was reached
            after_s = time.monotonic() - started
            said = f"out of time after {after_s:.0f} s: its statements were cancelled, and nothing was published"
            return cast("R", Failed(message=said, data=error))
        except (WarehouseError, ExpectationsFailed, OSError, ValueError) as error:
            return cast("R", Failed(message=str(error), data=error))  # Prefect raises its data again

    return run
