"""What commands are tested on."""

from tests.flows.conftest import lake

__all__ = ["lake"]
