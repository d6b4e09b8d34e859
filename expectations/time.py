"""What `time` must be for analysts to read it: one row per moment, taken apart correctly."""

from datetime import UTC, datetime

from expectations.running.gx import ExpectationSuite, gxe
from expectations.running.rules import RowCondition, one_row_per

IDENTITY = ("start_time",)
COLUMNS = ["start_time", "hour", "day", "week", "month", "year", "weekday", "batch_id"]


def suite() -> ExpectationSuite:
    """Return the expectations of `time`, one row per moment (UTC, milliseconds) at which a play started."""
    this_year = datetime.now(UTC).year
    return ExpectationSuite(
        name="time",
        expectations=[
            gxe.ExpectTableColumnsToMatchOrderedList(
                column_list=COLUMNS, severity="critical", description="the columns of time are as documented, in order"
            ),
            # nulls
            gxe.ExpectColumnValuesToNotBeNull(
                column="start_time", severity="critical", description="every moment is given"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="hour", severity="critical", description="every moment has an hour"
            ),
            gxe.ExpectColumnValuesToNotBeNull(column="day", severity="critical", description="every moment has a day"),
            gxe.ExpectColumnValuesToNotBeNull(
                column="week", severity="critical", description="every moment has a week"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="month", severity="critical", description="every moment has a month"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="year", severity="critical", description="every moment has a year"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="weekday", severity="critical", description="every moment has a weekday"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="batch_id", severity="critical", description="every moment was written by some batch"
            ),
            # keys
            one_row_per("time", "start_time"),
            # domains
            RowCondition(
                rule="start_time_is_plausible",
                column="start_time",
                condition="start_time < '2000-01-01' OR start_time > GETDATE() + INTERVAL '1 day'",
                severity="critical",
                description="a play started since the year 2000, and not in the future",
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="hour", min_value=0, max_value=23, severity="critical", description="hour is from 0 to 23"
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="day", min_value=1, max_value=31, severity="critical", description="day is from 1 to 31"
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="week", min_value=1, max_value=53, severity="critical", description="week is from 1 to 53"
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="month", min_value=1, max_value=12, severity="critical", description="month is from 1 to 12"
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="year",
                min_value=2000,
                max_value=this_year + 1,
                severity="critical",
                description="year is from 2000 to next year",
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="weekday",
                min_value=0,
                max_value=6,
                severity="critical",
                description="weekday is from 0, Sunday, to 6",
            ),
            RowCondition(
                rule="parts_are_those_of_start_time",
                column="start_time",
                condition="""
                    hour <> DATE_PART('hour', start_time)
                    OR day <> DATE_PART('day', start_time)
                    OR week <> DATE_PART('week', start_time)
                    OR month <> DATE_PART('month', start_time)
                    OR year <> DATE_PART('year', start_time)
                    OR weekday <> DATE_PART('dow', start_time)
                """,
                severity="critical",
                description="hour, day, ISO week, month, year and weekday are those of start_time",
            ),
            RowCondition(
                rule="start_time_is_in_milliseconds",
                column="start_time",
                condition="start_time <> DATE_TRUNC('milliseconds', start_time)",
                severity="critical",
                description="start_time has no fraction below the millisecond, as the app's log has none",
            ),
        ],
    )
