"""What duplicity does not keep about files: fractions of seconds, hard links, holes, attributes.

One line a file, written beside each backup and into it. `list` reads it too.
"""

import base64
import json
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from semesterhub_backup.left_out import is_deleted

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
NAME = "files.jsonl"
BLOCK = 512
# The servers' half-made homes, and editors' sockets: nothing that a restore should bring back.
KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}


@dataclass(frozen=True)
class Item:
    """A line. `linked` is the same for all names of one file, 0 for a file with one name."""

    path: str
    kind: str
    mode: int
    uid: int
    gid: int
    size: int
    mtime_ns: int
    linked: int
    sparse: bool
    attributes: dict[str, str]


def scan(storage: Path, trees: tuple[str, ...]) -> Iterator[Item]:
    """Look at every file below the trees, as it is now; what vanishes meanwhile is left out."""
    groups: dict[tuple[int, int], int] = {}
    root = os.open(storage, FOLDER)
    try:
        for tree in trees:
            with suppress(FileNotFoundError):
                yield from _scan(root, tree, tree, groups)
    finally:
        os.close(root)


def _scan(parent: int, name: str, path: str, groups: dict[tuple[int, int], int]) -> Iterator[Item]:
    if is_deleted(name):
        return
    status = os.stat(name, dir_fd=parent, follow_symlinks=False)
    kind = KINDS.get(stat.S_IFMT(status.st_mode), "other")
    linked = 0
    if kind == "file" and status.st_nlink > 1:
        linked = groups.setdefault((status.st_dev, status.st_ino), len(groups) + 1)
    if kind != "folder":
        attributes = {}
        if kind == "file":
            # Without following a link, and without opening a pipe: O_NONBLOCK.
            with suppress(OSError):
                attributes = _attributes_of(name, parent)
        yield _item(path, kind, status, linked, attributes)
        return
    descriptor = os.open(name, FOLDER, dir_fd=parent)
    try:
        yield _item(path, kind, status, linked, _attributes(descriptor))
        for each in sorted(os.listdir(descriptor)):  # noqa: PTH208 (a descriptor, no path)
            with suppress(FileNotFoundError, NotADirectoryError):
                yield from _scan(descriptor, each, f"{path}/{each}", groups)
    finally:
        os.close(descriptor)


def _item(
    path: str, kind: str, status: os.stat_result, linked: int, attributes: dict[str, str]
) -> Item:
    return Item(
        path=path,
        kind=kind,
        mode=stat.S_IMODE(status.st_mode),
        uid=status.st_uid,
        gid=status.st_gid,
        size=status.st_size if kind == "file" else 0,
        mtime_ns=status.st_mtime_ns,
        linked=linked,
        sparse=kind == "file" and status.st_blocks * BLOCK < status.st_size,
        attributes=attributes,
    )


def _attributes_of(name: str, parent: int) -> dict[str, str]:
    # /proc's link to the folder gives a path that listxattr takes, and no link is followed in it.
    path = f"/proc/self/fd/{parent}/{name}"
    return {
        key: base64.b64encode(os.getxattr(path, key, follow_symlinks=False)).decode()
        for key in os.listxattr(path, follow_symlinks=False)
    }


def _attributes(descriptor: int) -> dict[str, str]:
    with suppress(OSError):
        return {
            key: base64.b64encode(os.getxattr(descriptor, key)).decode()
            for key in os.listxattr(descriptor)
        }
    return {}


def to_line(item: Item) -> str:
    """Write an item as a line."""
    fields = (item.path, item.kind, item.mode, item.uid, item.gid, item.size, item.mtime_ns,
              item.linked, int(item.sparse), item.attributes)  # fmt: skip
    return json.dumps(fields, separators=(",", ":")) + "\n"


def from_line(line: str) -> Item:
    """Read a line."""
    path, kind, mode, uid, gid, size, mtime_ns, linked, sparse, attributes = json.loads(line)
    return Item(path, kind, mode, uid, gid, size, mtime_ns, linked, bool(sparse), attributes)


def write(storage: Path, trees: tuple[str, ...], file: Path) -> tuple[int, int]:
    """Write all items to a file; returns how many files there are and their size."""
    count = size = 0
    new = file.with_name(f".{file.name}.new")
    with new.open("w", encoding="ascii") as out:
        for item in scan(storage, trees):
            count += item.kind == "file"
            size += item.size
            out.write(to_line(item))
    new.chmod(0o600)
    new.replace(file)
    return count, size


def read(file: Path, below: str) -> dict[str, Item]:
    """Read the items of a path and what is below it."""
    found = {}
    with file.open(encoding="ascii") as lines:
        for line in lines:
            item = from_line(line)
            if item.path == below or item.path.startswith(f"{below}/"):
                found[item.path] = item
    return found


def tops(file: Path) -> set[str]:
    """Read which trees there are."""
    with file.open(encoding="ascii") as lines:
        return {from_line(line).path.partition("/")[0] for line in lines}


def folders(file: Path, tree: str) -> list[str]:
    """Read the names of a tree's folders."""
    found = []
    with file.open(encoding="ascii") as lines:
        for line in lines:
            item = from_line(line)
            top, _, name = item.path.partition("/")
            if item.kind == "folder" and top == tree and name and "/" not in name:
                found.append(name)
    return found
