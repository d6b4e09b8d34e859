"""What a batch of logged events must have become: nothing that was staged is missing from the star.

Run inside the transaction that loads the star, on the rows of `staging_events`. A play that the batch has not written
is one that is there already, or that another version won over; only these are looked for in all of songplays. The
suites of the star check that nothing is there twice.
"""

from expectations.running.gx import ExpectationSuite
from expectations.running.rules import QueryRule

IDENTITY = ("sessionid", "iteminsession")


def suite() -> ExpectationSuite:
    """Return the expectations that tie `staging_events` to songplays, time and users."""
    return ExpectationSuite(
        name="reconciliation_events",
        expectations=[
            QueryRule(
                rule="play_is_loaded",
                column="iteminsession",
                unexpected_rows_query="""
                    SELECT others.sessionid, others.iteminsession, others.ts
                    FROM (
                        SELECT events.sessionid, events.iteminsession, MAX(events.ts) AS ts
                        FROM {batch} AS events
                        LEFT JOIN (
                            SELECT user_id, session_id, item_in_session
                            FROM songplays
                            WHERE batch_id = (SELECT MAX(batch_id) FROM batches)
                        ) AS written
                            ON written.user_id = events.userid
                            AND written.session_id = events.sessionid
                            AND written.item_in_session = events.iteminsession
                        WHERE events.page = 'NextSong' AND written.session_id IS NULL
                        GROUP BY events.sessionid, events.iteminsession
                    ) AS others
                    LEFT JOIN songplays
                        ON songplays.session_id = others.sessionid
                        AND songplays.item_in_session = others.iteminsession
                    WHERE songplays.session_id IS NULL
                """,
                severity="critical",
                description="every staged play is in songplays",
            ),
            QueryRule(
                rule="moment_is_loaded",
                column="ts",
                unexpected_rows_query="""
                    SELECT events.sessionid, events.iteminsession, events.ts
                    FROM {batch} AS events
                    LEFT JOIN time ON time.start_time = events.ts
                    WHERE events.page = 'NextSong' AND time.start_time IS NULL
                """,
                severity="critical",
                description="the moment of every staged play is in time",
            ),
            QueryRule(
                rule="user_is_loaded",
                column="userid",
                unexpected_rows_query="""
                    SELECT events.userid, events.latest_ts, users.last_event_at
                    FROM (
                        SELECT userid, MAX(ts) AS latest_ts
                        FROM {batch} AS every_event
                        WHERE auth = 'Logged In' AND userid IS NOT NULL
                        GROUP BY userid
                    ) AS events
                    LEFT JOIN users ON users.user_id = events.userid
                    WHERE users.user_id IS NULL OR users.last_event_at < events.latest_ts
                """,
                severity="critical",
                description="every user seen logged in is in users, as of the latest staged event or a later one",
            ),
        ],
    )
