"""Read a tree that its owner may change at any moment.

Nothing is looked up by a path: each folder is opened from the one above, no link is followed, and
what was opened is looked at again before it is read. A FIFO is never waited for, no more is read
than was there when a file was opened, and holes are skipped.
"""

import base64
import errno
import json
import mmap
import os
import re
import stat
import time
from collections.abc import Callable
from typing import BinaryIO, TypeVar

from semesterhub_backup import frames, view
from semesterhub_backup.manifest import FILE, FOLDER, HARD, LINK, PIPE, Item, to_line

DEEPEST = 256  # folders in folders; each is an open file of the reader's
CHUNK = 1 << 20
MOST_EXTENTS = 100_000
MOST_PROBLEMS = 20
BLOCK = 512
FLUSH_SECONDS = 0.5
WHERE_BYTES = frames.WHERE_BYTES
# What changed so lately may change again without the kernel's clock telling.
SETTLED_NS = 2_000_000_000
OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
KEPT_ATTRIBUTES = ("user.", "system.posix_acl_")
# NFS's name for a file that was deleted while a program has it open: it is gone for its owner.
DELETED = re.compile(r"\.nfs[0-9a-f]{24}")

T = TypeVar("T")


class UnreadableError(Exception):
    """One file can't be read; the message says why."""


class Reader:
    """Reads one tree."""

    def __init__(self, top: int, known: dict[str, Item], out: BinaryIO, where: mmap.mmap) -> None:
        """Take the tree's folder, what was read of it before, and where to tell."""
        self._top, self._known, self._out, self._where = top, known, out, where
        status = os.fstat(top)
        self._uid, self._device = status.st_uid, status.st_dev
        self._begin_ns = time.time_ns()
        self._first: dict[int, str] = {}
        self._problems = 0
        self._flushed = 0.0

    def run(self) -> None:
        """Read all of it."""
        self._send(frames.ITEM, to_line(self._item(".", FOLDER, os.fstat(self._top), self._top)))
        # Folders that are open, each with the names in it that are still to be read.
        stack: list[tuple[int, str, list[str]]] = [(self._top, "", self._names(self._top))]
        while stack:
            folder, path, names = stack[-1]
            if not names:
                stack.pop()
                if folder != self._top:
                    os.close(folder)
                continue
            name = names.pop()
            here = f"{path}{name}"
            self._go_on(here)
            try:
                below = self._entry(folder, name, here, len(stack))
                if below is not None:
                    stack.append((below, f"{here}/", self._names(below)))
            except FileNotFoundError:
                continue  # gone since its folder was read
            except (UnreadableError, OSError) as error:
                self._problem(here, error)
        self._send(frames.DONE, b"")
        self._out.flush()

    def _entry(self, folder: int, name: str, path: str, depth: int) -> int | None:
        """Read what has a name; a folder is opened, and returned to be read next."""
        if DELETED.fullmatch(name):
            return None
        status = self._allowed(lambda: os.stat(name, dir_fd=folder, follow_symlinks=False))
        if stat.S_ISDIR(status.st_mode):
            return self._folder(folder, name, path, depth)
        if stat.S_ISREG(status.st_mode):
            self._file(folder, name, path, status)
        elif stat.S_ISLNK(status.st_mode):
            target = self._allowed(lambda: os.readlink(name, dir_fd=folder))
            self._send(frames.ITEM, to_line(self._item(path, LINK, status)._replace(target=target)))
        elif stat.S_ISFIFO(status.st_mode):
            self._send(frames.ITEM, to_line(self._item(path, PIPE, status)))
        return None  # sockets and devices: nothing that could be brought back

    def _folder(self, folder: int, name: str, path: str, depth: int) -> int | None:
        if depth >= DEEPEST:
            raise UnreadableError(f"more than {DEEPEST} folders deep; what is in it is left out")
        opened = self._open(folder, name, os.O_DIRECTORY)
        status = os.fstat(opened)
        if status.st_dev != self._device:
            os.close(opened)
            raise UnreadableError("another file system is mounted there; it is left out")
        self._send(frames.ITEM, to_line(self._item(path, FOLDER, status, opened)))
        return opened

    def _file(self, folder: int, name: str, path: str, status: os.stat_result) -> None:
        if status.st_nlink > 1 and (first := self._first.setdefault(status.st_ino, path)) != path:
            again = self._item(path, HARD, status)._replace(target=first, size=0)
            self._send(frames.ITEM, to_line(again))
            return
        known = self._known.get(path)
        if known is not None and _is_same(known, status):
            self._send(frames.ITEM, to_line(known))
            return
        opened = self._open(folder, name, 0)
        try:
            status = os.fstat(opened)
            if not stat.S_ISREG(status.st_mode):
                raise UnreadableError("it became something else while it was read")
            item = self._item(path, FILE, status, opened)
            if status.st_size:
                self._content(opened, item, status)
            else:
                self._send(frames.ITEM, to_line(self._settled(item, opened)))
        finally:
            os.close(opened)

    def _content(self, opened: int, item: Item, status: os.stat_result) -> None:
        extents = None
        if status.st_blocks * BLOCK < status.st_size:
            extents = _extents(opened, status.st_size)
        self._send(frames.BEGIN, b"")
        try:
            whole = [[0, status.st_size]]
            read = [self._copy(opened, *each) for each in (whole if extents is None else extents)]
        except OSError as error:
            self._send(frames.END, b"")
            raise UnreadableError(f"it can't be read: {error.strerror}") from error
        if extents is None:
            # Cut off while it was read: it is as long as what was read.
            item = item._replace(size=read[0])
        else:
            extents = [[at, got] for (at, _), got in zip(extents, read, strict=True) if got]
            item = item._replace(extents=extents)
        self._send(frames.END, to_line(self._settled(item, opened)))

    def _copy(self, opened: int, offset: int, length: int) -> int:
        """Send part of a file; returns how much there was."""
        done = 0
        while done < length:
            self._go_on(None)
            part = os.pread(opened, min(CHUNK, length - done), offset + done)
            if not part:
                break
            self._send(frames.DATA, part)
            done += len(part)
        return done

    def _settled(self, item: Item, opened: int) -> Item:
        """Note what tells later that the file is still this one; not while it is being written."""
        now = os.fstat(opened).st_ctime_ns
        settled = now == item.ctime_ns and now < self._begin_ns - SETTLED_NS
        return item if settled else item._replace(ctime_ns=0)

    def _open(self, folder: int, name: str, flags: int) -> int:
        """Open without following or waiting; what the owner closed to themself is theirs still."""
        try:
            return os.open(name, OPEN | flags, dir_fd=folder)
        except PermissionError:
            with view.may_read_all():
                opened = os.open(name, OPEN | flags, dir_fd=folder)
            if os.fstat(opened).st_uid != self._uid:
                os.close(opened)
                raise
            return opened
        except OSError as error:
            if error.errno in {errno.ELOOP, errno.ENOTDIR, errno.ENXIO}:
                raise UnreadableError("it became something else while it was read") from error
            raise

    def _names(self, folder: int) -> list[str]:
        # Sorted, so that the same tree has the same manifest; taken from the end.
        return sorted(os.listdir(folder), reverse=True)

    def _allowed(self, call: Callable[[], T]) -> T:
        """Ask about what is in a folder that its owner closed to themself."""
        try:
            return call()
        except PermissionError:
            with view.may_read_all():
                return call()

    def _item(self, path: str, kind: str, status: os.stat_result, opened: int = -1) -> Item:
        return Item(
            path=path,
            kind=kind,
            mode=stat.S_IMODE(status.st_mode),
            uid=status.st_uid,
            gid=status.st_gid,
            size=status.st_size if kind == FILE else 0,
            mtime_ns=status.st_mtime_ns,
            target="",
            attributes={} if opened < 0 else self._attributes(opened),
            content=0,
            digest="",
            extents=None,
            inode=status.st_ino if kind == FILE else 0,
            ctime_ns=status.st_ctime_ns if kind == FILE else 0,
        )

    def _attributes(self, opened: int) -> dict[str, str]:
        found = {}
        try:
            for key in os.listxattr(opened):
                if key.startswith(KEPT_ATTRIBUTES):
                    value = self._allowed(lambda key=key: os.getxattr(opened, key))  # type: ignore[misc] # a default
                    found[key] = base64.b64encode(value).decode()
        except OSError:
            return {}  # a file system without them
        return found

    def _problem(self, path: str, error: Exception) -> None:
        why = error.strerror if isinstance(error, OSError) else str(error)
        self._problems += 1
        if self._problems <= MOST_PROBLEMS:
            self._send(frames.PROBLEM, json.dumps([path, why]).encode())

    def _go_on(self, path: str | None) -> None:
        """Note where it is; what was sent goes out once in a while."""
        if path is not None:
            where = os.fsencode(path)[:WHERE_BYTES]
            self._where[:WHERE_BYTES] = where.ljust(WHERE_BYTES, b"\0")
        if time.monotonic() - self._flushed >= FLUSH_SECONDS:
            self._flushed = time.monotonic()
            self._out.flush()

    def _send(self, kind: bytes, payload: bytes) -> None:
        if len(payload) > frames.LARGEST:
            raise UnreadableError("its description is too long")
        self._out.write(frames.pack(kind, payload))


def _is_same(known: Item, status: os.stat_result) -> bool:
    """Tell whether a file is the one that was read, by what nobody can set: its change time."""
    return (
        known.kind == FILE
        and known.ctime_ns == status.st_ctime_ns
        and (known.inode, known.size) == (status.st_ino, status.st_size)
    )


def _extents(opened: int, size: int) -> list[list[int]]:
    """Find where a file has data, as [offset, length]."""
    found: list[list[int]] = []
    at = 0
    while at < size:
        try:
            begin = os.lseek(opened, at, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:
                break  # nothing but a hole
            raise
        at = min(os.lseek(opened, begin, os.SEEK_HOLE), size)
        if begin < at:
            found.append([begin, at - begin])
        if len(found) > MOST_EXTENTS:
            raise UnreadableError(f"it has more than {MOST_EXTENTS} holes")
    return found
