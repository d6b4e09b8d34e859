"""The datasets of the lake, declared once: what a run may load, and how it is told apart.

A dataset needs `create/staging_<name>.sql`, `copy/staging_<name>.sql`, and the suites `expectations/staging_<name>.py`
and `expectations/reconciliation_<name>.py`; loads read its staging table. Options, blocks and checks follow from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import sql
from sql.policies import DriftPolicy

DAMAGED = "CHARINDEX('Ã', {0}) + CHARINDEX('\ufffd', {0}) > 0"
"""What text of a column meets that was read as another encoding than it was written in, or lost what had none."""


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
    traits: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What rows of a column may have, in SQL over it, by a short name: how many do is kept of each batch."""
    drift: DriftPolicy = field(default_factory=DriftPolicy)
    """What a change of its keys, columns and days does to a run."""

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
            traits={
                "ts": {"whole seconds": "ts = DATE_TRUNC('second', ts)", "before 8 h": "EXTRACT(HOUR FROM ts) < 8"},
                "length": {"whole seconds": "length = FLOOR(length)"},
                "song": {"over 20 characters": "LEN(song) > 20", "damaged": DAMAGED.format("song")},
                "artist": {"over 15 characters": "LEN(artist) > 15", "damaged": DAMAGED.format("artist")},
                "location": {"over 20 characters": "LEN(location) > 20"},
                "useragent": {"over 100 characters": "LEN(useragent) > 100"},
            },
        ),
        Dataset(
            "songs",
            "the song metadata",
            "song_data",
            frozenset({"song_id", "artist_id", "title"}),
            is_in_every_lake=True,
            has_small_files=True,
            traits={
                "title": {"over 20 characters": "LEN(title) > 20", "damaged": DAMAGED.format("title")},
                "artist_name": {"damaged": DAMAGED.format("artist_name")},
                "duration": {"whole seconds": "duration = FLOOR(duration)"},
                "year": {"not known": "year = 0"},
            },
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
