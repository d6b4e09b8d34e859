"""What flows are tested on."""

from pathlib import Path

import pytest

from tests.flows.lakes import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake with one play and its song."""
    made = Lake(tmp_path / "lake")
    made.log("2018-11-12", {})
    made.song("TRAAAAW128F429D538", {})
    return made
