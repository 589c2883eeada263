"""A storage in memory, and databases as hubs have and leave them."""

import contextlib
import hashlib
import os
import sqlite3
import threading
from collections.abc import Collection
from pathlib import Path

from semesterhub.store import OtherCopyError, Store, StoreError

WITHIN = 10


class FakeStore(Store):
    """What the homes service does, in memory."""

    def __init__(self) -> None:
        self.content: bytes | None = None
        self.replaced: list[str | None] = []
        self.away: str = ""
        self.loses_answers = False
        self.tries = 0
        self._changed = threading.Condition()

    @property
    def digest(self) -> str | None:
        """Digest of the copy that is kept."""
        return None if self.content is None else hashlib.sha256(self.content).hexdigest()

    def fetch(self, known: Collection[str], target: Path) -> str | None:
        """Give what is kept."""
        self._try()
        if self.content is not None and self.digest not in known:
            target.write_bytes(self.content)
        return self.digest

    def put(self, copy: Path, digest: str, replaces: str | None) -> None:
        """Keep a copy, and tell that or not."""
        self._try()
        with self._changed:
            if self.digest != replaces:
                raise OtherCopyError(self.digest)
            self.content = copy.read_bytes()
            assert self.digest == digest
            self.replaced.append(replaces)
            self._changed.notify_all()
        if self.loses_answers:
            raise StoreError("timed out")

    def _try(self) -> None:
        with self._changed:
            self.tries += 1
            self._changed.notify_all()
        if self.away:
            raise StoreError(self.away)

    def wait_for(self, copies: int = 0, tries: int = 0) -> None:
        """Return when so many copies were kept in all, and so many tries made from now on."""
        with self._changed:
            wanted = self.tries + tries
            assert self._changed.wait_for(
                lambda: len(self.replaced) >= copies and self.tries >= wanted, WITHIN
            )


def live(path: Path) -> sqlite3.Connection:
    """Open a database as a hub has it."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE IF NOT EXISTS users (name TEXT)")
    return connection


def add(connection: sqlite3.Connection, name: str) -> None:
    connection.execute("INSERT INTO users VALUES (?)", (name,))


def users(path: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT name FROM users")]


def kept_users(store: FakeStore, path: Path) -> list[str]:
    """Read the kept copy, which is a database without any file beside it."""
    assert store.content is not None
    alone = path.with_name("kept")
    alone.write_bytes(store.content)
    assert store.content[18:20] == b"\1\1"  # no write-ahead log
    return users(alone)


def make(path: Path, *names: str) -> bytes:
    with contextlib.closing(live(path)) as connection:
        for name in names:
            add(connection, name)
    return path.read_bytes()


def add_and_crash(path: Path, name: str) -> None:
    """Add somebody as a hub that is killed then: what it wrote last is in its log."""
    child = os.fork()
    if child == 0:
        add(live(path), name)
        os._exit(0)
    os.waitpid(child, 0)
    assert path.with_name(f"{path.name}-wal").stat().st_size > 0


def asides(path: Path) -> list[Path]:
    return sorted(path.parent.glob("jupyterhub-replaced-*.sqlite"))
