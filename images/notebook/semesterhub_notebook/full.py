"""A home whose disk space is used up: what is told when a file can't be saved, and how one goes.

jupyter_server says "Unexpected error while saving file: … [Errno 122] Disk quota exceeded".
"""

import errno
import logging
import os
import sqlite3
import stat
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from tornado.web import HTTPError

log = logging.getLogger("semesterhub")

INSUFFICIENT_STORAGE = 507
# As much as a node sends to the server at once, and more.
SHORT_BYTES = 4 * 2**20
FULL = frozenset({errno.EDQUOT, errno.ENOSPC})
MESSAGE = (
    "Your disk space is used up, so this was not saved; what was saved before is unchanged."
    " Keep this page open, delete files that you no longer need (in a terminal,"
    " du -ah ~ | sort -h | tail shows what is large), then save again."
)


def is_full(error: BaseException | None) -> bool:
    """Whether an error, or one that it came of, is a disk or quota that is used up.

    Of a new file that does not fit, atomic_writing says that its older copy is missing.
    """
    while error is not None:
        if isinstance(error, OSError) and error.errno in FULL:
            return True
        error = error.__cause__ or error.__context__
    return False


def install(manager_class: type, files_class: type, deleting_class: type) -> None:
    """Have jupyter_server's managers of contents do it."""
    _say_why(files_class)
    _do_without_signatures(manager_class)
    _empty_what_is_deleted(deleting_class)


def _do_without_signatures(manager_class: type) -> None:
    """Let notebooks be saved and opened although the database of signatures can't be written."""
    for name in ("check_and_sign", "mark_trusted_cells"):
        setattr(manager_class, name, _tolerant(getattr(manager_class, name)))


def _tolerant(method: Callable[..., None]) -> Callable[..., None]:
    # Upstream tries twice, the second time by a call with a keyword of its own.
    def wrapped(self: object, nb: object, path: str = "", **retry: bool) -> None:
        try:
            method(self, nb, path, **retry)
        except sqlite3.Error as error:
            log.warning("%s does without a signature: %s", path, error)

    return wrapped


def _say_why(manager_class: type) -> None:
    """Wrap what each write of a file goes through."""
    guard: Callable[..., AbstractContextManager[None]] = manager_class.perm_to_403

    @contextmanager
    def perm_to_403(self: object, os_path: str = "") -> Iterator[None]:
        """Turn the operating system's refusals into answers that say why."""
        try:
            with guard(self, os_path):
                yield
        except OSError as error:
            if is_full(error):
                raise HTTPError(INSUFFICIENT_STORAGE, MESSAGE) from error
            raise

    manager_class.perm_to_403 = perm_to_403


def is_short(folder: Path) -> bool:
    """Whether the home has next to no room.

    XFS tells a home's limit where it asks about a folder of it; about a file, the whole disk's.
    """
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize < SHORT_BYTES


def empty(path: Path) -> None:
    """Take the content of a file away that is about to be deleted.

    Not of one that stays: it has another name as well, or its folder can't be written.
    """
    status = path.lstat()
    if stat.S_ISREG(status.st_mode) and status.st_nlink == 1 and os.access(path.parent, os.W_OK):
        os.truncate(path, 0)


def _empty_what_is_deleted(files_class: type) -> None:
    """Let the file go that filled the home.

    A node keeps what did not fit and counts the file as open for it. So it renames the file instead
    of removing it: that needs room for a longer name ("No space left on device"), or the home stays
    full for as long as the node tries (minutes; Linux 6.12, NFS 4.2, XFS). Without content there is
    nothing that it could keep.
    """
    delete: Callable[[object, str], Awaitable[None]] = files_class.delete_file

    async def delete_file(self: object, path: str) -> None:
        file = Path(self._get_os_path(path.strip("/")))
        # Hidden ones are not deleted; what is not there is upstream's to say.
        if not any(part.startswith(".") for part in path.split("/")):
            with suppress(OSError):
                # What goes to the trash stays, and is to be found there as it was.
                if not getattr(self, "delete_to_trash", True) and is_short(file.parent):
                    empty(file)
        await delete(self, path)

    files_class.delete_file = delete_file
