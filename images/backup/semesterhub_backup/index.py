"""Take new backups into the history, one after the other."""

import sqlite3
from collections import Counter
from pathlib import Path

from semesterhub_backup.errors import BackupError
from semesterhub_backup.history import History
from semesterhub_backup.opened import opened
from semesterhub_backup.progress import now
from semesterhub_backup.restic import PART, Restic, Snapshot
from semesterhub_backup.restic_says import NoRepositoryError
from semesterhub_backup.settings import HOMES, Settings
from semesterhub_backup.turns import Due

RETRY_SECONDS = 60.0
# Of one backup that can't be taken in; then it is passed over.
MOST_FAILURES = 3


class Index:
    """Knows which backups are new."""

    def __init__(self, settings: Settings, restic: Restic, history: History, folder: Path) -> None:
        self._newest = settings.work / "parent"
        self._restic = restic
        self._history = history
        self._folder = folder
        self._seen: str | None = None
        self._missing: list[Snapshot] = []
        self._failures: Counter[str] = Counter()
        self._retry = Due(RETRY_SECONDS)

    @property
    def is_complete(self) -> bool:
        """Tell whether all backups are in the history."""
        return self._seen is not None and not self._missing

    def go_on(self) -> None:
        """Take in one more backup, if there is one."""
        # A run notes there what it stored last.
        newest = self._newest.read_text(encoding="ascii") if self._newest.exists() else ""
        if newest != self._seen and self._retry.is_now():
            new = self._history.missing(self._stored(), now())
            self._missing = [each for each in new if self._failures[each.id] < MOST_FAILURES]
            self._seen, self._retry = newest, Due(RETRY_SECONDS)
        if not self._missing:
            return
        snapshot = self._missing[0]
        try:
            with opened(self._restic, snapshot, self._folder) as backup:
                self._history.take(snapshot, backup.manifests(HOMES))
        except (BackupError, OSError, ValueError, MemoryError, sqlite3.Error) as error:
            # It may be gone since, or damaged: the others go on without it.
            self._failures[snapshot.id] += 1
            self._seen, self._missing = None, []
            self._retry.is_now()
            damaged = isinstance(error, sqlite3.DatabaseError)
            if damaged and not isinstance(error, sqlite3.OperationalError):
                self._history.begin_anew()
            raise
        self._missing.pop(0)

    def _stored(self) -> list[Snapshot]:
        try:
            stored = self._restic.snapshots(locked=False)
        except NoRepositoryError:
            return []
        return [each for each in stored if PART not in each.tags]
