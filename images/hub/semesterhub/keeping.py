"""A hub whose database is on its own machine's disk: the homes service keeps a copy in the storage.

That copy is what backups hold and what a restore puts back. At the start the hub takes it, if it is
another one than the hub left there; while the hub runs, and at its end, it sends a newer one.
"""

import contextlib
import hashlib
import logging
import os
import re
import sqlite3
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from semesterhub import database
from semesterhub.store import OtherCopyError, Store, StoreError

log = logging.getLogger("semesterhub.keeping")

EVERY_SECONDS = 30
"""Between two copies: what a hub's machine that is lost takes with it. A copy of some MB takes
milliseconds, and a course that works changes its database all the time."""
ANSWER_SECONDS = 60
"""How long a hub that starts waits for the service; then it ends, and Swarm starts it again."""
STOP_SECONDS = 20
"""What the last copy may take; the service's stop grace period must leave room for it."""
RETRY_SECONDS = 1
DIGEST = re.compile(r"[0-9a-f]{64}")


class Note:
    """Which copies in the storage are this hub's: a file beside the database that survives it.

    A copy that was sent and not acknowledged counts: it may be there, and only the answer lost.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            kept, _, sent = path.read_text(encoding="ascii").partition("\n")
        except (FileNotFoundError, UnicodeDecodeError):
            kept = sent = ""
        self.kept = _digest(kept)
        """Digest of the last copy that the service acknowledged."""
        self.sent = _digest(sent)
        """Digest of the one that is on its way."""

    @property
    def digests(self) -> set[str]:
        """Digests of the copies that this hub may have left there."""
        return {digest for digest in (self.kept, self.sent) if digest}

    def write(self, kept: str | None, sent: str | None = None) -> None:
        """Note it so that a crash of the machine does not forget it."""
        new = self._path.with_name(f".{self._path.name}.new")
        with new.open("w", encoding="ascii") as file:
            file.write(f"{kept or ''}\n{sent or ''}\n")
            file.flush()
            os.fsync(file.fileno())
        _put_in_place(new, self._path)
        self.kept, self.sent = kept, sent


class Keeper:
    """Keeps one database's copy up to date, from a thread of its own, as long as it is entered."""

    def __init__(self, path: Path, store: Store, every: float = EVERY_SECONDS) -> None:
        """Take the database's path, where its copy goes, and the seconds between two copies."""
        self._path = path
        self._store = store
        self._every = every
        self._note = Note(path.with_name("kept.sha256"))
        self._told = ""
        self._live: sqlite3.Connection | None = None
        self._seen: int | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeping", daemon=True)

    def take_newest(self, within: float = ANSWER_SECONDS) -> None:
        """Take the storage's copy, unless the database here is the newest.

        It is if the storage has none, or the very copy that this hub left there: since then there
        may be more in it. Raise StoreError if the service does not answer in so many seconds.
        """
        known = self._note.digests if self._path.exists() else set()
        new = self._path.with_name(f".{self._path.name}.new")
        kept = self._fetch(known, new, time.monotonic() + within)
        if kept is not None and kept not in known:
            database.move_aside(self._path)
            _put_in_place(new, self._path)
            log.warning("Took the hub's database from the storage")
        self._note.write(kept)

    def _fetch(self, known: set[str], new: Path, deadline: float) -> str | None:
        while True:
            try:
                return self._store.fetch(known, new)
            except StoreError as error:
                if time.monotonic() > deadline:
                    raise
                if not self._told:
                    self._told = str(error)
                    log.warning("Waiting for the storage's copy of the hub's database: %s", error)
            time.sleep(RETRY_SECONDS)  # a service that is not there yet tells nobody when it is

    def __enter__(self) -> Self:
        """Begin."""
        self._told = ""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Send a last copy, so that a backup after this has everything, and end."""
        self._stopping.set()
        self._thread.join(STOP_SECONDS)
        if self._thread.is_alive():
            log.error("No last copy of the hub's database within %d s", STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping.wait(self._every):
            self._keep()
        while not self._keep():
            # Between two tries, until __exit__ waits no more: a service that is away tells nobody.
            time.sleep(RETRY_SECONDS)
        if self._live:
            self._live.close()

    def _keep(self) -> bool:
        """Send what is new; return whether trying again at once would be of no use."""
        try:
            self._send_if_changed()
        except OtherCopyError:
            self._tell(
                logging.ERROR,
                "The storage has another copy of the hub's database than this hub left there: was"
                " it restored? It is not touched; restart the hub, which then takes it",
            )
        except Exception as error:  # noqa: BLE001 (the next line says why)
            # Whatever it is: without this thread there would be no copy ever again.
            known = isinstance(error, StoreError | OSError | sqlite3.Error)
            text = str(error) if known else repr(error)
            self._tell(logging.WARNING, f"The hub's database is not copied to the storage: {text}")
            return False
        else:
            if self._told:
                log.info("The hub's database is copied to the storage again")
            self._told = ""
        return True

    def _tell(self, level: int, message: str) -> None:
        """Say what is wrong, once as long as it is the same."""
        if message != self._told:
            log.log(level, "%s", message)
        self._told = message

    def _send_if_changed(self) -> None:
        if self._live is None:
            if not self._path.exists():
                return  # JupyterHub makes it
            self._live = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=rw", uri=True)
        # Another number once another connection has committed, whatever process has it. Read before
        # the copy: what comes in between is seen the next time.
        [version] = self._live.execute("PRAGMA data_version").fetchone()
        if version == self._seen:
            return
        copy = self._path.with_name(f".{self._path.name}.copy")
        try:
            digest = _copy(self._live, copy)
            if digest != self._note.kept:
                self._send(copy, digest)
        finally:
            copy.unlink(missing_ok=True)
        self._seen = version

    def _send(self, copy: Path, digest: str) -> None:
        there = self._what_is_there()
        self._note.write(there, digest)
        try:
            self._store.put(copy, digest, there)
        except OtherCopyError as error:
            self._note.write(there if error.digest else None)
            if error.digest is None:
                # Somebody took it away; the next try needs to replace nothing.
                raise StoreError("the storage's copy is gone") from error
            raise
        self._note.write(digest)

    def _what_is_there(self) -> str | None:
        """Tell what the copy to send replaces, None if nothing.

        That is the copy of the last time. If then no answer came, the service is asked which.
        """
        if self._note.sent is None:
            return self._note.kept
        other = self._path.with_name(f".{self._path.name}.other")
        try:
            there = self._store.fetch(self._note.digests, other)
        finally:
            other.unlink(missing_ok=True)
        if there is not None and there not in self._note.digests:
            self._note.write(self._note.kept)
            raise OtherCopyError(there)
        return there


def _digest(line: str) -> str | None:
    """Read a digest; what is none, in a file that somebody spoilt, is as if it were not there."""
    return line.strip() if DIGEST.fullmatch(line.strip()) else None


def _copy(live: sqlite3.Connection, target: Path) -> str:
    """Copy a database as of one moment into a file without a log; return the file's digest."""
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with contextlib.closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    with target.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _put_in_place(new: Path, path: Path) -> None:
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
