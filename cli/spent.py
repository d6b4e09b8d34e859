"""Where the time of a command went, in items that add up to what the person waited."""

from collections import defaultdict
from collections.abc import Sequence
from operator import itemgetter

from lake.printable import printable
from tasks.steps import Work, innermost

LEAST_SHARE = 0.01
"""What takes less of the whole is not told by itself."""
START, OTHER = "start", "other"


def time_spent(works: Sequence[Work], began_s: float, ended_s: float) -> str:
    """Tell where the seconds from `began_s` to `ended_s` (monotonic) went: each moment is that of the innermost tasks.

    `start` is what goes by before the first task, `other` what goes by between tasks and in short ones.
    """
    first_s = min((each.began_s for each in works), default=ended_s)
    spent = defaultdict[str, float](float, {START: first_s - began_s})
    at_work: list[Work] = []
    until_s = first_s
    turns = ((moment, each) for each in works for moment in (each.began_s, each.ended_s or ended_s))
    for moment, each in sorted(turns, key=itemgetter(0)):
        if moment > until_s:
            spent[" and ".join(map(_short, innermost(at_work))) or OTHER] += moment - until_s
            until_s = moment
        (at_work.remove if each in at_work else at_work.append)(each)
    spent[OTHER] += ended_s - until_s
    total = round(ended_s - began_s, 2)
    least_s = LEAST_SHARE * total
    told = {name: round(seconds, 2) for name, seconds in spent.items() if seconds >= least_s and name != OTHER}
    told[OTHER] = total - sum(told.values())
    return f"Seconds: {', '.join(f'{name} {seconds:.2f}' for name, seconds in told.items())}; {total:.2f} in all"


def _short(work: Work) -> str:
    """Return the name of a task without what it works on."""
    return printable(work.name.partition(":")[0])
