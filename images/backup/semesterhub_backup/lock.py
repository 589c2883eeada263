"""Never two backups, nor a backup and a restore, at once.

The kernel gives the lock back when its holder ends, however it ends: it can't become stale, as
duplicity's lock files did.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_SECONDS = 1.0


@contextmanager
def held(path: Path, waiting: Callable[[], None], poll: float = POLL_SECONDS) -> Iterator[None]:
    """Hold the lock; waiting is called at every look while somebody else does."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                waiting()
                # Not a blocking flock: between looks the operator is told who is waited for.
                time.sleep(poll)
        yield
    finally:
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Tell whether somebody holds the lock."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)
