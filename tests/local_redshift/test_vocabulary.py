"""The words of Redshift's dialect, which the embedded Redshift shares with those who ask Redshift itself."""

from client.vocabulary import REWRITTEN_FUNCTIONS
from local_redshift.dialect.functions import RULES


def test_what_is_rewritten_is_known_as_redshifts() -> None:
    assert RULES.keys() == REWRITTEN_FUNCTIONS
