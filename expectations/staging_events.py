"""What a batch of logged events must be before the star is touched.

An unknown page, method or status is only reported: the app may have learnt something new, and no play is lost by it.
"""

from expectations.running.gx import ExpectationSuite, gxe
from expectations.running.history import (
    days_have_plays,
    filled_as_before,
    shares_are_as_usual,
    values_are_known,
    values_are_there,
)
from expectations.running.rules import QueryRule, RowCondition

IDENTITY = ("sessionid", "iteminsession", "ts", "userid", "page")
COLUMNS = [
    "artist", "auth", "firstname", "gender", "iteminsession", "lastname", "length", "level", "location", "method",
    "page", "registration", "sessionid", "song", "status", "ts", "useragent", "userid",
]  # fmt: skip
PAGES = [
    "NextSong", "Home", "Login", "Logout", "Register", "Submit Registration", "Settings", "Save Settings", "Upgrade",
    "Submit Upgrade", "Downgrade", "Submit Downgrade", "Cancel", "Cancellation Confirmation", "About", "Help", "Error",
    "Add Friend", "Add to Playlist", "Roll Advert", "Thumbs Up", "Thumbs Down",
]  # fmt: skip


def suite() -> ExpectationSuite:
    """Return the expectations of `staging_events`, one row per event."""
    return ExpectationSuite(
        name="staging_events",
        expectations=[
            gxe.ExpectTableColumnsToMatchOrderedList(
                column_list=COLUMNS,
                severity="critical",
                description="the columns of staging_events are those of the app's log, in order",
            ),
            gxe.ExpectTableRowCountToBeBetween(
                min_value=1, severity="critical", description="the log files of a batch hold at least one event"
            ),
            # nulls
            gxe.ExpectColumnValuesToNotBeNull(
                column="ts", severity="critical", description="every event says when it happened"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="page", severity="critical", description="every event names its page"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="level", severity="critical", description="every event has a level"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="sessionid", severity="critical", description="every event belongs to a session"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="iteminsession", severity="critical", description="every event has a place in its session"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="auth", severity="critical", description="every event says whether the user was logged in"
            ),
            RowCondition(
                rule="logged_in_event_has_user",
                column="userid",
                condition="auth = 'Logged In' AND userid IS NULL",
                severity="critical",
                description="an event of a logged-in user names the user",
            ),
            RowCondition(
                rule="play_is_logged_in",
                column="auth",
                condition="page = 'NextSong' AND auth <> 'Logged In'",
                severity="critical",
                description="only a logged-in user plays songs",
            ),
            RowCondition(
                rule="play_has_user",
                column="userid",
                condition="page = 'NextSong' AND userid IS NULL",
                severity="critical",
                description="every play names its user",
            ),
            RowCondition(
                rule="play_has_song",
                column="song",
                condition="page = 'NextSong' AND song IS NULL",
                severity="critical",
                description="every play names its song",
            ),
            RowCondition(
                rule="play_has_artist",
                column="artist",
                condition="page = 'NextSong' AND artist IS NULL",
                severity="critical",
                description="every play names its artist",
            ),
            RowCondition(
                rule="play_has_length",
                column="length",
                condition="page = 'NextSong' AND length IS NULL",
                severity="critical",
                description="every play says how long its song is",
            ),
            RowCondition(
                rule="logged_in_event_has_names",
                column="firstname",
                condition="auth = 'Logged In' AND (NULLIF(firstname, '') IS NULL OR NULLIF(lastname, '') IS NULL)",
                severity="warning",
                description="a logged-in user has a first and a last name",
            ),
            # keys
            QueryRule(
                rule="event_has_one_content",
                column="iteminsession",
                unexpected_rows_query="""
                    SELECT events.sessionid, events.iteminsession, COUNT(*) AS copies
                    FROM {batch} AS events
                    JOIN (
                        SELECT sessionid, iteminsession
                        FROM {batch} AS every_event
                        GROUP BY sessionid, iteminsession
                        HAVING COUNT(*) > 1
                    ) AS repeated
                        ON repeated.sessionid = events.sessionid AND repeated.iteminsession = events.iteminsession
                    GROUP BY events.sessionid, events.iteminsession
                    HAVING COUNT(DISTINCT events.ts) > 1
                        OR COUNT(DISTINCT events.page) > 1
                        OR COUNT(DISTINCT events.level) > 1
                        OR COUNT(DISTINCT COALESCE(events.userid, -1)) > 1
                        OR COUNT(DISTINCT COALESCE(events.song, '')) > 1
                        OR COUNT(DISTINCT COALESCE(events.artist, '')) > 1
                        OR COUNT(DISTINCT COALESCE(events.length, 0)) > 1
                """,
                severity="warning",
                description="an event that was delivered more than once says the same each time",
            ),
            # domains
            gxe.ExpectColumnValuesToBeInSet(
                column="level", value_set=["free", "paid"], severity="critical", description="level is free or paid"
            ),
            gxe.ExpectColumnValuesToBeInSet(
                column="gender", value_set=["F", "M"], severity="critical", description="gender is F, M or not known"
            ),
            gxe.ExpectColumnValuesToBeInSet(
                column="auth",
                value_set=["Logged In", "Logged Out", "Guest", "Cancelled"],
                severity="critical",
                description="auth is one of the states that the app logs",
            ),
            gxe.ExpectColumnValuesToBeInSet(
                column="page",
                value_set=PAGES,
                severity="warning",
                description="page is one that the app is known to have",
            ),
            gxe.ExpectColumnValuesToBeInSet(
                column="method", value_set=["GET", "PUT"], severity="warning", description="method is GET or PUT"
            ),
            gxe.ExpectColumnValuesToBeInSet(
                column="status", value_set=[200, 307, 404], severity="warning", description="status is 200, 307 or 404"
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="length",
                min_value=0,
                strict_min=True,
                max_value=3600,
                severity="critical",
                description="a song lasts more than 0 and at most 3600 seconds",
            ),
            RowCondition(
                rule="ts_is_plausible",
                column="ts",
                condition="ts < '2000-01-01' OR ts > GETDATE() + INTERVAL '1 day'",
                severity="critical",
                description="an event happened since the year 2000, and not in the future; ts is in milliseconds",
            ),
            RowCondition(
                rule="registration_is_plausible",
                column="registration",
                condition="registration < 946684800000 OR registration / 1000 > EXTRACT(EPOCH FROM GETDATE()) + 86400",
                severity="warning",
                description="a user registered since the year 2000, and not in the future",
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="sessionid", min_value=0, severity="critical", description="sessionid is not negative"
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="iteminsession", min_value=0, severity="critical", description="iteminsession is not negative"
            ),
            # against the batches before
            *filled_as_before("events"),
            days_have_plays("events"),
            *values_are_known("events"),
            *values_are_there("events"),
            *shares_are_as_usual("events"),
        ],
    )
