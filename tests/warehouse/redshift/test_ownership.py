"""What tells the warehouse's own from what others have made."""

import pytest

from tests.warehouse.redshift.account import OLDER, OTHER, SETTINGS, TWIN
from warehouse.redshift.ownership import is_ours, tags
from warehouse.redshift.settings import Settings


@pytest.mark.parametrize("settings", [SETTINGS, OTHER, TWIN, OLDER], ids=["this", "other", "twin", "without an id"])
def test_a_warehouse_takes_for_its_own_what_has_its_name_and_its_id_and_nothing_else(settings: Settings) -> None:
    made = {each.name + str(each.warehouse_id): tags(each) for each in (SETTINGS, OTHER, TWIN, OLDER)}
    own = settings.name + str(settings.warehouse_id)
    assert [name for name, found in made.items() if is_ours(found, settings)] == [own]
