"""What `users` must be for analysts to read it: one row per user, as of the user's latest event."""

from expectations.running.gx import ExpectationSuite, gxe
from expectations.running.rules import RowCondition, one_row_per

IDENTITY = ("user_id",)
COLUMNS = [
    "user_id", "first_name", "last_name", "gender", "level", "last_event_at", "last_session_id",
    "last_item_in_session", "batch_id",
]  # fmt: skip


def suite() -> ExpectationSuite:
    """Return the expectations of `users`, one row per user seen logged in."""
    return ExpectationSuite(
        name="users",
        expectations=[
            gxe.ExpectTableColumnsToMatchOrderedList(
                column_list=COLUMNS, severity="critical", description="the columns of users are as documented, in order"
            ),
            # nulls
            gxe.ExpectColumnValuesToNotBeNull(
                column="user_id", severity="critical", description="every user has an id"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="level", severity="critical", description="every user has a level"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="last_event_at", severity="critical", description="every user was last seen at some time"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="last_session_id", severity="critical", description="every user was last seen in some session"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="last_item_in_session",
                severity="critical",
                description="every user was last seen at some place in a session",
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="batch_id", severity="critical", description="every user was written by some batch"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="first_name", severity="warning", description="every user has a first name"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="last_name", severity="warning", description="every user has a last name"
            ),
            # keys
            one_row_per("users", "user_id"),
            # domains
            gxe.ExpectColumnValuesToBeInSet(
                column="level", value_set=["free", "paid"], severity="critical", description="level is free or paid"
            ),
            gxe.ExpectColumnValuesToBeInSet(
                column="gender", value_set=["F", "M"], severity="critical", description="gender is F, M or not known"
            ),
            RowCondition(
                rule="last_event_at_is_plausible",
                column="last_event_at",
                condition="last_event_at < '2000-01-01' OR last_event_at > GETDATE() + INTERVAL '1 day'",
                severity="critical",
                description="a user was last seen since the year 2000, and not in the future",
            ),
        ],
    )
