"""Give restored files what duplicity does not keep (metadata.py).

A student may have put a link where a folder was while the backup was made, so nothing here goes
through a path: every step is relative to an open folder, and no link is followed. Nobody but root
can reach the files while they are worked on.
"""

import base64
import os
import secrets
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from semesterhub_backup.metadata import FOLDER, KINDS, Item

CHUNK = 1 << 20
HOLE = 4096
# No name that a student could have chosen.
TEMPORARY = f".semesterhub-{secrets.token_hex(8)}"
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass
class _Work:
    root: int
    items: Mapping[str, Item]
    # First name of every file that has several, below root.
    first: dict[int, tuple[str, ...]] = field(default_factory=dict)


def polish(parent: int, name: str, path: str, items: Mapping[str, Item]) -> None:
    """Polish a restored file or folder, called path in the backup."""
    work = _Work(parent, items)
    _polish(work, parent, name, path, (name,))


def _polish(work: _Work, parent: int, name: str, path: str, parts: tuple[str, ...]) -> None:
    status = os.stat(name, dir_fd=parent, follow_symlinks=False)
    item = work.items.get(path)
    kind = KINDS.get(stat.S_IFMT(status.st_mode), "other")
    if kind == "folder":
        descriptor = os.open(name, FOLDER, dir_fd=parent)
        try:
            for each in sorted(os.listdir(descriptor)):  # noqa: PTH208 (a descriptor, no path)
                _polish(work, descriptor, each, f"{path}/{each}", (*parts, each))
            if item is not None and item.kind == kind:
                _set_attributes(descriptor, item)
                os.utime(descriptor, ns=(item.mtime_ns, item.mtime_ns))
            else:
                os.utime(descriptor, ns=(status.st_atime_ns, status.st_mtime_ns))
        finally:
            os.close(descriptor)
        return
    # What changed between the look and the backup keeps what duplicity gave it.
    if item is None or item.kind != kind or not _same(item, status):
        return
    if kind == "file":
        _polish_file(work, parent, name, parts, item)
    os.utime(name, ns=(item.mtime_ns, item.mtime_ns), dir_fd=parent, follow_symlinks=False)


def _same(item: Item, status: os.stat_result) -> bool:
    if item.kind != "file":
        return True
    seconds = max(0, item.mtime_ns // 10**9)
    return item.size == status.st_size and seconds == int(status.st_mtime)


def _polish_file(work: _Work, parent: int, name: str, parts: tuple[str, ...], item: Item) -> None:
    if item.linked:
        first = work.first.setdefault(item.linked, parts)
        if first != parts and _link(work.root, first, parent, name):
            return
    if item.sparse:
        _punch(parent, name)
    if item.attributes:
        descriptor = os.open(name, READ, dir_fd=parent)
        try:
            _set_attributes(descriptor, item)
        finally:
            os.close(descriptor)


def _set_attributes(descriptor: int, item: Item) -> None:
    for key, value in item.attributes.items():
        # A file system without them, or one of the kernel's own that it alone sets.
        with suppress(OSError):
            os.setxattr(descriptor, key, base64.b64decode(value))


def open_below(root: int, parts: tuple[str, ...]) -> int:
    """Open a folder below another without following a link."""
    descriptor = os.dup(root)
    for part in parts:
        try:
            below = os.open(part, FOLDER, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = below
    return descriptor


def _link(root: int, first: tuple[str, ...], parent: int, name: str) -> bool:
    """Make name another name of the first, if they are the same in every byte."""
    folder = open_below(root, first[:-1])
    try:
        if not _equal(folder, first[-1], parent, name):
            return False
        os.link(first[-1], TEMPORARY, src_dir_fd=folder, dst_dir_fd=parent, follow_symlinks=False)
        os.rename(TEMPORARY, name, src_dir_fd=parent, dst_dir_fd=parent)
    finally:
        os.close(folder)
    return True


def _equal(folder: int, name: str, other_folder: int, other: str) -> bool:
    one = os.open(name, READ, dir_fd=folder)
    try:
        two = os.open(other, READ, dir_fd=other_folder)
        try:
            left, right = os.fstat(one), os.fstat(two)
            if (left.st_size, left.st_uid, left.st_gid, left.st_mode) != (
                right.st_size, right.st_uid, right.st_gid, right.st_mode,
            ):  # fmt: skip
                return False
            while chunk := os.read(one, CHUNK):
                if chunk != os.read(two, CHUNK):
                    return False
            return True
        finally:
            os.close(two)
    finally:
        os.close(one)


def _punch(parent: int, name: str) -> None:
    """Write a file anew with holes where it is zero."""
    reading = os.open(name, READ, dir_fd=parent)
    try:
        status = os.fstat(reading)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        writing = os.open(TEMPORARY, flags, 0o600, dir_fd=parent)
        try:
            os.ftruncate(writing, status.st_size)
            offset = 0
            while chunk := os.read(reading, CHUNK):
                for begin in range(0, len(chunk), HOLE):
                    block = chunk[begin : begin + HOLE]
                    if block.count(0) != len(block):
                        os.pwrite(writing, block, offset + begin)
                offset += len(chunk)
            os.fchown(writing, status.st_uid, status.st_gid)
            os.fchmod(writing, stat.S_IMODE(status.st_mode))
        finally:
            os.close(writing)
        os.rename(TEMPORARY, name, src_dir_fd=parent, dst_dir_fd=parent)
    finally:
        os.close(reading)
