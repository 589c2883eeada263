"""One backup at the target, opened to take things out of it."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from semesterhub_backup.copy import MANIFEST, object_path
from semesterhub_backup.errors import NotFoundError
from semesterhub_backup.manifest import FILE, HARD, Item, read_file
from semesterhub_backup.restic import Restic, Snapshot
from semesterhub_backup.run_record import NAME, Record, read_record
from semesterhub_backup.times import iso


class Opened:
    """A backup, and a folder of ours where what is taken out of it lies."""

    def __init__(self, restic: Restic, snapshot: Snapshot, folder: Path) -> None:
        self._restic = restic
        self.snapshot = snapshot
        self._folder = folder

    def record(self) -> Record:
        """Read what the run noted about itself."""
        return read_record(self._dump(NAME))

    def file(self, path: str) -> Path:
        """Take out a file that is in a backup as it is."""
        return self._dump(path)

    def manifest(self, tree: str) -> Path:
        """Take out the manifest of a tree."""
        if tree not in self.record()["trees"]:
            raise NotFoundError(f"The backup of {iso(self.snapshot.time)} has no {tree}.")
        return self._dump(f"{tree}/{MANIFEST}")

    def items(self, tree: str) -> list[Item]:
        """Read what a tree had."""
        return read_file(self.manifest(tree))

    def manifests(self, top: str) -> dict[str, Path]:
        """Take out the manifests of all trees in a folder, such as the homes, by their names."""
        prefix = f"{top}/"
        trees = [tree for tree in self.record()["trees"] if tree.startswith(prefix)]
        target = self._folder / "manifests"
        target.mkdir(mode=0o700)
        if trees:
            wanted = [f"{tree}/{MANIFEST}" for tree in trees]
            self._restic.restore(self.snapshot.id, target, wanted, lambda _: None)
        return {tree.removeprefix(prefix): target / tree / MANIFEST for tree in trees}

    def contents(
        self, wanted: Mapping[str, Sequence[Item]], seen: Callable[[dict[str, Any]], None]
    ) -> Path:
        """Take the contents of items, by tree, out; returns the folder that has the trees."""
        target = self._folder / "contents"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(mode=0o700)
        paths = [
            f"{tree}/{object_path(number)}"
            for tree, items in wanted.items()
            for number in sorted({item.content for item in items if item.content})
        ]
        if paths:
            self._restic.restore(self.snapshot.id, target, paths, seen)
        return target

    def _dump(self, path: str) -> Path:
        target = self._folder / "noted" / path
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            new = target.with_name(f".{target.name}")
            with new.open("wb") as out:
                self._restic.dump(self.snapshot.id, path, out)
            new.replace(target)
        return target


@contextmanager
def opened(restic: Restic, snapshot: Snapshot, folder: Path) -> Iterator[Opened]:
    """Open a backup; nothing is left in the folder afterwards."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield Opened(restic, snapshot, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def select(items: list[Item], path: str) -> list[Item]:
    """Take what has a path, and what is below it; each further name of a file has its content.

    One whose first name lies outside comes back as a file of its own, the first for the rest.
    """
    files = {item.path: item for item in items if item.kind == FILE}
    found, first = [], set[str]()
    for item in items:
        if not item.is_below(path):
            continue
        chosen = item
        if item.kind == FILE:
            first.add(item.path)
        elif item.kind == HARD and (file := files.get(item.target)) is not None:
            kind = HARD if file.path in first else FILE
            first.add(file.path)
            chosen = file._replace(path=item.path, kind=kind)
        found.append(chosen)
    if not found:
        raise NotFoundError(f"The backup has no {path!r} there.")
    return found
