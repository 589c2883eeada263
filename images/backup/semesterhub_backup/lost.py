"""Whether the files are those that the backups are of, or an empty tree in their place.

Who begins with a new disk has a tree without homes, beside backups that have them. A backup of that
tree would be the newest: what a restore takes that is given no time. So nothing is added to the
backups until the files are back.
"""

import shutil

from semesterhub_backup import metadata
from semesterhub_backup.engine import Duplicity
from semesterhub_backup.errors import BackupError
from semesterhub_backup.opening import newest_manifests
from semesterhub_backup.reading import BackupSet
from semesterhub_backup.remote import sizes
from semesterhub_backup.settings import Settings
from semesterhub_backup.status import read_status
from semesterhub_backup.times import iso


class LostFilesError(BackupError):
    """The last backup has homes that are not in the tree, which was never backed up."""

    def __init__(self, last: BackupSet, lost: int, homes: int) -> None:
        """Say what is missing, and both ways out."""
        super().__init__(
            f"Of the {homes} homes in the last backup, of {iso(last.time)}, {lost} are not here:"
            " the disk with the files was replaced, or it is another one. To bring everything back:"
            " npm run restore -- --everything, then npm run up. If the course is to begin without"
            " those files, give it another semesterhub:backup.target."
        )


def is_unknown(settings: Settings, duplicity: Duplicity) -> bool:
    """Tell whether this tree was never backed up to a target that has backups."""
    # The status is in the tree, and goes with it.
    if read_status(settings).lastSuccess is not None:
        return False
    return bool(newest_manifests(sizes(settings, duplicity.remote)))


def refuse_lost(settings: Settings, duplicity: Duplicity, chains: list[list[BackupSet]]) -> None:
    """Complain if a tree that was never backed up lacks homes that the last backup has.

    The caller holds the lock. A home that came later is no matter.
    """
    if not chains or read_status(settings).lastSuccess is not None:
        return
    last = chains[-1][-1]
    staging = settings.work / "staging"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(mode=0o700)
    try:
        duplicity.restore("backup/stage", last.time, staging / "stage", lambda _result: None)
        homes = metadata.folders(staging / "stage" / metadata.NAME, "homes")
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    lost = [name for name in homes if not (settings.storage / "homes" / name).is_dir()]
    if lost:
        raise LostFilesError(last, len(lost), len(homes))
