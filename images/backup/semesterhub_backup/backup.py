"""One backup, from lock to status."""

import logging
import re
import sqlite3
import time
from datetime import datetime, timedelta
from pathlib import Path

from semesterhub_backup import copies
from semesterhub_backup.dumps import DUMPS, ask_for_dumps
from semesterhub_backup.errors import BackupError
from semesterhub_backup.gather import Gathered, Gatherer, Problem
from semesterhub_backup.keep import to_forget
from semesterhub_backup.lost import refuse_lost
from semesterhub_backup.progress import Progress, Say, exclusive, now
from semesterhub_backup.restic import COMPLETE, PART, Restic, Snapshot
from semesterhub_backup.restic_says import IncompleteError
from semesterhub_backup.run_record import write_record
from semesterhub_backup.settings import Settings
from semesterhub_backup.status import Status, megabytes, read_status, updated_status
from semesterhub_backup.times import iso, parse_iso

log = logging.getLogger("backup")

ATTEMPTS = 3
BACKOFF_SECONDS = (5, 30)
PRUNE_EVERY = timedelta(hours=20)
SHOWN_PROBLEMS = 40
OLD_FORMAT = "duplicity-full."


def back_up(settings: Settings, tell: Say) -> Status:
    """Make one backup; tried again if it fails, and the failure is in the status."""
    with exclusive(settings, tell):
        return back_up_locked(settings, tell)


def back_up_locked(settings: Settings, tell: Say) -> Status:
    """Make one backup while the lock is held."""
    error = BackupError("no attempt")
    for attempt in range(ATTEMPTS):
        if attempt:
            pause = BACKOFF_SECONDS[min(attempt, len(BACKOFF_SECONDS)) - 1]
            tell(f"{error} Trying again in {pause} s ({attempt + 1} of {ATTEMPTS})")
            # Nothing tells when a full or absent target is well again: only another try.
            time.sleep(pause)
        try:
            return _Run(settings, tell).run()
        except BackupError as raised:
            error = raised
        except OSError as raised:
            error = BackupError(f"{raised.strerror}: {raised.filename or settings.work}")
        except sqlite3.Error as raised:
            error = BackupError(f"A database can't be copied: {raised}")
        if not may_pass(str(error)):
            break
    note_error(settings, error, tell)
    raise error


def note_error(settings: Settings, error: Exception, tell: Say) -> None:
    """Write an error into the status, where `npm run status` finds it."""
    try:
        settings.work.mkdir(parents=True, exist_ok=True, mode=0o700)
        with updated_status(settings) as status:
            status.lastError = {"at": iso(now()), "message": str(error)}
    except OSError as raised:
        tell(f"The status can't be written: {raised.strerror}")


def may_pass(message: str) -> bool:
    """Tell whether trying again can help: not with a wrong passphrase, key or a full disk."""
    hopeless = r"passphrase|No space|not there|not here|host key|refuses|no progress"
    return not re.search(hopeless, message)


class _Run:
    """One attempt."""

    def __init__(self, settings: Settings, tell: Say) -> None:
        self._settings = settings
        self._tell = tell
        self._restic = Restic(settings)
        self._parent: str | None = None

    def run(self) -> Status:
        begin, started = time.monotonic(), now()
        settings = self._settings
        settings.copy.mkdir(parents=True, exist_ok=True, mode=0o700)
        before = read_status(settings)
        with Progress(settings, "a backup", self._tell) as progress:
            progress.step("looking at what is stored")
            stored = self._restic.begin()
            refuse_lost(settings, self._restic, stored)
            self._find_parent(stored)
            gatherer = Gatherer(settings, before.failed)
            gatherer.find_unsettled()
            progress.step("copying the databases")
            older = ask_for_dumps(settings.storage)
            damaged = copies.copy_databases(settings.storage, settings.copy / "databases")
            found = self._gather(gatherer, progress)
            found.problems += [Problem(place, ".", why) for place, why in damaged.items()]
            found.problems += [Problem(DUMPS, ".", older)] if older else []
            progress.step("storing what has changed")
            # What could not be read today is there as it was backed up before.
            write_record(settings.copy, {"trees": self._trees(gatherer, found)})
            summary = self._store(COMPLETE, progress)
            gatherer.settled()
            stored = self._tidy(stored, progress)
        status = self._note(found, started, begin, summary)
        for problem in found.problems[:SHOWN_PROBLEMS]:
            self._tell(f"  {problem}")
        run = status.lastRun or {}
        self._tell(
            f"Done: {run['sourceFiles']:,} files of {megabytes(run['sourceBytes'])},"
            f" {found.changed:,} changed, {megabytes(run['storedBytes'])} stored in"
            f" {time.monotonic() - begin:.1f} s"
        )
        return status

    def _find_parent(self, stored: list[Snapshot]) -> None:
        """Take the backup that the copy was emptied for; without it everything is read again."""
        known = self._parent_file.read_text().strip() if self._parent_file.exists() else ""
        if any(each.id == known for each in stored):
            self._parent = known
        else:
            self._forget_copy()

    def _forget_copy(self) -> None:
        self._parent = None
        self._parent_file.unlink(missing_ok=True)
        gatherer = Gatherer(self._settings)
        gatherer.forget_gone([])

    @property
    def _parent_file(self) -> Path:
        return self._settings.work / "parent"

    def _gather(self, gatherer: Gatherer, progress: Progress) -> Gathered:
        progress.step("reading what has changed", lambda: f": {gatherer.found.changed:,} files")

        def take() -> None:
            progress.step("storing the first part of it")
            self._store(PART, progress)
            progress.step("reading more", lambda: f": {gatherer.found.changed:,} files")

        found = gatherer.run(take)
        gatherer.forget_gone(gatherer.trees())
        return found

    def _trees(self, gatherer: Gatherer, found: Gathered) -> dict[str, tuple[int, int]]:
        trees = dict(found.trees)
        for tree in gatherer.copied() & found.failed:
            if (self._settings.copy / tree / "manifest").exists():
                trees[tree] = (0, 0)
        return trees

    def _store(self, tag: str, progress: Progress) -> dict[str, int]:
        try:
            summary = self._restic.backup(self._parent, tag, progress.seen)
        except IncompleteError:
            # Emptied for a backup that is gone: all of it is read again by the next attempt.
            self._forget_copy()
            raise
        self._parent = summary["snapshot_id"]
        new = self._parent_file.with_name(".parent")
        new.write_text(f"{self._parent}\n")
        new.replace(self._parent_file)
        return summary

    def _tidy(self, stored: list[Snapshot], progress: Progress) -> list[Snapshot]:
        """Remove old backups, once a day; a failure costs space and no backup."""
        settings = self._settings
        assert self._parent is not None  # noqa: S101 (a backup was just made)
        try:
            stored = self._restic.snapshots()
            old = to_forget(stored, settings.keep_days, settings.keep_weeks, self._parent, now())
            due = parse_iso(read_status(settings).lastPruned)
            if old and (due is None or not timedelta() <= now() - due < PRUNE_EVERY):
                progress.step(f"removing {len(old)} old backups")
                self._restic.forget(old)
                self._restic.prune()
                stored = [each for each in stored if each.id not in old]
                with updated_status(settings) as status:
                    status.lastPruned = iso(now())
        except BackupError as error:
            self._tell(f"Old backups could not be removed: {error}")
        with updated_status(settings) as status:
            complete = [each for each in stored if PART not in each.tags]
            status.backups = len(complete)
            status.oldest = iso(complete[0].time) if complete else None
            status.storedBytes = self._restic.stored_bytes()
        return stored

    def _note(
        self, found: Gathered, started: datetime, begin: float, summary: dict[str, int]
    ) -> Status:
        problems = [str(each) for each in found.problems]
        old = old_format(self._settings)
        with updated_status(self._settings) as status:
            status.lastSuccess = iso(now())
            status.firstSuccess = status.firstSuccess or status.lastSuccess
            status.lastError = None
            status.failed = sorted(found.failed)
            status.problems = problems[:SHOWN_PROBLEMS]
            status.problemCount = len(problems)
            status.notes = [old] if old else []
            status.lastRun = {
                "startedAt": iso(started),
                "endedAt": iso(now()),
                "seconds": round(time.monotonic() - begin, 1),
                "homes": sum(tree.startswith("homes/") for tree in found.trees),
                "sourceFiles": sum(files for files, _ in found.trees.values()),
                "sourceBytes": sum(size for _, size in found.trees.values()),
                "changedFiles": found.changed,
                "storedBytes": summary.get("data_added_packed"),
            }
        return status


def old_format(settings: Settings) -> str | None:
    """Say what to do with backups of the format that semesterhub had before."""
    folder = settings.folder
    if folder is None or not folder.is_dir():
        return None
    if not any(path.name.startswith(OLD_FORMAT) for path in folder.iterdir()):
        return None
    return (
        f"{settings.place} also has backups of semesterhub's old format (duplicity-*), which stay"
        " as they are: restore from them with duplicity and the same passphrase, and remove them"
        " when nobody needs them any more."
    )
