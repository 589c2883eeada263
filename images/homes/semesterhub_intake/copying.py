"""Copy a tree that its owner may change while it is copied: no link is followed, and it is bounded.

Everything is opened relative to its folder's descriptor with the owner's rights, so what is copied
is what that person could read.
"""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from semesterhub_intake.settings import Limits

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK, opening a FIFO would wait for somebody to write into it.
SOURCE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
CHUNK = 1 << 20


class RefusedError(Exception):
    """A submission that is not taken; the message tells its owner why and what to do."""


@dataclass
class Copied:
    """What was copied: path below the submission to SHA-256, and what was not."""

    files: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    bytes: int = 0
    folders: int = 0
    changed: float = 0.0
    """When anything of it was last changed: ctime, which the file system's own clock sets."""


@contextmanager
def as_person(uid: int) -> Iterator[None]:
    """Act with one person's rights. The process has one thread."""
    if os.geteuid() != 0:  # in tests, where everything is one user's
        yield
        return
    os.setegid(uid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@contextmanager
def _opened(name: str, flags: int, dir_fd: int, uid: int) -> Iterator[int]:
    with as_person(uid):
        descriptor = os.open(name, flags, dir_fd=dir_fd)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


class TreeCopy:
    """Copies one person's folder into a new one."""

    def __init__(self, uid: int, limits: Limits) -> None:
        self._uid = uid
        self._limits = limits
        self.copied = Copied()

    def run(self, name: str, inbound: int, target: int) -> Copied:
        """Copy the folder `name` of the folder `inbound` into the folder `target`."""
        with _opened(name, FOLDER, inbound, self._uid) as source:
            if os.fstat(source).st_uid != self._uid:
                raise RefusedError("the folder's owner changed while it was read")
            self._folder(source, target, "", 0)
        return self.copied

    def _folder(self, source: int, target: int, path: str, depth: int) -> None:
        self._see(os.fstat(source))
        with os.scandir(source) as entries:
            names = [
                entry.name for _, entry in zip(range(self._limits.files + 1), entries, strict=False)
            ]
        for name in sorted(names):
            self._entry(name, source, target, f"{path}{name}", depth)

    def _entry(self, name: str, source: int, target: int, path: str, depth: int) -> None:
        copied = self.copied
        if len(copied.files) + len(copied.left_out) + copied.folders >= self._limits.files:
            raise RefusedError(f"it has more than {self._limits.files} files and folders")
        try:
            path.encode()
            kind = os.stat(name, dir_fd=source, follow_symlinks=False).st_mode
            if stat.S_ISDIR(kind):
                if depth >= self._limits.depth:
                    raise RefusedError(f"its folders are more than {self._limits.depth} deep")
                copied.folders += 1
                os.mkdir(name, 0o750, dir_fd=target)
                inside = os.open(name, FOLDER, dir_fd=target)
                try:
                    with _opened(name, FOLDER, source, self._uid) as folder:
                        self._folder(folder, inside, f"{path}/", depth + 1)
                finally:
                    os.close(inside)
            elif stat.S_ISREG(kind):
                with _opened(name, SOURCE, source, self._uid) as file:
                    self._file(file, name, target, path)
            else:
                self.copied.left_out[path] = "neither a file nor a folder"
        except UnicodeEncodeError:
            self.copied.left_out[ascii(path)] = "its name is not UTF-8"
        except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
            self.copied.left_out[path] = error.strerror or "unreadable"

    def _file(self, file: int, name: str, target: int, path: str) -> None:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != self._uid:
            self.copied.left_out[path] = "not a file of yours"
            return
        self._see(status)
        digest = hashlib.sha256()
        new = os.open(name, NEW_FILE, 0o640, dir_fd=target)
        with os.fdopen(new, "wb") as out, os.fdopen(os.dup(file), "rb") as content:
            while part := content.read(CHUNK):
                self.copied.bytes += len(part)
                if self.copied.bytes > self._limits.bytes:
                    most = self._limits.bytes / (1 << 20)
                    raise RefusedError(
                        f"it has more than {most:.0f} MB. Leave out what can be made again,"
                        " then hand in again"
                    )
                digest.update(part)
                out.write(part)
            out.flush()
            os.fsync(new)
        self._see(os.fstat(file))
        self.copied.files[path] = digest.hexdigest()

    def _see(self, status: os.stat_result) -> None:
        self.copied.changed = max(self.copied.changed, status.st_ctime)
