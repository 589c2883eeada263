"""Bring back a student, a path, or everything, beside what is there; then exchange the two."""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from semesterhub_backup import project
from semesterhub_backup.assemble import assemble, renamed
from semesterhub_backup.copies import DATABASES
from semesterhub_backup.dumps import tell_of_restore
from semesterhub_backup.errors import BackupError, NotFoundError
from semesterhub_backup.exchange import exchange, exists
from semesterhub_backup.links import made_there
from semesterhub_backup.manifest import Item
from semesterhub_backup.opened import Opened, opened, select
from semesterhub_backup.paths import group_path, safe_path
from semesterhub_backup.progress import Progress, Say, now
from semesterhub_backup.restic import PART, Restic
from semesterhub_backup.settings import COMMON_TREES, GROUPS, HOMES, Settings
from semesterhub_backup.times import choose, iso

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
ASIDE = "restored-over"
# So much is taken out of a backup at once, beside what is there.
TOGETHER_BYTES = 4 * 2**30
TOGETHER = 50


@dataclass
class Outcome:
    """What a restore did; paths are relative to the storage tree."""

    time: datetime
    restored: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)


@contextmanager
def restoring(settings: Settings, time: str | None, tell: Say) -> Iterator["Restorer"]:
    """Open the backup of a time; the lock is held by the caller."""
    restic = Restic(settings)
    restic.check_target()
    snapshots = [each for each in restic.snapshots(locked=False) if PART not in each.tags]
    chosen = choose([each.time for each in snapshots], time, now())
    (snapshot,) = [each for each in snapshots if each.time == chosen][-1:]
    with Progress(settings, "a restore", tell) as progress:
        progress.step(f"reading the backup of {iso(chosen)}")
        with opened(restic, snapshot, settings.work / "staging") as backup:
            yield Restorer(settings, backup, progress)


class Restorer:
    """A restore from one point in time."""

    def __init__(self, settings: Settings, backup: Opened, progress: Progress) -> None:
        self._settings = settings
        self._backup = backup
        self._progress = progress
        self._staging = settings.work / "staging"
        self.time = backup.snapshot.time
        self._outcome = Outcome(self.time)
        self._aside_made: Path | None = None

    @property
    def _aside(self) -> Path:
        """A folder for what is there now, of this restore alone, however soon the next comes."""
        if self._aside_made is None:
            stamp = now().strftime("%Y-%m-%dT%H-%M-%S.%fZ")
            (self._settings.storage / ASIDE).mkdir(exist_ok=True, mode=0o700)
            made = self._settings.storage / ASIDE / stamp
            made.mkdir(mode=0o700)
            self._aside_made = made
        return self._aside_made

    def slug(self, student: str) -> str:
        """Find a student's folder: in the table of today, else in the backup's."""
        row = _slug_in(self._settings.storage / "uids" / "uids.sqlite", student)
        if row is None:
            with _suppressed():
                row = _slug_in(self._backup.file("databases/uids.sqlite"), student)
        if row is None:
            raise NotFoundError(
                f"There is no student {student!r}, neither now nor in the backup of"
                f" {iso(self.time)}. homes/INDEX.tsv lists them."
            )
        return row

    def items(self, tree: str, path: str = ".") -> list[Item]:
        """Read what the backup has of a tree, at a path and below it."""
        try:
            return select(self._backup.items(tree), path)
        except NotFoundError as error:
            shown = tree if path == "." else f"{tree}/{path}"
            raise NotFoundError(f"The backup of {iso(self.time)} has no {shown}.") from error

    def student(self, student: str, path: str | None) -> Outcome:
        """Bring back a home, or something in it."""
        tree = f"{HOMES}/{self.slug(student)}"
        return self._part(tree, safe_path(path) if path else ".")

    def group(self, group: str, path: str | None) -> Outcome:
        """Bring back the folder of a group, or something in it."""
        return self._part(GROUPS, group_path(group, path))

    def _part(self, tree: str, path: str) -> Outcome:
        """Bring back a tree, or what it has at a path."""
        items = self.items(tree, path)
        whole = tree if path == "." else f"{tree}/{path}"
        *folders, name = whole.split("/")
        self._make({tree: renamed(items, path, name)})
        known = {
            tree if item.path == "." else f"{tree}/{item.path}": item
            for item in self._backup.items(tree)
        }
        self._exchange(folders, name, self._staging / "made" / tree, known)
        return self._outcome

    def everything(self) -> Outcome:
        """Bring back all homes, the common trees and the databases.

        A home that is there now and was not then stays: its owner came later.
        """
        trees = self._backup.record()["trees"]
        for group in _groups(trees):
            self._make(
                {tree: renamed(self.items(tree), ".", tree.rpartition("/")[2]) for tree in group}
            )
            for tree in group:
                made = self._staging / "made" / tree
                if tree in COMMON_TREES:
                    self._fill(tree, made / tree)
                else:
                    self._exchange([HOMES], tree.rpartition("/")[2], made, {})
        for place, name in DATABASES.items():
            self._database(place, name)
        tell_of_restore(self._settings.storage)
        return self._outcome

    def _make(self, trees: dict[str, list[Item]]) -> None:
        """Take trees out of the backup, and make their files in the staging folder."""
        count = sum(map(len, trees.values()))
        self._progress.step(f"restoring {_shown(list(trees))}, {count:,} files and folders")
        contents = self._backup.contents(trees, self._progress.seen)
        for tree, items in trees.items():
            made = self._staging / "made" / tree
            made.mkdir(parents=True, mode=0o700)
            folder = os.open(made, FOLDER)
            try:
                assemble(items, contents / tree, folder)
            finally:
                os.close(folder)

    def _exchange(
        self, folders: list[str], name: str, made: Path, known: Mapping[str, Item]
    ) -> None:
        """Put what was made in its place, and what was there aside, in one step."""
        aside = self._aside.joinpath(*folders)
        aside.mkdir(parents=True, exist_ok=True, mode=0o700)
        here, there = os.open(made, FOLDER), self._open_place(folders, known)
        kept = os.open(aside, FOLDER)
        try:
            was_there = exists(name, there)
            project.join(name, here, self._project(name, there))
            new = made_there(name, here, there)
            if was_there and new is None:
                exchange(here, there, name)
                os.rename(name, name, src_dir_fd=here, dst_dir_fd=kept)
            elif was_there:
                os.rename(name, name, src_dir_fd=there, dst_dir_fd=kept)
            if was_there:
                project.join(name, kept, None)
                self._outcome.aside.append(str((aside / name).relative_to(self._settings.storage)))
            if new is not None:
                os.rename(new, name, src_dir_fd=there, dst_dir_fd=there)
            elif not was_there:
                os.rename(name, name, src_dir_fd=here, dst_dir_fd=there)
        finally:
            for descriptor in (here, there, kept):
                os.close(descriptor)
        self._outcome.restored.append("/".join((*folders, name)))

    def _project(self, name: str, place: int) -> int | None:
        """Whom it counts for there: as the folder that it comes to, or the home that is there."""
        found = project.project_of(place)
        if found is None and exists(name, place):
            try:
                there = os.open(name, FOLDER, dir_fd=place)
            except OSError:
                return None
            try:
                return project.project_of(there)
            finally:
                os.close(there)
        return found

    def _fill(self, tree: str, made: Path) -> None:
        """Put back what is in a tree that is a mount itself, and aside what came into it later."""
        place = self._settings.storage / tree
        names = set(os.listdir(made))  # noqa: PTH208 (names are wanted)
        for name in sorted(set(os.listdir(place)) - names):  # noqa: PTH208 (likewise)
            self._put_aside(tree, name)
        for name in sorted(names):
            self._exchange([tree], name, made, {})

    def _put_aside(self, tree: str, name: str) -> None:
        aside = self._aside / tree
        aside.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self._settings.storage / tree / name).rename(aside / name)
        kept = os.open(aside, FOLDER)
        try:
            project.join(name, kept, None)
        finally:
            os.close(kept)
        self._outcome.aside.append(str((aside / name).relative_to(self._settings.storage)))

    def _open_place(self, folders: list[str], known: Mapping[str, Item]) -> int:
        """Open the folder that something goes to, made again where it is gone; follow no link."""
        descriptor = os.open(self._settings.storage, FOLDER)
        for depth, part in enumerate(folders):
            try:
                if not exists(part, descriptor):
                    _make_folder(part, descriptor, known["/".join(folders[: depth + 1])])
                below = os.open(part, FOLDER, dir_fd=descriptor)
            except (OSError, KeyError) as error:
                raise BackupError(
                    f"{'/'.join(folders[: depth + 1])} is no folder now; restore all of the home or"
                    " group, or move it away."
                ) from error
            finally:
                os.close(descriptor)
            descriptor = below
        return descriptor

    def _database(self, place: str, name: str) -> None:
        try:
            copy = self._backup.file(f"databases/{name}")
        except BackupError:
            return  # there was none
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
                kept = str((aside / old.name).relative_to(self._settings.storage))
                self._outcome.aside.append(kept)
        copy.rename(target)
        self._outcome.restored.append(place)


def _make_folder(name: str, parent: int, item: Item) -> None:
    os.mkdir(name, 0o700, dir_fd=parent)
    os.chown(name, item.uid, item.gid, dir_fd=parent, follow_symlinks=False)
    made = os.open(name, FOLDER, dir_fd=parent)
    os.fchmod(made, item.mode)
    os.close(made)


def _groups(trees: dict[str, tuple[int, int]]) -> Iterator[list[str]]:
    """Take so many trees at once as a staging folder should hold."""
    group: list[str] = []
    size = 0
    for tree, (_, each) in sorted(trees.items()):
        if group and (size + each > TOGETHER_BYTES or len(group) >= TOGETHER):
            yield group
            group, size = [], 0
        group.append(tree)
        size += each
    if group:
        yield group


def _shown(trees: list[str]) -> str:
    return trees[0] if len(trees) == 1 else f"{len(trees)} trees from {trees[0]} on"


def _slug_in(table: Path, student: str) -> str | None:
    if not table.is_file():
        return None
    with closing(sqlite3.connect(f"file:{table}?mode=ro", uri=True)) as db:
        row = db.execute("SELECT slug FROM people WHERE username = ?", (student,)).fetchone()
    return None if row is None else str(row[0])


@contextmanager
def _suppressed() -> Iterator[None]:
    try:
        yield
    except (BackupError, sqlite3.Error):
        return
