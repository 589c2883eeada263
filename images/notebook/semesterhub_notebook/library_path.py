"""The course's library, at the end of Python's path: imported as Python starts, by a .pth file.

What `current` leads to is looked up once: a Python that runs keeps the version it began with.
"""

import os
import sys

LIBRARY = "/srv/shared/library"
ROOT = 0


def place(library: str = LIBRARY, owner: int = ROOT) -> str | None:
    """Return where its packages are; None where there is no library.

    Staff can write into the folder above, so it counts only where it is root's.
    """
    current = f"{library}/current"
    try:
        if os.lstat(library).st_uid != owner or os.lstat(current).st_uid != owner:
            return None
        packages = f"{os.path.realpath(current)}/python"
        return packages if os.lstat(packages).st_uid == owner else None
    except OSError:
        return None


def add() -> None:
    """Have Python look there last."""
    packages = place()
    if packages is not None and packages not in sys.path:
        sys.path.append(packages)


add()
