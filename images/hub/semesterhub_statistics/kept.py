"""A database on this machine's own disk, and its copy in the course's files, which backups read.

Only where those files are not on a disk of this machine: SQLite needs one. At the start the copy is
taken if it is another one than was left there, as after a restore.
"""

import hashlib
import logging
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from semesterhub_statistics import database
from semesterhub_statistics.settings import Places

log = logging.getLogger("statistics")

EVERY_SECONDS = 600


class Kept:
    """The copy of one database."""

    def __init__(self, places: Places) -> None:
        """Take where both are."""
        self._live = places.database
        self._copy = places.kept / places.database.name
        self._note = places.data / "kept.sha256"

    def take(self) -> None:
        """Take the copy in the place of the database here, unless this one left it there."""
        if not self._copy.exists():
            return
        digest = _digest(self._copy)
        if self._live.exists() and digest in self._known():
            return
        new = self._live.with_name(".taken.new")
        shutil.copyfile(self._copy, new)
        if self._live.exists():
            name = f"{self._live.stem}-replaced-{datetime.now(UTC):%Y%m%dT%H%M%S}.sqlite"
            database.move(self._live, self._live.with_name(name))
        new.chmod(0o600)
        new.replace(self._live)
        self._note.write_text(digest, "ascii")
        log.warning("Took the statistics from the course's files")

    def keep(self) -> None:
        """Put a newer copy there."""
        made = self._live.with_name(".kept.new")
        database.copy(self._live, made)
        digest = _digest(made)
        # Both, until the new one is in its place: a crash leaves one of them.
        self._note.write_text(" ".join({*self._known(), digest}), "ascii")
        new = self._copy.with_name(f".{self._copy.name}.new")
        shutil.copyfile(made, new)
        new.chmod(0o600)
        with new.open("rb") as file:
            os.fsync(file.fileno())
        new.replace(self._copy)
        self._note.write_text(digest, "ascii")
        made.unlink()

    def _known(self) -> set[str]:
        try:
            return set(self._note.read_text("ascii").split())
        except FileNotFoundError:
            return set()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
