"""Errors of the embedded server are the same in another process."""

import pickle
from pathlib import Path

from local_redshift.errors import HomeUnusable, ServerStuck


def test_errors_can_be_pickled() -> None:
    unusable, stuck = HomeUnusable(Path("/x"), "it is a file"), ServerStuck("it runs: stop the server")
    copies = pickle.loads(pickle.dumps([unusable, stuck]))
    assert [str(each) for each in copies] == [str(unusable), str(stuck)]
    assert copies[0].reason == "it is a file"
