"""What a student is told when a file can't be saved because their disk space is used up.

jupyter_server says "Unexpected error while saving file: … [Errno 122] Disk quota exceeded".
"""

import errno
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from tornado.web import HTTPError

log = logging.getLogger("semesterhub")

INSUFFICIENT_STORAGE = 507
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


def install(manager_class: type, files_class: type) -> None:
    """Have jupyter_server's managers of contents say it."""
    _say_why(files_class)
    _do_without_signatures(manager_class)


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
