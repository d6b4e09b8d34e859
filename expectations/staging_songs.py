"""What a batch of song files must be before the star is touched.

Ids that do not look like those of the Million Song Dataset, and songs told twice in different words, are only
reported: the load has a deterministic answer to both.
"""

from expectations.running.gx import ExpectationSuite, gxe
from expectations.running.history import filled_as_before, shares_are_as_usual, values_are_there
from expectations.running.rules import QueryRule, RowCondition

IDENTITY = ("song_id", "title", "artist_id")
COLUMNS = [
    "num_songs", "artist_id", "artist_latitude", "artist_longitude", "artist_location", "artist_name", "song_id",
    "title", "duration", "year",
]  # fmt: skip


def suite() -> ExpectationSuite:
    """Return the expectations of `staging_songs`, one row per song file."""
    return ExpectationSuite(
        name="staging_songs",
        expectations=[
            gxe.ExpectTableColumnsToMatchOrderedList(
                column_list=COLUMNS,
                severity="critical",
                description="the columns of staging_songs are those of a song file, in order",
            ),
            gxe.ExpectTableRowCountToBeBetween(
                min_value=1, severity="critical", description="the song files of a batch hold at least one song"
            ),
            # nulls
            gxe.ExpectColumnValuesToNotBeNull(
                column="song_id", severity="critical", description="every song has an id"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="title", severity="critical", description="every song has a title"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="artist_id", severity="critical", description="every song names its artist's id"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="artist_name", severity="critical", description="every song names its artist"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="duration", severity="critical", description="every song says how long it is"
            ),
            # keys
            QueryRule(
                rule="song_has_one_content",
                column="song_id",
                unexpected_rows_query="""
                    SELECT songs.song_id, COUNT(*) AS copies
                    FROM {batch} AS songs
                    JOIN (
                        SELECT song_id FROM {batch} AS every_song GROUP BY song_id HAVING COUNT(*) > 1
                    ) AS repeated
                        ON repeated.song_id = songs.song_id
                    GROUP BY songs.song_id
                    HAVING COUNT(DISTINCT songs.title) > 1
                        OR COUNT(DISTINCT songs.artist_id) > 1
                        OR COUNT(DISTINCT songs.artist_name) > 1
                        OR COUNT(DISTINCT songs.duration) > 1
                        OR COUNT(DISTINCT COALESCE(songs.year, 0)) > 1
                """,
                severity="warning",
                description="a song that was delivered more than once says the same each time",
            ),
            # domains
            gxe.ExpectColumnValuesToMatchRegex(
                column="song_id", regex="[^ ]", severity="critical", description="song_id is not blank"
            ),
            gxe.ExpectColumnValuesToMatchRegex(
                column="title", regex="[^ ]", severity="critical", description="title is not blank"
            ),
            gxe.ExpectColumnValuesToMatchRegex(
                column="artist_id", regex="[^ ]", severity="critical", description="artist_id is not blank"
            ),
            gxe.ExpectColumnValuesToMatchRegex(
                column="artist_name", regex="[^ ]", severity="critical", description="artist_name is not blank"
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="duration",
                min_value=0,
                strict_min=True,
                max_value=3600,
                severity="critical",
                description="a song lasts more than 0 and at most 3600 seconds",
            ),
            RowCondition(
                rule="year_is_plausible",
                column="year",
                condition="year <> 0 AND (year < 1900 OR year > EXTRACT(YEAR FROM CURRENT_DATE) + 1)",
                severity="critical",
                description="year is 0 where it is not known, else from 1900 to next year",
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="artist_latitude",
                min_value=-90,
                max_value=90,
                severity="critical",
                description="a latitude is from -90 to 90 degrees",
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="artist_longitude",
                min_value=-180,
                max_value=180,
                severity="critical",
                description="a longitude is from -180 to 180 degrees",
            ),
            gxe.ExpectColumnValuesToBeInSet(
                column="num_songs", value_set=[1], severity="warning", description="a song file holds one song"
            ),
            gxe.ExpectColumnValuesToMatchRegex(
                column="song_id",
                regex="^SO[A-Z0-9]{16}$",
                severity="warning",
                description="song_id looks like the Million Song Dataset's: SO and 16 capitals or digits",
            ),
            gxe.ExpectColumnValuesToMatchRegex(
                column="artist_id",
                regex="^AR[A-Z0-9]{16}$",
                severity="warning",
                description="artist_id looks like the Million Song Dataset's: AR and 16 capitals or digits",
            ),
            # against the batches before
            *filled_as_before("songs"),
            *values_are_there("songs"),
            *shares_are_as_usual("songs"),
        ],
    )
