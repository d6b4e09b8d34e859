"""The datasets of the lake, declared once: what a run may load, and how it is told apart.

A dataset needs `create/staging_<name>.sql`, `copy/staging_<name>.sql`, and the suites `expectations/staging_<name>.py`
and `expectations/reconciliation_<name>.py`; loads read its staging table. Options, blocks and checks follow from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import sql
from sql.policies import VolumePolicy

DRIFT: Mapping[str, str] = {"unknown": "warn", "case": "warn", "gone": "warn", "nested": "fail", "text": "warn"}
"""A key that no column takes; another spelling; a key that is gone; objects in the place of plain values; text in the
place of numbers. By default what would put other things than values into the star stops a run."""


@dataclass(frozen=True)
class Dataset:
    """Files of one kind: their name in options and in the ledger, and what they are to a person."""

    name: str
    holds: str
    """What it is, for the help of `--<name>`."""
    folder: str
    """Where it is in a lake that holds all datasets, such as the sample lake."""
    marks: frozenset[str]
    """Keys, in lower case, that only objects of this dataset have."""
    is_in_every_lake: bool = False
    """Whether the block of a warehouse must say where it is."""
    has_small_files: bool = False
    """Whether it comes as very many small files, which `--compact-songs` puts together."""
    person: str | None = None
    """The column that says by the number of a user whose a row is; None where rows are nobody's."""
    personal: frozenset[str] = frozenset()
    """The columns, without underscores, that say who somebody is, where they live or what they use: `is_personal`."""

    few_valued: tuple[str, ...] = ()
    """The columns whose values are few, and not personal: how many rows have each is kept of each batch."""
    moment: str | None = None
    """The column that says when something happened, of which days are counted; None where there is none."""
    play: str = "FALSE"
    """What a row meets that is a play, in SQL over its columns."""
    drift: Mapping[str, str] = field(default_factory=lambda: DRIFT)
    """What a change of its keys does to a run, by the kind of the change: `warn` or `fail`."""
    volume: VolumePolicy = field(default_factory=VolumePolicy)
    """How many rows its days may have."""

    @property
    def staging(self) -> str:
        """The table that COPY fills."""
        return f"staging_{self.name}"

    @property
    def lake(self) -> str:
        """The table that keeps the rows of the current version of every loaded file."""
        return f"lake_{self.name}"

    @property
    def reconciliation(self) -> str:
        """The suite that ties what was staged to what was loaded."""
        return f"reconciliation_{self.name}"

    @property
    def ignores_case(self) -> bool:
        """Whether COPY takes keys of its objects in any case."""
        return any("'auto ignorecase'" in statement for statement in sql.statements(f"copy/{self.staging}"))


DATASETS: Mapping[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        Dataset(
            "events",
            "the activity logs",
            "log_data",
            frozenset({"page", "ts", "sessionid"}),
            is_in_every_lake=True,
            person="userid",
            personal=frozenset({"firstname", "lastname", "gender", "location", "useragent"}),
            few_valued=("page", "level", "auth", "method", "status"),
            moment="ts",
            play="page = 'NextSong'",
        ),
        Dataset(
            "songs",
            "the song metadata",
            "song_data",
            frozenset({"song_id", "artist_id", "title"}),
            is_in_every_lake=True,
            has_small_files=True,
        ),
    )
}
_PERSONAL = frozenset[str]().union(*(dataset.personal for dataset in DATASETS.values()))


def is_personal(column: str) -> bool:
    """Return whether the values of a column are not for messages, logs, artifacts and Data Docs.

    All of these are kept elsewhere, and shown to others than the tables. There the place of such a value is named, and
    what is wrong with it. Numbers of users and sessions are shown, for nobody could find a row without them. A column
    of the star is personal where it is one of a dataset but for the underscores in its name, such as first_name.
    """
    return column.replace("_", "") in _PERSONAL


STAGING = tuple(dataset.staging for dataset in DATASETS.values())
"""The staging tables, in the order of the datasets."""
LAKE = tuple(dataset.lake for dataset in DATASETS.values())
"""The lake tables, in the order of the datasets."""
OPTIONS = tuple(f"--{name}" for name in DATASETS)
"""The options that say where the datasets are."""
SAY_WHERE_NOW = f"name the new place of the lake with {' and '.join(OPTIONS)}"
