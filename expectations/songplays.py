"""What `songplays` must be for analysts to read it: one row per play, of a user, a moment and a song that are there."""

from expectations.running.gx import ExpectationSuite, gxe
from expectations.running.rules import QueryRule, RowCondition, is_known, one_row_per

IDENTITY = ("songplay_id", "session_id", "item_in_session")
COLUMNS = [
    "songplay_id", "start_time", "user_id", "level", "song_id", "artist_id", "session_id", "location", "user_agent",
    "item_in_session", "song_title", "artist_name", "song_duration", "batch_id",
]  # fmt: skip


def suite() -> ExpectationSuite:
    """Return the expectations of `songplays`, one row per play."""
    return ExpectationSuite(
        name="songplays",
        expectations=[
            gxe.ExpectTableColumnsToMatchOrderedList(
                column_list=COLUMNS,
                severity="critical",
                description="the columns of songplays are as documented, in order",
            ),
            # nulls
            gxe.ExpectColumnValuesToNotBeNull(
                column="songplay_id", severity="critical", description="every play has an id"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="start_time", severity="critical", description="every play says when it started"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="user_id", severity="critical", description="every play has a user"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="level", severity="critical", description="every play has the user's level at that time"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="session_id", severity="critical", description="every play belongs to a session"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="item_in_session", severity="critical", description="every play has a place in its session"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="song_title", severity="critical", description="every play says what was played"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="artist_name", severity="critical", description="every play says who was played"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="song_duration", severity="critical", description="every play says how long its song is"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="batch_id", severity="critical", description="every play was written by some batch"
            ),
            # keys
            RowCondition(
                rule="songplay_id_is_derived",
                column="songplay_id",
                condition="songplay_id <> MD5(CAST(session_id AS VARCHAR) || '-' || CAST(item_in_session AS VARCHAR))",
                severity="critical",
                description="songplay_id is the MD5 of session_id and item_in_session",
            ),
            one_row_per("songplays", "session_id", "item_in_session"),
            # domains
            RowCondition(
                rule="start_time_is_plausible",
                column="start_time",
                condition="start_time < '2000-01-01' OR start_time > GETDATE() + INTERVAL '1 day'",
                severity="critical",
                description="a play started since the year 2000, and not in the future",
            ),
            RowCondition(
                rule="start_time_is_in_milliseconds",
                column="start_time",
                condition="start_time <> DATE_TRUNC('milliseconds', start_time)",
                severity="critical",
                description="start_time has no fraction below the millisecond, as the app's log has none",
            ),
            gxe.ExpectColumnValuesToBeInSet(
                column="level", value_set=["free", "paid"], severity="critical", description="level is free or paid"
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="session_id", min_value=0, severity="critical", description="session_id is not negative"
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="item_in_session",
                min_value=0,
                severity="critical",
                description="item_in_session is not negative",
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="song_duration",
                min_value=0,
                strict_min=True,
                max_value=3600,
                severity="critical",
                description="a song lasts more than 0 and at most 3600 seconds",
            ),
            # across tables
            is_known("moment_is_known", "start_time", "time", IDENTITY, "the start_time of every play is in time"),
            is_known("user_is_known", "user_id", "users", IDENTITY, "the user of every play is in users"),
            is_known(
                "song_is_known", "song_id", "songs", IDENTITY, "the song of every play, where it has one, is in songs"
            ),
            is_known(
                "artist_is_known",
                "artist_id",
                "artists",
                IDENTITY,
                "the artist of every play, where it has one, is in artists",
            ),
            RowCondition(
                rule="song_comes_with_artist",
                column="artist_id",
                condition="(song_id IS NULL AND artist_id IS NOT NULL) OR (song_id IS NOT NULL AND artist_id IS NULL)",
                severity="critical",
                description="a play has both a song_id and an artist_id, or neither",
            ),
            QueryRule(
                rule="song_is_the_one_played",
                column="song_id",
                unexpected_rows_query="""
                    SELECT plays.songplay_id, plays.session_id, plays.item_in_session, plays.song_id, plays.artist_id
                    FROM {batch} AS plays
                    JOIN songs ON songs.song_id = plays.song_id
                    WHERE songs.artist_id <> plays.artist_id
                        OR songs.title <> plays.song_title
                        OR songs.artist_name <> plays.artist_name
                        OR songs.duration <> plays.song_duration
                """,
                severity="critical",
                description="the song of a play has its title, artist and duration, and its artist_id",
            ),
            QueryRule(
                rule="song_is_found",
                column="song_id",
                unexpected_rows_query="""
                    SELECT plays.songplay_id, plays.session_id, plays.item_in_session, plays.song_id,
                        songs.song_id AS better_song_id
                    FROM {batch} AS plays
                    JOIN songs
                        ON songs.title = plays.song_title
                        AND songs.artist_name = plays.artist_name
                        AND songs.duration = plays.song_duration
                    WHERE plays.song_id IS NULL OR songs.song_id < plays.song_id
                """,
                severity="critical",
                description="a play of a song in songs has its song_id, the smallest where several songs match",
            ),
        ],
    )
