"""What lake tables and star must be of people who were erased: without a row of theirs.

Run on the rows that are somebody's: those that a batch wrote, all that there are of a person who is being erased, and
in an audit all.
"""

from expectations.running.gx import ExpectationSuite
from expectations.running.rules import QueryRule

IDENTITY = ("table_name", "user_id")


def suite() -> ExpectationSuite:
    """Return the expectation that ties `erased_users` to all tables with rows of people."""
    return ExpectationSuite(
        name="erased_users",
        expectations=[
            QueryRule(
                rule="nobody_was_erased",
                column="user_id",
                unexpected_rows_query="""
                    SELECT DISTINCT people.table_name, people.user_id
                    FROM {batch} AS people
                    INNER JOIN erased_users ON erased_users.user_id = people.user_id
                """,
                severity="critical",
                description="nobody who was erased is in the lake tables or the star",
            ),
        ],
    )
