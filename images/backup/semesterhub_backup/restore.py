"""Bring back a student, a path, or everything, beside what is there; then exchange the two."""

import ctypes
import errno
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from semesterhub_backup import metadata
from semesterhub_backup.copies import DATABASES
from semesterhub_backup.engine import Duplicity
from semesterhub_backup.errors import BackupError, NotFoundError
from semesterhub_backup.metadata import FOLDER, Item
from semesterhub_backup.polish import polish
from semesterhub_backup.progress import Progress, Say, now
from semesterhub_backup.settings import Settings
from semesterhub_backup.times import choose, iso

RENAME_EXCHANGE = 2
NO_EXCHANGE = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}
ASIDE = "restored-over"


@dataclass
class Outcome:
    """What a restore did; paths are relative to the storage tree."""

    time: datetime
    restored: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)


def safe_path(text: str) -> tuple[str, ...]:
    """Split a path below a home; refuse one that leads out."""
    parts = PurePosixPath(text.removeprefix("~/")).parts
    if not parts or parts[0] == "/" or ".." in parts or "\0" in text:
        raise BackupError(f"{text!r} is no path below the home. Say e.g. work/notebook.ipynb")
    return parts


class Restorer:
    """A restore from one point in time."""

    def __init__(self, settings: Settings, time: str | None, tell: Say) -> None:
        """Find the backup; the lock is held by the caller."""
        self._settings = settings
        self._tell = tell
        self._progress = Progress(settings, "a restore", tell)
        self._duplicity = Duplicity(settings)
        self._duplicity.check_target()
        sets = [each for chain in self._duplicity.chains() for each in chain]
        self.time = choose([each.time for each in sets], time, now())
        stamp = now().strftime("%Y-%m-%dT%H-%M-%SZ")
        self._staging = settings.work / "staging"
        self._aside = settings.storage / ASIDE / stamp
        self._outcome = Outcome(self.time)

    def __enter__(self) -> "Restorer":
        """Begin with an empty staging folder, and in it the backup's own notes."""
        shutil.rmtree(self._staging, ignore_errors=True)
        self._staging.mkdir(mode=0o700)
        self._progress.__enter__()
        self._progress.step(f"reading the backup of {iso(self.time)}")
        try:
            self._restore("backup/stage", self._staging / "stage")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        """Leave nothing in the staging folder; what was there is not in it."""
        self._progress.__exit__()
        shutil.rmtree(self._staging, ignore_errors=True)

    def _restore(self, path: str, target: Path) -> None:
        self._duplicity.restore(path, self.time, target, self._progress.seen)

    def slug(self, student: str) -> str:
        """Find a student's folder: in the table of today, else in the backup's."""
        for table in (self._settings.storage / "uids" / "uids.sqlite",
                      self._staging / "stage" / "uids.sqlite"):  # fmt: skip
            if table.is_file():
                with closing(sqlite3.connect(f"file:{table}?mode=ro", uri=True)) as db:
                    row = db.execute(
                        "SELECT slug FROM people WHERE username = ?", (student,)
                    ).fetchone()
                if row is not None:
                    return str(row[0])
        raise NotFoundError(
            f"There is no student {student!r}, neither now nor in the backup of {iso(self.time)}."
            " homes/INDEX.tsv lists them."
        )

    def items(self, path: str) -> dict[str, Item]:
        """Read what the backup notes about a path and what is below it."""
        found = metadata.read(self._staging / "stage" / metadata.NAME, path)
        if path not in found:
            raise NotFoundError(f"The backup of {iso(self.time)} has no {path}.")
        return found

    def student(self, student: str, path: str | None) -> Outcome:
        """Bring back a home, or something in it."""
        slug = self.slug(student)
        parts = ("homes", slug, *(safe_path(path) if path else ()))
        self._fetch("/".join(parts))
        self._exchange(parts)
        return self._outcome

    def everything(self) -> Outcome:
        """Bring back all homes, the shared trees and the databases.

        A home that is there now and was not then stays: its owner came later.
        """
        notes = self._staging / "stage" / metadata.NAME
        tops: list[tuple[str, ...]] = []
        with notes.open(encoding="ascii") as lines:
            for line in lines:
                parts = tuple(metadata.from_line(line).path.split("/"))
                if len(parts) == 2 and parts != ("homes", "INDEX.tsv"):  # noqa: PLR2004 (tree/name)
                    tops.append(parts)
        for tree in sorted({parts[0] for parts in tops}):
            self._fetch(tree)
        for parts in tops:
            self._exchange(parts)
        for tree in ("exchange", "shared"):
            self._clear_newer(tree, {parts[1] for parts in tops if parts[0] == tree})
        for place, copy in DATABASES.items():
            self._database(place, self._staging / "stage" / copy)
        return self._outcome

    def _fetch(self, path: str) -> None:
        items = self.items(path)
        self._progress.step(f"restoring {path}, {len(items):,} files and folders")
        target = self._staging / path
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._restore(path, target)
        descriptor = os.open(target.parent, FOLDER)
        try:
            polish(descriptor, target.name, path, items)
        finally:
            os.close(descriptor)

    def _exchange(self, parts: tuple[str, ...]) -> None:
        """Put what was restored in its place, and what was there aside, in one step."""
        *folders, name = parts
        aside = self._aside.joinpath(*folders)
        aside.mkdir(parents=True, exist_ok=True, mode=0o700)
        staged = self._staging.joinpath(*parts)
        if not os.path.lexists(staged):
            return  # noted, but gone before duplicity came to it
        staged.rename(aside / name)
        here, there = os.open(aside, FOLDER), self._open_place(folders)
        try:
            if _exists(name, there):
                exchange(here, there, name)
                self._outcome.aside.append(str((aside / name).relative_to(self._settings.storage)))
            else:
                os.rename(name, name, src_dir_fd=here, dst_dir_fd=there)
        finally:
            os.close(here)
            os.close(there)
        self._outcome.restored.append("/".join(parts))

    def _open_place(self, folders: list[str]) -> int:
        """Open the folder that something goes to, made again where it is gone; follow no link."""
        descriptor = os.open(self._settings.storage, FOLDER)
        for depth, part in enumerate(folders):
            try:
                if not _exists(part, descriptor):
                    item = self.items("/".join(folders[: depth + 1]))[
                        "/".join(folders[: depth + 1])
                    ]
                    os.mkdir(part, 0o700, dir_fd=descriptor)
                    os.chown(part, item.uid, item.gid, dir_fd=descriptor, follow_symlinks=False)
                    made = os.open(part, FOLDER, dir_fd=descriptor)
                    os.fchmod(made, item.mode)
                    os.close(made)
                below = os.open(part, FOLDER, dir_fd=descriptor)
            except OSError as error:
                raise BackupError(
                    f"{'/'.join(folders[: depth + 1])} is no folder now ({error.strerror}); restore"
                    " the whole home, or move it away."
                ) from error
            finally:
                os.close(descriptor)
            descriptor = below
        return descriptor

    def _clear_newer(self, tree: str, known: set[str]) -> None:
        """Put aside what came into a shared tree later."""
        folder = self._settings.storage / tree
        for entry in sorted(folder.iterdir()) if folder.is_dir() else []:
            if entry.name not in known:
                aside = self._aside / tree
                aside.mkdir(parents=True, exist_ok=True, mode=0o700)
                entry.rename(aside / entry.name)
                self._outcome.aside.append(f"{ASIDE}/{self._aside.name}/{tree}/{entry.name}")

    def _database(self, place: str, copy: Path) -> None:
        if not copy.is_file():
            return
        target = self._settings.storage / place
        owner = target.parent.stat()
        os.chown(copy, owner.st_uid, owner.st_gid)
        copy.chmod(0o600)
        aside = self._aside / Path(place).parent
        # With its log: together they are the database.
        for suffix in ("-wal", "-shm", "-journal", ""):
            old = target.with_name(target.name + suffix)
            if old.exists():
                aside.mkdir(parents=True, exist_ok=True, mode=0o700)
                old.rename(aside / old.name)
                self._outcome.aside.append(
                    str((aside / old.name).relative_to(self._settings.storage))
                )
        copy.rename(target)
        self._outcome.restored.append(place)


def _exists(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def exchange(one: int, two: int, name: str, call: Callable[..., int] | None = None) -> None:
    """Exchange what has a name in one folder with what has it in the other.

    Atomic where the file system can (ext4, xfs, btrfs); else by renames, in between which the name
    is away for a moment.
    """
    rename = call or ctypes.CDLL(None, use_errno=True).renameat2
    encoded = os.fsencode(name)
    if rename(one, encoded, two, encoded, RENAME_EXCHANGE) == 0:
        return
    number = ctypes.get_errno()
    if number not in NO_EXCHANGE:
        raise OSError(number, os.strerror(number), name)
    away = f".{name[:200]}.restoring"
    os.rename(name, away, src_dir_fd=one, dst_dir_fd=one)
    os.rename(name, name, src_dir_fd=two, dst_dir_fd=one)
    os.rename(away, name, src_dir_fd=one, dst_dir_fd=two)
