"""Whether the files are those that the backups are of, or an empty tree in their place.

Who begins with a new disk has a tree without homes, beside backups that have them. A backup of that
tree would be the newest: what a restore takes that is given no time. So nothing is added to the
backups until the files are back.
"""

from collections.abc import Sequence

from semesterhub_backup.errors import BackupError
from semesterhub_backup.keep import newest
from semesterhub_backup.opened import opened
from semesterhub_backup.progress import now
from semesterhub_backup.restic import Restic, Snapshot
from semesterhub_backup.settings import HOMES, Settings
from semesterhub_backup.status import read_status
from semesterhub_backup.times import iso


class LostFilesError(BackupError):
    """The last backup has homes that are not in the tree."""

    def __init__(self, last: Snapshot, lost: int, homes: int) -> None:
        """Say what is missing, and both ways out."""
        super().__init__(
            f"Of the {homes} homes in the last backup, of {iso(last.time)}, {lost} are not here:"
            " the disk with the files was replaced, or it is another one. To bring everything back:"
            " npm run restore -- --everything, then npm run up. If the course is to begin without"
            " those files, give it another semesterhub:backup.target."
        )


def is_unknown(settings: Settings) -> bool:
    """Tell whether this tree was never backed up: its status is in it, and goes with it."""
    return read_status(settings).lastSuccess is None


def refuse_lost(settings: Settings, restic: Restic, stored: Sequence[Snapshot]) -> None:
    """Complain if a tree that was never backed up lacks homes that the last backup has.

    The caller holds the lock. A home that came later is no matter.
    """
    last = newest(stored, now())
    if last is None or not is_unknown(settings):
        return
    with opened(restic, last, settings.work / "staging") as backup:
        trees = backup.record()["trees"]
    homes = [tree for tree in trees if tree.startswith(f"{HOMES}/")]
    lost = [tree for tree in homes if not (settings.storage / tree).is_dir()]
    if lost:
        raise LostFilesError(last, len(lost), len(homes))
