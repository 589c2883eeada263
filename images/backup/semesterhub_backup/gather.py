"""Have every tree read by a reader of its own, two at a time, and take what they tell."""

import io
import json
import os
import re
import select
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from semesterhub_backup.copy import BudgetSpentError, Received, TreeCopy, empty
from semesterhub_backup.errors import BackupError
from semesterhub_backup.frames import WHERE_BYTES, BrokenFrameError
from semesterhub_backup.restic import environment_for_readers, program
from semesterhub_backup.settings import COMMON_TREES, HOMES, Settings

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
AT_ONCE = 2
# What is kept on the disk before restic takes it. Less where the disk has little left.
BUDGET_BYTES = 4 * 2**30
SHARE_OF_FREE = 4
SMALLEST_BUDGET = 64 * 2**20
# Half made, or of a student whom the hub made for a check that the course answers.
NOBODYS = re.compile(r"\.making-|course-check-[0-9a-f]{9}$")
READ_BYTES = 1 << 20


@dataclass(frozen=True)
class Problem:
    """A file, or a whole tree, that is not in a backup as it is now."""

    tree: str
    path: str
    why: str

    def __str__(self) -> str:
        """Write it as a line; a student's file may have any name."""
        shown = ascii(self.path)[1:-1]
        return f"{self.tree}{'' if self.path == '.' else '/' + shown}: {self.why}"


@dataclass
class Gathered:
    """What the trees have, by tree."""

    trees: dict[str, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)
    changed: int = 0


class StalledError(BackupError):
    """A reader does not go on."""


class Gatherer:
    """Brings the copy up to date."""

    def __init__(self, settings: Settings, last_failed: Iterable[str] = ()) -> None:
        """Take the settings and which trees failed the last time: they come last."""
        self._settings = settings
        self._last_failed = frozenset(last_failed)
        self._lock = threading.Lock()
        self._supplied: list[Path] = []
        self._spent = 0
        self._budget = 0
        self.found = Gathered()

    def run(self, take: Callable[[], None]) -> Gathered:
        """Read all trees; take has restic back up what is there, when that has become much."""
        with Readers() as self._readers:
            return self._run(take)

    def _run(self, take: Callable[[], None]) -> Gathered:
        waiting = sorted(self.trees(), key=lambda name: (name in self._last_failed, name))
        self._dirty.touch()
        while waiting:
            self._spent = 0
            free = shutil.disk_usage(self._settings.work).free
            self._budget = max(SMALLEST_BUDGET, min(BUDGET_BYTES, free // SHARE_OF_FREE))
            with ThreadPoolExecutor(AT_ONCE) as pool:
                finished = list(pool.map(self._tree, waiting))
            waiting = [name for name, done in zip(waiting, finished, strict=True) if not done]
            if waiting:
                take()
                self.settle()
        return self.found

    def trees(self) -> list[str]:
        """Name the trees that there are."""
        storage = self._settings.storage
        found = [name for name in COMMON_TREES if (storage / name).is_dir()]
        if not self._settings.homes:
            return found
        with os.scandir(storage / HOMES) as entries:
            homes = [each.name for each in entries if each.is_dir(follow_symlinks=False)]
        return found + [f"{HOMES}/{name}" for name in homes if not NOBODYS.match(name)]

    def forget_gone(self, trees: Iterable[str]) -> None:
        """Drop the copies of trees that are there no more."""
        wanted = set(trees)
        for tree in self.copied() - wanted:
            TreeCopy(self._settings.copy / tree).remove()

    def copied(self) -> set[str]:
        """Name the trees that the copy has."""
        folder = self._settings.copy
        homes = (folder / HOMES).iterdir() if (folder / HOMES).is_dir() else []
        found = {f"{HOMES}/{path.name}" for path in homes}
        return found | {name for name in COMMON_TREES if (folder / name).is_dir()}

    @property
    def _dirty(self) -> Path:
        """Says that objects may be there that are not emptied, whatever happened since."""
        return self._settings.work / "unsettled"

    def find_unsettled(self) -> None:
        """Take note of what a run that was killed left."""
        if not self._dirty.exists():
            return
        for tree in self.copied():
            self._supplied += TreeCopy(self._settings.copy / tree).unsettled()

    def settle(self) -> None:
        """Empty what restic has now."""
        for path in self._supplied:
            if path.exists():
                empty(path)
        self._supplied.clear()

    def settled(self) -> None:
        """Empty what restic has now; all of it is in a backup."""
        self.settle()
        self._dirty.unlink(missing_ok=True)

    def _spend(self, size: int) -> None:
        with self._lock:
            self._spent += size
            if self._spent >= self._budget:
                raise BudgetSpentError

    def _tree(self, name: str) -> bool:
        """Read a tree; False: not all of it, since the budget is spent."""
        if self._spent >= self._budget:
            return False
        copy = TreeCopy(self._settings.copy / name)
        try:
            got, made = self._read(name, copy)
        except (BackupError, OSError, BrokenFrameError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            kept = "; what was backed up before stays" if copy.manifest.exists() else ""
            with self._lock:
                self.found.problems.append(Problem(name, ".", f"not backed up: {why}{kept}"))
                self.found.failed.add(name)
            return True
        with self._lock:
            self._supplied += made
            self.found.changed += got.changed
            if got.done:
                self.found.trees[name] = (got.files, got.size)
                self.found.problems += [Problem(name, *each) for each in got.problems]
        return got.done

    def _read(self, name: str, copy: TreeCopy) -> tuple[Received, list[Path]]:
        parent, _, last = name.rpartition("/")
        place = os.open(self._settings.storage / parent, FOLDER)
        try:
            top = os.open(last, FOLDER, dir_fd=place)
        finally:
            os.close(place)
        try:
            owner = os.fstat(top)
            known = copy.manifest if copy.manifest.exists() else Path(os.devnull)
            with (
                known.open("rb") as lines,
                _memory() as where,
                self._readers.read([top, lines.fileno(), where], owner) as pipe,
            ):
                return self._receive(copy, pipe, where)
        finally:
            os.close(top)

    def _receive(self, copy: TreeCopy, pipe: int, where: int) -> tuple[Received, list[Path]]:
        limit = max(self._settings.every_seconds, self._settings.stalled_seconds)
        said = _Pipe(pipe, self._settings.stalled_seconds, limit)
        try:
            return copy.receive(io.BufferedReader(said, READ_BYTES), self._spend)
        except StalledError as error:
            place = os.pread(where, WHERE_BYTES, 0).rstrip(b"\0")
            shown = ascii(os.fsdecode(place))[1:-1] or "its beginning"
            raise BackupError(f"{error}; it was at {shown}") from error


class _Pipe(io.RawIOBase):
    """What a reader says, for as long as it says something."""

    def __init__(self, descriptor: int, patience: float, limit: float) -> None:
        self._descriptor = descriptor
        self._patience = patience
        self._limit = limit
        self._begin = time.monotonic()

    def readable(self) -> bool:
        """Tell that it is for reading."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 (as io has it)
        """Read what there is; raise StalledError where nothing comes."""
        if not select.select([self._descriptor], [], [], self._patience)[0]:
            raise StalledError(f"no progress for {self._patience / 60:.0f} minutes")
        if time.monotonic() - self._begin > self._limit:
            raise StalledError(f"not done in {self._limit / 60:.0f} minutes")
        return os.readv(self._descriptor, [buffer])


@contextmanager
def _memory() -> Iterator[int]:
    """Make memory that a reader shares with us."""
    descriptor = os.memfd_create("where")
    try:
        os.ftruncate(descriptor, WHERE_BYTES)
        yield descriptor
    finally:
        os.close(descriptor)


class Readers:
    """The program that reads trees, for as long as a run takes."""

    def __enter__(self) -> "Readers":
        """Start it."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 (a list, no shell)
                [*program("reader"), str(theirs.fileno())],
                env=environment_for_readers(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._socket = ours
        self._lock = threading.Lock()
        return self

    def __exit__(self, *_error: object) -> None:
        """End it, and with it a reader that does not end by itself."""
        self._socket.close()
        self._process.kill()
        self._process.wait()

    @contextmanager
    def read(self, opened: list[int], owner: os.stat_result) -> Iterator[int]:
        """Have a tree read; gives the pipe on which it is told. A reader ends when it is closed."""
        reading, writing = os.pipe()
        try:
            request = json.dumps([owner.st_uid, owner.st_gid]).encode()
            with self._lock:
                socket.send_fds(self._socket, [request], [*opened, writing])
        finally:
            os.close(writing)
        try:
            yield reading
        finally:
            os.close(reading)
