"""When something is to be done again, and when somebody may ask again."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from semesterhub_backup.errors import BackupError


class Due:
    """Something to be done at once, and then every so many seconds."""

    def __init__(self, every: float) -> None:
        self._every = every
        self._next = 0.0

    def is_now(self) -> bool:
        """Tell whether it is to be done."""
        if time.monotonic() < self._next:
            return False
        self._next = time.monotonic() + self._every
        return True


class Rests:
    """Keeps others' turns free: who keeps the service busy for long rests for longer."""

    def __init__(self, free: float, factor: float) -> None:
        """Take how many seconds at once count for nothing, and by how much the others count."""
        self._free, self._factor = free, factor
        self._until: dict[int, float] = {}

    def check(self, uid: int) -> None:
        """Refuse somebody who is to rest."""
        wait = self._until.get(uid, 0.0) - time.monotonic()
        if wait > 0:
            raise BackupError(f"That was much at once. Try again in {wait + 1:.0f} seconds.")

    @contextmanager
    def counted(self, uid: int) -> Iterator[None]:
        """Count how long something takes for somebody."""
        self.check(uid)
        begin = time.monotonic()
        try:
            yield
        finally:
            end = time.monotonic()
            self._until[uid] = end + self._factor * max(0.0, end - begin - self._free)
