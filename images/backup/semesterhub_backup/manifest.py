"""What a tree has: one line a file, written as the tree is read.

The contents of files are objects beside it, by number. Whatever can be odd about a file (its name,
owner, mode, times, links, holes, attributes) is in its line and nowhere else, so that restic never
meets it.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

FILE, FOLDER, LINK, HARD, PIPE = "file", "folder", "link", "hard", "pipe"


class Item(NamedTuple):
    """A line. `path` is relative to the tree's top, which is `.`."""

    path: str
    kind: str
    mode: int
    uid: int
    gid: int
    size: int
    mtime_ns: int
    # Of a link: where it leads. Of a further name of a file: its first name.
    target: str
    attributes: dict[str, str]
    # Number of the object with the content; 0: there is none, since the file is empty.
    content: int
    digest: str
    # Where the bytes of the object belong, as [offset, length]; None: it is the whole file.
    extents: list[list[int]] | None
    # What tells that a file is the one that was read: inode and change time. 0: read it again.
    inode: int
    ctime_ns: int

    @property
    def parts(self) -> tuple[str, ...]:
        """The path's parts."""
        return () if self.path == "." else tuple(self.path.split("/"))

    def is_below(self, path: str) -> bool:
        """Tell whether it is what has a path, or lies below it."""
        return path in {".", self.path} or self.path.startswith(f"{path}/")


def to_line(item: Item) -> bytes:
    """Write an item as a line."""
    return json.dumps(item, separators=(",", ":")).encode("ascii") + b"\n"


def from_line(line: bytes | str) -> Item:
    """Read a line."""
    return Item(*json.loads(line))


def read_items(lines: Iterable[bytes | str]) -> Iterator[Item]:
    """Read lines, parents before what is in them."""
    return (from_line(line) for line in lines)


def read_file(file: Path) -> list[Item]:
    """Read a manifest; empty where there is none."""
    try:
        with file.open("rb") as lines:
            return list(read_items(lines))
    except FileNotFoundError:
        return []
