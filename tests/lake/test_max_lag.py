"""How old the newest event may be, as a person writes it."""

from datetime import timedelta

import pytest

from lake.max_lag import MaxLag, parse_max_lag

HOUR = timedelta(hours=1)


def test_a_limit_is_read() -> None:
    assert parse_max_lag(None) is None
    assert parse_max_lag("90m") == MaxLag(1.5 * HOUR)
    assert parse_max_lag("24h/2d") == MaxLag(48 * HOUR, 24 * HOUR)


@pytest.mark.parametrize(
    "text", ["", "36", "0h", "-1h", "1w", "h", "24h/", "1h/2h/3h", "1.5h", "24h/1d", "2d/1d", "1h\n"]
)
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"36h|24h"):
        parse_max_lag(text)


@pytest.mark.parametrize(
    ("limit", "lag", "severity"),
    [
        ("24h/36h", 24 * HOUR, ""),
        ("24h/36h", 25 * HOUR, "warning"),
        ("24h/36h", 36 * HOUR, "warning"),
        ("24h/36h", 37 * HOUR, "error"),
        ("36h", 36 * HOUR, ""),
        ("36h", 37 * HOUR, "error"),
        ("36h", -HOUR, ""),
        ("36h", None, "error"),
    ],
)
def test_an_age_has_a_severity(limit: str, lag: timedelta | None, severity: str) -> None:
    parsed = parse_max_lag(limit)
    assert parsed is not None
    assert parsed.severity(lag) == severity
