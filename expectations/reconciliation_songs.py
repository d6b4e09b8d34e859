"""What a batch of song files must have become: nothing that was staged is missing from the star.

Run inside the transaction that loads the star, on the rows of `staging_songs`.
"""

from expectations.running.gx import ExpectationSuite
from expectations.running.rules import QueryRule

IDENTITY = ("song_id",)


def suite() -> ExpectationSuite:
    """Return the expectations that tie `staging_songs` to songs and artists."""
    return ExpectationSuite(
        name="reconciliation_songs",
        expectations=[
            QueryRule(
                rule="song_is_loaded",
                column="song_id",
                unexpected_rows_query="""
                    SELECT staged.song_id
                    FROM {batch} AS staged
                    LEFT JOIN songs ON songs.song_id = staged.song_id
                    WHERE songs.song_id IS NULL
                """,
                severity="critical",
                description="every staged song is in songs",
            ),
            QueryRule(
                rule="artist_is_loaded",
                column="artist_id",
                unexpected_rows_query="""
                    SELECT staged.song_id, staged.artist_id
                    FROM {batch} AS staged
                    LEFT JOIN artists ON artists.artist_id = staged.artist_id
                    WHERE artists.artist_id IS NULL
                """,
                severity="critical",
                description="every staged artist is in artists",
            ),
        ],
    )
