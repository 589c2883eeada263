"""duplicity, which here also looks at when a file's inode was last changed.

Stock duplicity takes a file for unchanged when its modification time is the same to the second. So
it misses what is written in the second of the backup, and what sets the time back (cp -p, tar,
rsync, touch -d). The kernel's change time can't be set: a regular file whose change time is not
before the last backup began is compared by content.
"""

import os
import sys

from duplicity import path
from duplicity.__main__ import dup_run

SINCE = float(os.environ.get("SEMESTERHUB_CHANGED_SINCE", "inf"))

_stock = path.ROPath.__eq__


def _changed(each: path.ROPath) -> bool:
    # A signature has no change time; a file on the disk has.
    return each.isreg() and getattr(each.stat, "st_ctime", float("-inf")) >= SINCE


def _equal(self: path.ROPath, other: path.ROPath) -> int:
    if _changed(self) or _changed(other):
        return 0
    return _stock(self, other)


path.ROPath.__eq__ = _equal

if __name__ == "__main__":
    sys.exit(dup_run())
