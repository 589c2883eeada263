"""The copy that restic backs up: for each tree its manifest, and the contents as objects by number.

An object is written once and never changes. Once restic has it, it is emptied: a hole of the same
size that nobody may open takes its place, so that the copy takes no space, and restic, which knows
its content from the backup before, fails aloud should it ever want to read it again.
"""

import hashlib
import itertools
import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from semesterhub_backup import frames
from semesterhub_backup.errors import BackupError
from semesterhub_backup.manifest import FILE, Item, from_line, read_file, to_line

MANIFEST = "manifest"
OBJECTS = "objects"
# Few, so that one that changes is a small part of what a backup says anew.
IN_A_FOLDER = 32
READABLE = 0o400


def object_path(number: int) -> str:
    """Name an object below a tree's copy."""
    return f"{OBJECTS}/{number // IN_A_FOLDER:04d}/{number}"


def is_emptied(file: Path) -> bool:
    """Tell whether restic has an object's content, and the disk not any more."""
    return file.stat().st_mode & READABLE == 0


def empty(file: Path) -> None:
    """Put a hole in the place of an object's content, with the same inode and times."""
    status = file.stat()
    descriptor = os.open(file, os.O_WRONLY | os.O_NOFOLLOW)
    try:
        os.ftruncate(descriptor, 0)
        os.ftruncate(descriptor, status.st_size)
        os.fchmod(descriptor, 0)
    finally:
        os.close(descriptor)
    os.utime(file, ns=(0, status.st_mtime_ns))


class BudgetSpentError(Exception):
    """So much has changed that restic must take what is there before more is read."""


@dataclass
class Received:
    """What a reading gave."""

    items: list[Item] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    changed: int = 0
    done: bool = False

    @property
    def files(self) -> int:
        """How many files there are."""
        return sum(item.kind == FILE for item in self.items)

    @property
    def size(self) -> int:
        """Their size."""
        return sum(
            item.size if item.extents is None else sum(length for _, length in item.extents)
            for item in self.items
        )


class TreeCopy:
    """The copy of one tree."""

    def __init__(self, folder: Path) -> None:
        """Take its folder, which is made when something is received."""
        self.folder = folder
        self.manifest = folder / MANIFEST

    def receive(
        self, stream: BinaryIO, spend: Callable[[int], None]
    ) -> tuple[Received, list[Path]]:
        """Take what a reader tells; returns it and the new objects.

        If it breaks off, all is as it was before, unless it is for BudgetSpentError: what was read
        then stays, beside what is known of the rest, and the next reading goes on behind it.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        known = read_file(self.manifest)
        got, made = Received(), list[Path]()
        first = self._next_number(known)
        numbers = itertools.count(first)
        try:
            while not got.done:
                kind, payload = frames.read_frame(stream)
                if kind == frames.ITEM:
                    got.items.append(from_line(payload))
                elif kind == frames.BEGIN:
                    spend(self._object(next(numbers), stream, got, made))
                elif kind == frames.PROBLEM:
                    path, why = json.loads(payload)
                    got.problems.append((str(path), str(why)))
                elif kind == frames.FAILED:
                    _fail(payload)
                got.done = kind == frames.DONE
        except BudgetSpentError:
            seen = {item.path for item in got.items}
            got.items += [item for item in known if item.path not in seen]
        except BaseException:
            for path in made:
                path.unlink(missing_ok=True)
            raise
        finally:
            if (unused := next(numbers)) != first:
                self._number.write_text(str(unused), encoding="ascii")
        self._write(got.items)
        self._drop({item.content for item in known} - {item.content for item in got.items})
        return got, made

    def _object(self, number: int, stream: BinaryIO, got: Received, made: list[Path]) -> int:
        path = self.folder / object_path(number)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.unlink(missing_ok=True)  # of a run that was killed
        made.append(path)
        digest, size = hashlib.sha256(), 0
        with path.open("xb") as file:
            while (frame := frames.read_frame(stream))[0] == frames.DATA:
                digest.update(frame[1])
                file.write(frame[1])
                size += len(frame[1])
            os.fchmod(file.fileno(), READABLE)
        kind, payload = frame
        if kind != frames.END:
            raise frames.BrokenFrameError("a content does not end")
        if size and payload:
            # Its own time, that no other object has: restic goes by it.
            os.utime(path, ns=(0, time.time_ns()))
        else:
            path.unlink()
            made.pop()
        if payload:  # else it could not be read to its end: a problem follows
            item = from_line(payload)
            if size:
                item = item._replace(content=number, digest=digest.hexdigest())
            got.items.append(item)
            got.changed += 1
        return size

    @property
    def _number(self) -> Path:
        return self.folder / "next"

    def _next_number(self, known: list[Item]) -> int:
        """Tell which number was never used: a backup that was not made must not lead to an old one.

        restic would take an object for one that it knows, if inode and size were the same.
        """
        used = max((item.content for item in known), default=0)
        noted = self._number.read_text(encoding="ascii") if self._number.exists() else ""
        return max(used + 1, int(noted) if noted.isdigit() else 0)

    def _write(self, items: list[Item]) -> None:
        """Write the manifest, unless it is as it is."""
        new = self.manifest.with_name(f".{MANIFEST}.new")
        with new.open("wb") as out:
            out.writelines(to_line(item) for item in items)
        new.chmod(READABLE)
        if self.manifest.exists() and self.manifest.read_bytes() == new.read_bytes():
            new.unlink()
            return
        new.replace(self.manifest)

    def _drop(self, numbers: set[int]) -> None:
        for number in numbers - {0}:
            path = self.folder / object_path(number)
            path.unlink(missing_ok=True)
            try:
                path.parent.rmdir()
            except OSError:
                continue  # others are in it

    def unsettled(self) -> list[Path]:
        """Find objects that are not emptied; what a run that was killed made is removed."""
        wanted = {item.content for item in read_file(self.manifest)}
        found = []
        for path in (self.folder / OBJECTS).glob("*/*"):
            if int(path.name) not in wanted:
                path.unlink()
            elif not is_emptied(path):
                found.append(path)
        return found

    def remove(self) -> None:
        """Remove all of it: the tree is gone."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _fail(payload: bytes) -> None:
    raise BackupError(str(json.loads(payload)))
