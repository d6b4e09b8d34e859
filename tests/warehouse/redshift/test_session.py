"""A role that a block takes on outlives its first credentials."""

from datetime import UTC, datetime, timedelta
from typing import Any

from warehouse.redshift.session import renewed


def test_credentials_of_a_role_are_renewed_before_they_expire() -> None:
    given: list[int] = []

    def assume() -> dict[str, Any]:
        given.append(len(given))
        minutes = 60 if len(given) > 1 else 1  # the first are as good as gone
        until = datetime.now(UTC) + timedelta(minutes=minutes)
        token = f"token {len(given)}"
        return {"AccessKeyId": "a", "SecretAccessKey": "b", "SessionToken": token, "Expiration": until}

    credentials = renewed(assume).get_credentials()
    assert credentials is not None
    assert [credentials.get_frozen_credentials().token for _ in range(2)] == ["token 2", "token 2"]
