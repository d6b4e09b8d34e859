"""What `artists` must be for analysts to read it: one row per artist, and NULL for what is not known."""

from expectations.running.gx import ExpectationSuite, gxe
from expectations.running.rules import one_row_per

IDENTITY = ("artist_id",)
COLUMNS = ["artist_id", "name", "location", "latitude", "longitude", "batch_id"]


def suite() -> ExpectationSuite:
    """Return the expectations of `artists`, one row per artist."""
    return ExpectationSuite(
        name="artists",
        expectations=[
            gxe.ExpectTableColumnsToMatchOrderedList(
                column_list=COLUMNS,
                severity="critical",
                description="the columns of artists are as documented, in order",
            ),
            # nulls
            gxe.ExpectColumnValuesToNotBeNull(
                column="artist_id", severity="critical", description="every artist has an id"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="name", severity="critical", description="every artist has a name"
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="batch_id", severity="critical", description="every artist was written by some batch"
            ),
            # keys
            one_row_per("artists", "artist_id"),
            # domains
            gxe.ExpectColumnValuesToMatchRegex(
                column="name", regex="[^ ]", severity="critical", description="name is not blank"
            ),
            gxe.ExpectColumnValuesToNotBeInSet(
                column="location",
                value_set=[""],
                severity="critical",
                description="location is NULL, not empty, where it is not known",
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="latitude",
                min_value=-90,
                max_value=90,
                severity="critical",
                description="a latitude is from -90 to 90 degrees",
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="longitude",
                min_value=-180,
                max_value=180,
                severity="critical",
                description="a longitude is from -180 to 180 degrees",
            ),
        ],
    )
