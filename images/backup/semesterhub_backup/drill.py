"""Prove that backups can be restored: one home every month, everything at a semester's end."""

import os
import random
import shutil
import tarfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from semesterhub_backup.assemble import assemble, differences, renamed
from semesterhub_backup.backup import back_up_locked
from semesterhub_backup.copy import MANIFEST, object_path
from semesterhub_backup.errors import BackupError, NotFoundError
from semesterhub_backup.gather import Gatherer
from semesterhub_backup.keep import newest
from semesterhub_backup.manifest import FILE, Item, read_file
from semesterhub_backup.opened import Opened, opened, select
from semesterhub_backup.progress import Progress, Say, exclusive, now
from semesterhub_backup.restic import Restic
from semesterhub_backup.settings import HOMES, Settings
from semesterhub_backup.status import Status, read_status, updated_status
from semesterhub_backup.times import iso

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
SHOWN_DIFFERENCES = 3
CHUNK = 1 << 20


class NoHomeError(NotFoundError):
    """Nobody has worked in the course yet."""


def drill(settings: Settings, tell: Say) -> Status:
    """Restore one home, chosen at random, beside, and compare it with the backup's manifest."""
    begin = time.monotonic()
    with exclusive(settings, tell), Progress(settings, "a restore drill", tell) as progress:
        try:
            progress.step("looking at what is stored")
            restic = Restic(settings)
            restic.check_target()
            restic.check(all_data=False)
            last = newest(restic.snapshots(), now())
            if last is None:
                raise NotFoundError("There is no backup yet. Make one: semesterhub-backup now")
            with opened(restic, last, settings.work / "staging") as backup:
                home, files, size = _try(backup, settings.work / "staging", progress)
        except NoHomeError as error:
            # A new course: no failure, and tried again after the next backup.
            tell(str(error))
            return read_status(settings)
        except (BackupError, OSError) as error:
            with updated_status(settings) as status:
                status.lastDrillError = {"at": iso(now()), "message": str(error)}
            raise
    with updated_status(settings) as status:
        status.lastDrillError = None
        status.lastDrill = {
            "at": iso(now()),
            "backup": iso(last.time),
            "home": home,
            "files": files,
            "bytes": size,
            "seconds": round(time.monotonic() - begin, 1),
        }
    tell(f"Restored and compared: {home} of {iso(last.time)}, {files:,} files, all as noted")
    return status


def _try(backup: Opened, folder: Path, progress: Progress) -> tuple[str, int, int]:
    trees = backup.record()["trees"]
    homes = [tree for tree in trees if tree.startswith(f"{HOMES}/")]
    if not homes:
        raise NoHomeError("The backup has no home yet, so there is none to try.")
    home = random.choice(homes)  # noqa: S311 (no secret)
    items = renamed(select(backup.items(home), "."), ".", "home")
    progress.step(f"restoring {home} beside, {len(items):,} files and folders")
    contents = backup.contents({home: items}, progress.seen)
    made = folder / "made"
    made.mkdir(mode=0o700)
    descriptor = os.open(made, FOLDER)
    try:
        assemble(items, contents / home, descriptor)
        shutil.rmtree(contents)
        progress.step("comparing it with the backup's manifest")
        found = differences(items, descriptor)
    finally:
        os.close(descriptor)
    if found:
        raise BackupError(
            f"{home}, restored for the drill, is not what was backed up:"
            f" {'; '.join(found[:SHOWN_DIFFERENCES])}"
        )
    return home, sum(item.kind == FILE for item in items), sum(item.size for item in items)


def final(settings: Settings, tell: Say) -> Status:
    """Make the last backup and prove that it can be read and is what is on the disk."""
    with exclusive(settings, tell):
        status = back_up_locked(settings, tell)
        if status.failed:
            raise BackupError(
                f"The last backup is not complete: {len(status.failed)} trees could not be read:"
                f" {'; '.join(status.problems[:SHOWN_DIFFERENCES])}. Repair them, or move them out"
                " of the folder of the course, then run it again."
            )
        restic = Restic(settings)
        last = newest(restic.snapshots(), now())
        if last is None:
            raise BackupError("The last backup is not at the target any more.")
        with Progress(settings, "the proof of the last backup", tell) as progress:
            wanted = _wanted(settings)
            progress.step("reading everything on the disk again")
            _refuse_changes(settings)
            progress.step(f"decrypting everything in the backup of {iso(last.time)}")
            _read_all(restic, last.id, wanted)
        tell(f"Verified: everything in the backup of {iso(last.time)} is what is on the disk.")
        for problem in status.problems:
            tell(f"  left out: {problem}")
        return status


def _refuse_changes(settings: Settings) -> None:
    """Read all trees again: their manifests must say the same contents as the backup's."""
    gatherer = Gatherer(settings)
    before = {tree: _contents(settings, tree) for tree in gatherer.trees()}
    gatherer.run(lambda: None)
    changed = [tree for tree in before if before[tree] != _contents(settings, tree)]
    if changed or gatherer.found.failed:
        names = ", ".join(sorted({*changed, *gatherer.found.failed})[:SHOWN_DIFFERENCES])
        raise BackupError(
            f"The last backup is not what is on the disk: {names} changed meanwhile. If somebody is"
            " still writing, stop that; then run it again."
        )


def _contents(settings: Settings, tree: str) -> list[Item]:
    items = read_file(settings.copy / tree / MANIFEST)
    return [item._replace(content=0, inode=0, ctime_ns=0) for item in items]


def _wanted(settings: Settings) -> dict[str, Item]:
    """Name all contents that the newest backup must have."""
    return {
        f"{tree}/{object_path(item.content)}": item
        for tree in Gatherer(settings).copied()
        for item in read_file(settings.copy / tree / MANIFEST)
        if item.content
    }


def _read_all(restic: Restic, snapshot: str, wanted: dict[str, Item]) -> None:
    """Decrypt all contents of a backup, and compare them with what was read from the disk."""
    reading, writing = os.pipe()
    with (
        os.fdopen(reading, "rb") as pipe,
        os.fdopen(writing, "wb") as out,
        ThreadPoolExecutor(1) as pool,
    ):
        done = pool.submit(restic.dump_all, snapshot, out)
        for path, digest in _digests(pipe):
            item = wanted.get(path)
            if item is not None and item.digest == digest:
                del wanted[path]
        done.result()
    if wanted:
        paths = [ascii(item.path)[1:-1] for item in wanted.values()]
        raise BackupError(
            "The last backup can't be read back as what is on the disk:"
            f" {', '.join(paths[:SHOWN_DIFFERENCES])}"
        )


def _digests(pipe: BinaryIO) -> Iterator[tuple[str, str]]:
    """Read an archive as it comes: paths and digests of its files."""
    with suppress(tarfile.ReadError), tarfile.open(fileobj=pipe, mode="r|") as archive:
        for member in archive:
            if (file := archive.extractfile(member)) is None:
                continue
            digest = sha256()
            while part := file.read(CHUNK):
                digest.update(part)
            yield member.name.removeprefix("/"), digest.hexdigest()
    while pipe.read(CHUNK):
        continue  # behind the end of the archive
