"""Make files of a manifest and its objects, in a folder of ours; and compare the two."""

import base64
import hashlib
import os
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from semesterhub_backup.copy import object_path
from semesterhub_backup.manifest import FILE, FOLDER, HARD, LINK, Item

OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
CHUNK = 1 << 20
KINDS = {stat.S_IFREG: FILE, stat.S_IFDIR: FOLDER, stat.S_IFLNK: LINK}


class _Walk:
    """Folders that are open, from the top to where an item is: no path is too long for that."""

    def __init__(self, top: int, left: Callable[[Item, int], None] | None = None) -> None:
        self._open = [top]
        self._items: list[Item] = []
        self._left = left

    def parent_of(self, item: Item) -> int:
        """Open the folder that an item is in."""
        while self._items and not item.is_below(self._items[-1].path):
            self._leave()
        return self._open[-1]

    def enter(self, item: Item) -> int:
        """Open a folder, to which the next items may belong."""
        self._open.append(os.open(item.parts[-1], OPEN_FOLDER, dir_fd=self._open[-1]))
        self._items.append(item)
        return self._open[-1]

    def _leave(self) -> None:
        item, folder = self._items.pop(), self._open.pop()
        try:
            if self._left is not None:
                self._left(item, folder)
        finally:
            os.close(folder)

    def close(self) -> None:
        """Leave all folders."""
        while self._items:
            self._leave()


def renamed(items: Iterable[Item], path: str, name: str) -> list[Item]:
    """Take what has a path and what is below it, with paths that begin with a name."""
    found = [item for item in items if item.is_below(path)]
    return [
        item._replace(path=name if item.path == path else f"{name}/{_rest(item.path, path)}")
        for item in found
    ]


def _rest(path: str, top: str) -> str:
    return path if top == "." else path[len(top) + 1 :]


def assemble(items: list[Item], objects: Path, folder: int) -> None:
    """Make all items in a folder that nobody else can reach; objects has their contents."""
    walk = _Walk(folder, left=_finish_folder)
    spread: set[int] = set()
    try:
        for item in items:
            parent, name = walk.parent_of(item), item.parts[-1]
            if item.kind == FOLDER:
                os.mkdir(name, 0o700, dir_fd=parent)
                walk.enter(item)
            elif item.kind == LINK:
                os.symlink(item.target, name, dir_fd=parent)
                _give(item, name, parent)
            elif item.kind in {FILE, HARD}:
                _file(item, name, parent, objects, spread)
            else:
                os.mkfifo(name, 0o600, dir_fd=parent)
                os.chmod(name, item.mode, dir_fd=parent)
                _give(item, name, parent)
    finally:
        walk.close()


def _file(item: Item, name: str, parent: int, objects: Path, spread: set[int]) -> None:
    if item.content:
        source = objects / object_path(item.content)
        if item.content not in spread:
            spread.add(item.content)
            source.chmod(0o600)
            if item.extents is not None:
                _spread(item, source)
        # Linked, not moved: it may have more names.
        os.link(source, name, dst_dir_fd=parent)
    else:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        made = os.open(name, flags, 0o600, dir_fd=parent)
        os.ftruncate(made, item.size)
        os.close(made)
    opened = os.open(name, OPEN_FILE, dir_fd=parent)
    try:
        _finish(item, opened)
    finally:
        os.close(opened)


def _spread(item: Item, source: Path) -> None:
    """Put the bytes of an object where they belong in a file with holes."""
    new = source.with_name(f".{source.name}")
    with source.open("rb") as packed, new.open("xb") as file:
        for offset, length in item.extents or []:
            file.seek(offset)
            left = length
            while left and (part := packed.read(min(CHUNK, left))):
                file.write(part)
                left -= len(part)
        file.truncate(item.size)
    new.replace(source)


def _finish_folder(item: Item, folder: int) -> None:
    _finish(item, folder)


def _finish(item: Item, opened: int) -> None:
    with suppress(OSError):  # a file system without them
        for key, value in item.attributes.items():
            os.setxattr(opened, key, base64.b64decode(value))
    os.fchown(opened, item.uid, item.gid)
    # After the owner, which takes setuid and setgid away.
    os.fchmod(opened, item.mode)
    os.utime(opened, ns=(item.mtime_ns, item.mtime_ns))


def _give(item: Item, name: str, parent: int) -> None:
    os.chown(name, item.uid, item.gid, dir_fd=parent, follow_symlinks=False)
    times = (item.mtime_ns, item.mtime_ns)
    os.utime(name, ns=times, dir_fd=parent, follow_symlinks=False)


def differences(items: list[Item], folder: int) -> list[str]:
    """Compare files with their manifest, byte for byte; says what differs."""
    found = []
    walk = _Walk(folder)
    try:
        for item in items:
            parent, name = walk.parent_of(item), item.parts[-1]
            try:
                why = _difference(item, name, parent)
                if item.kind == FOLDER:
                    walk.enter(item)
            except OSError as error:
                why = error.strerror
            if why:
                found.append(f"{ascii(item.path)[1:-1]}: {why}")
    finally:
        walk.close()
    return found


def _difference(item: Item, name: str, parent: int) -> str | None:
    status = os.stat(name, dir_fd=parent, follow_symlinks=False)
    kind = FILE if item.kind == HARD else item.kind
    if KINDS.get(stat.S_IFMT(status.st_mode), kind) != kind:
        return "it is something else"
    wrong = {
        "another owner": (status.st_uid, status.st_gid) != (item.uid, item.gid),
        "another mode": kind != LINK and stat.S_IMODE(status.st_mode) != item.mode,
        "another time": status.st_mtime_ns != item.mtime_ns,
        "another size": kind == FILE and status.st_size != item.size,
    }
    found = [what for what, holds in wrong.items() if holds]
    if kind == LINK and os.readlink(name, dir_fd=parent) != item.target:
        found.append("another target")
    if kind == FILE and item.content and _digest(item, name, parent) != item.digest:
        found.append("another content")
    return ", ".join(found) or None


def _digest(item: Item, name: str, parent: int) -> str:
    digest = hashlib.sha256()
    with os.fdopen(os.open(name, OPEN_FILE, dir_fd=parent), "rb") as file:
        for offset, length in item.extents or [[0, item.size]]:
            file.seek(offset)
            left = length
            while left and (part := file.read(min(CHUNK, left))):
                digest.update(part)
                left -= len(part)
    return digest.hexdigest()
