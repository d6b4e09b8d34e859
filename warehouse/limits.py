"""What a reader's statement may take of a warehouse, and the message when it takes more."""

import psycopg2

from client.limits import READER_LIMITS

NARROW_IT = "narrow it: fewer days, a condition for each JOIN, fewer rows to sort"


def exceeded(error: psycopg2.Error, engine: str) -> str | None:
    """Return which limit ended a statement of a reader and what to do about it; None if none did.

    Redshift has one message for every cancellation.
    """
    if isinstance(error, psycopg2.errors.ConfigurationLimitExceeded):
        limit = READER_LIMITS["temp_file_limit"]
        return f"the statement was cancelled: it wanted more than {limit} of disk (temp_file_limit); {NARROW_IT}"
    if not isinstance(error, psycopg2.errors.QueryCanceled):
        return None
    if engine == "redshift":
        return (
            "the statement was cancelled: it ran longer than the block's statement_timeout_s, or an administrator "
            f"ended it; {NARROW_IT}, or raise statement_timeout_s"
        )
    if "statement timeout" not in str(error):
        return None
    limit = READER_LIMITS["statement_timeout"]
    return f"the statement was cancelled: it ran longer than {limit} (statement_timeout); {NARROW_IT}"
