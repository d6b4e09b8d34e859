"""What `songs` must be for analysts to read it: one row per song, of an artist that is there."""

from datetime import UTC, datetime

from expectations.running.gx import ExpectationSuite, gxe
from expectations.running.rules import is_known, one_row_per

IDENTITY = ("song_id",)
COLUMNS = ["song_id", "title", "artist_id", "year", "duration", "artist_name", "batch_id"]


def suite() -> ExpectationSuite:
    """Return the expectations of `songs`, one row per song."""
    return ExpectationSuite(
        name="songs",
        expectations=[
            gxe.ExpectTableColumnsToMatchOrderedList(
                column_list=COLUMNS, severity="critical", description="the columns of songs are as documented, in order"
            ),
            # nulls
            gxe.ExpectColumnValuesToNotBeNull(
                column="song_id", severity="critical", description="every song has an id"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="title", severity="critical", description="every song has a title"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="artist_id", severity="critical", description="every song has an artist"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="duration", severity="critical", description="every song says how long it is"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="artist_name", severity="critical", description="every song credits an artist"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="batch_id", severity="critical", description="every song was written by some batch"
            ),
            # keys
            one_row_per("songs", "song_id"),
            # domains
            gxe.ExpectColumnValuesToMatchRegex(
                column="title", regex="[^ ]", severity="critical", description="title is not blank"
            ),
            gxe.ExpectColumnValuesToMatchRegex(
                column="artist_name", regex="[^ ]", severity="critical", description="artist_name is not blank"
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="year",
                min_value=1900,
                max_value=datetime.now(UTC).year + 1,
                severity="critical",
                description="year is NULL where it is not known, else from 1900 to next year",
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="duration",
                min_value=0,
                strict_min=True,
                max_value=3600,
                severity="critical",
                description="a song lasts more than 0 and at most 3600 seconds",
            ),
            # across tables
            is_known("artist_is_known", "artist_id", "artists", IDENTITY, "the artist of every song is in artists"),
        ],
    )
