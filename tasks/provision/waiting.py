"""Waiting for AWS: poll the status and log it, until it is the wanted one, is hopeless, or the time is up."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from warehouse import WarehouseUnavailable

HOPELESS = {
    "hardware-failure": "its one node failed; restore its last snapshot, or tear it down and provision it again",
    "incompatible-hsm": "it cannot reach its HSM; correct the HSM's connection in the AWS console",
    "incompatible-network": "its subnets or security groups do not fit; correct them, tear it down, provision again",
    "incompatible-parameters": "its parameter group does not fit; correct that in the AWS console and reboot it",
    "incompatible-restore": "a snapshot could not be restored into it; tear it down and provision it again",
    "storage-full": "its disks are full; resize it in the AWS console",
}
"""States that a cluster does not leave by itself (Redshift management guide, rs-mgmt-cluster-status)."""


@dataclass(frozen=True)
class Patience:
    """How long to wait, how often to poll, and where to log progress."""

    limit_s: float
    log: Callable[[str], None]
    pause_s: float = 15.0
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def until(self, wanted: str, what: str, look: Callable[[], str]) -> None:
        """Wait until `look` finds the wanted status.

        Raises:
            WarehouseUnavailable: that takes too long, or will never happen.
        """
        started = self.now()
        while (status := look()) != wanted:
            waited_s = self.now() - started
            if status in HOPELESS:
                raise WarehouseUnavailable(f"{what} is {status} and will not become {wanted}: {HOPELESS[status]}")
            if waited_s >= self.limit_s:
                raise WarehouseUnavailable(
                    f"{what} is still {status}, not {wanted}, after {self.limit_s / 60:.0f} minutes; AWS goes on with "
                    "it: run the command again to wait on, or give the block more wait_minutes"
                )
            self.log(f"{what} is {status}, not {wanted} yet ({waited_s:.0f} s of at most {self.limit_s:.0f})")
            self.sleep(self.pause_s)
