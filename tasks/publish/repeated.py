"""Tell where plays of a batch were there already, which is no change of the star and may be one of the lake."""

from collections.abc import Sequence

from sql.datasets import DATASETS
from tasks.publish.ledger import BatchRows
from tasks.stage.staging import Staged
from tasks.validate.key_drift import Finding
from tasks.validate.keys import tell


def tell_repeated(rows: BatchRows, staged: Sequence[Staged]) -> None:
    """Log that many plays of a batch are in songplays already, or are in the batch twice, and emit an event.

    A batch that takes the place of others has plays of theirs.
    """
    dataset = next(each for each in DATASETS.values() if each.moment)
    parts = [part for part in staged if part.dataset == dataset.name and part.files]
    repeated, policy = rows.play_rows - rows.new_play_rows, dataset.drift.volume
    is_usual = repeated < policy.rows or repeated < policy.repeated_share * rows.play_rows
    if is_usual or not parts or any(part.manifest.supersedes for part in staged):
        return
    where = f"{repeated:,} of {rows.play_rows:,} plays are there twice, by session and item"
    remedy = "see whether a file was delivered under two names, or the app numbers its sessions anew"
    tell(dataset, "volume", [Finding("repeated", "warn", f"{dataset.name}: {where}: {remedy}")])
