"""Make a home directory so that it is there whole or not at all.

Everything goes through directory descriptors and never follows a link. After a home has been made
only its top directory is looked at, never changed: what is inside is its owner's.
"""

import contextlib
import os
import shutil
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
HALF_MADE = ".making-"
HOME_MODE = 0o700


class HomeError(RuntimeError):
    """A home is not as it must be; the message says what to do."""


@contextmanager
def open_folder(name: str, dir_fd: int | None = None) -> Iterator[int]:
    """Open a folder that is no link, for as long as it is used."""
    descriptor = os.open(name, FOLDER, dir_fd=dir_fd)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


class Homes:
    """The folder of all homes."""

    def __init__(self, path: Path, skeleton: Path, handed_out: Path | None = None) -> None:
        """Open the folder; every later step is relative to it."""
        self._fd = os.open(path, FOLDER)
        self._skeleton = skeleton
        self._handed_out = handed_out
        self._locks: dict[str, threading.Lock] = {}
        self._locks_lock = threading.Lock()

    def close(self) -> None:
        """Close the folder."""
        os.close(self._fd)

    def owner_of(self, slug: str) -> int | None:
        """Owner of a home, None where there is none."""
        try:
            status = os.stat(slug, dir_fd=self._fd, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if not stat.S_ISDIR(status.st_mode):
            raise HomeError(f"homes/{slug} is no folder. Move it away, then try again.")
        return status.st_uid

    def owners(self) -> set[int]:
        """Owners of all homes; root is none."""
        found = set()
        with os.scandir(self._fd) as entries:
            for entry in entries:
                if not entry.name.startswith(HALF_MADE) and entry.is_dir(follow_symlinks=False):
                    found.add(entry.stat(follow_symlinks=False).st_uid)
        return found - {0}

    def ensure(self, slug: str, uid: int) -> bool:
        """Make a home from the skeleton unless it is there; True if it was made."""
        with self._lock_of(slug):
            owner = self.owner_of(slug)
            if owner is None:
                self._make(slug, uid)
                return True
            if owner != uid:
                raise HomeError(
                    f"homes/{slug} belongs to UID {owner} and not to {uid}, whose it is by the"
                    " table. Nothing was changed; put the owner right by hand."
                )
            return False

    def remove(self, slug: str) -> bool:
        """Remove a home; True if there was one. No link in it is followed."""
        with self._lock_of(slug):
            if not _is_there(slug, self._fd):
                return False
            gone = f"{HALF_MADE}gone-{slug}"
            if _is_there(gone, self._fd):
                shutil.rmtree(gone, dir_fd=self._fd)
            # Under another name at once: whoever comes again gets a new home, not half of the old.
            os.rename(slug, gone, src_dir_fd=self._fd, dst_dir_fd=self._fd)
            shutil.rmtree(gone, dir_fd=self._fd)
            os.fsync(self._fd)
            return True

    @contextmanager
    def top(self, slug: str) -> Iterator[int]:
        """Open a home's top directory."""
        with open_folder(slug, self._fd) as descriptor:
            yield descriptor

    def _lock_of(self, slug: str) -> threading.Lock:
        with self._locks_lock:
            return self._locks.setdefault(slug, threading.Lock())

    def _make(self, slug: str, uid: int) -> None:
        half = f"{HALF_MADE}{slug}"
        # Left by a crash. Nobody but root can have been in it, but rmtree follows no link anyway.
        if _is_there(half, self._fd):
            shutil.rmtree(half, dir_fd=self._fd)
        os.mkdir(half, HOME_MODE, dir_fd=self._fd)
        with open_folder(half, self._fd) as target, open_folder(str(self._skeleton)) as source:
            _copy(source, target, uid)
            self._add_handed_out(target, uid)
            os.fchmod(target, HOME_MODE)
            os.fchown(target, uid, uid)
            os.fsync(target)
        os.rename(half, slug, src_dir_fd=self._fd, dst_dir_fd=self._fd)
        os.fsync(self._fd)

    def _add_handed_out(self, target: int, uid: int) -> None:
        """Add what was handed out to everybody before (semesterhub_intake/hand_out.py)."""
        if self._handed_out is not None and self._handed_out.is_dir():
            with open_folder(str(self._handed_out)) as source:
                _copy(source, target, uid)


def _is_there(name: str, dir_fd: int) -> bool:
    try:
        os.stat(name, dir_fd=dir_fd, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _copy(source: int, target: int, uid: int) -> None:
    """Copy what is in one folder into another, as the owner's; what is there stays.

    Modes are set before owners, so that no capability is needed to change what is another's.
    """
    for name in sorted(os.listdir(source)):
        status = os.stat(name, dir_fd=source, follow_symlinks=False)
        if _is_there(name, target) and not _are_folders(name, source, target):
            continue
        if stat.S_ISLNK(status.st_mode):
            os.symlink(os.readlink(name, dir_fd=source), name, dir_fd=target)
            os.chown(name, uid, uid, dir_fd=target, follow_symlinks=False)
        elif stat.S_ISDIR(status.st_mode):
            with contextlib.suppress(FileExistsError):
                os.mkdir(name, HOME_MODE, dir_fd=target)
            with open_folder(name, source) as below, open_folder(name, target) as made:
                _copy(below, made, uid)
                _give(made, stat.S_IMODE(status.st_mode), uid)
        else:
            _copy_file(name, source, target, uid)


def _are_folders(name: str, *parents: int) -> bool:
    found = [os.stat(name, dir_fd=parent, follow_symlinks=False) for parent in parents]
    return all(stat.S_ISDIR(status.st_mode) for status in found)


def _copy_file(name: str, source: int, target: int, uid: int) -> None:
    reading = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=source)
    try:
        writing = os.open(name, NEW_FILE, 0o600, dir_fd=target)
        try:
            size = os.fstat(reading).st_size
            while size > 0:
                size -= os.sendfile(writing, reading, None, size)
            _give(writing, stat.S_IMODE(os.fstat(reading).st_mode), uid)
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _give(descriptor: int, mode: int, uid: int) -> None:
    """Give a file to its owner, writable whatever the mode in the image: it is to work in."""
    os.fchmod(descriptor, mode | stat.S_IWUSR)
    os.fchown(descriptor, uid, uid)
    os.fsync(descriptor)
