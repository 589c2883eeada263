"""One backup, from lock to status."""

import logging
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from semesterhub_backup import copies, left_out, metadata
from semesterhub_backup.engine import Duplicity
from semesterhub_backup.errors import BackupError
from semesterhub_backup.lost import refuse_lost
from semesterhub_backup.opening import refuse_strangers
from semesterhub_backup.progress import Progress, Say, exclusive, now
from semesterhub_backup.reading import BackupSet, has_leftovers, read_collection
from semesterhub_backup.remote import sizes
from semesterhub_backup.settings import TREES, Settings
from semesterhub_backup.status import Status, megabytes, updated_status
from semesterhub_backup.times import iso

log = logging.getLogger("backup")

ATTEMPTS = 3
BACKOFF_SECONDS = (5, 30)
FULL_SLACK_SECONDS = 300  # a weekly full must not slip by one interval each week
SHOWN_PROBLEMS = 3


def source_options(settings: Settings) -> list[str]:
    """Select what is backed up; the last is the folder that it lies in."""
    top = str(settings.storage)
    options = left_out.options(settings.storage)
    for tree in (*TREES, "backup/stage"):
        options += ["--include", f"{top}/{tree}"]
    return [*options, "--exclude", "**", top]


def back_up(settings: Settings, tell: Say, *, full: bool = False) -> Status:
    """Make one backup; tried again if it fails, and the failure is in the status."""
    with exclusive(settings, tell):
        return back_up_locked(settings, tell, full=full)


def back_up_locked(settings: Settings, tell: Say, *, full: bool = False) -> Status:
    """Make one backup while the lock is held."""
    error = BackupError("no attempt")
    for attempt in range(ATTEMPTS):
        if attempt:
            pause = BACKOFF_SECONDS[min(attempt, len(BACKOFF_SECONDS)) - 1]
            tell(f"{error} Trying again in {pause} s ({attempt + 1} of {ATTEMPTS})")
            # Nothing tells when a full or absent target is well again: only another try.
            time.sleep(pause)
        try:
            return _attempt(settings, tell, full=full)
        except BackupError as raised:
            error = raised
        except OSError as raised:
            error = BackupError(f"{raised.strerror}: {raised.filename or settings.work}")
        if not may_pass(str(error)):
            break
    note_error(settings, error, tell)
    raise error


def note_error(settings: Settings, error: BackupError, tell: Say) -> None:
    """Write an error into the status, where `npm run status` finds it."""
    try:
        settings.work.mkdir(parents=True, exist_ok=True, mode=0o700)
        with updated_status(settings) as status:
            status.lastError = {"at": iso(now()), "message": str(error)}
    except OSError as raised:
        tell(f"The status can't be written: {raised.strerror}")


def may_pass(message: str) -> bool:
    """Tell whether trying again can help: not with a wrong passphrase, key or a full disk."""
    hopeless = r"passphrase|No space|not there|not here|can't be written|host key|refuses"
    return not re.search(hopeless, message)


def _attempt(settings: Settings, tell: Say, *, full: bool) -> Status:
    begin, started = time.monotonic(), now()
    duplicity = Duplicity(settings)
    duplicity.check_target()
    settings.stage.mkdir(exist_ok=True, mode=0o700)
    with Progress(settings, "a backup", tell) as progress:
        progress.step("looking at what is stored")
        chains = _clean_chains(duplicity, settings, progress)
        refuse_lost(settings, duplicity, chains)
        progress.step("copying the databases, looking at all files")
        copies.copy_databases(settings.storage, settings.stage)
        files, size = metadata.write(settings.storage, TREES, settings.stage / metadata.NAME)
        last = chains[-1] if chains else None
        is_full = full or last is None or _full_is_due(last, settings, started)
        kind = "full" if is_full else "incremental"
        progress.step(f"{kind} backup of {files:,} files, {megabytes(size)}")
        source = source_options(settings)
        if is_full or last is None:
            # An increment is refused by duplicity itself.
            refuse_strangers(settings)
            result = duplicity.full(source, progress.seen)
            progress.step(f"keeping {settings.keep_fulls} full backups")
            duplicity.prune(settings.keep_fulls)
        else:
            result = duplicity.increment(source, last[-1].time.timestamp(), progress.seen)
        progress.step("looking at what is stored now")
        chains = duplicity.chains()
        stored = sizes(settings, duplicity.remote)
    numbers = statistics(result.output)
    warnings = [each.text for each in result.problems][:SHOWN_PROBLEMS]
    with updated_status(settings) as status:
        status.lastSuccess = iso(now())
        status.lastError = None
        status.lastRun = {
            "kind": kind,
            "startedAt": iso(started),
            "endedAt": iso(now()),
            "seconds": round(time.monotonic() - begin, 1),
            "sourceFiles": files,
            "sourceBytes": size,
            "changedFiles": result.changed,
            "storedBytes": numbers.get("TotalDestinationSizeChange"),
            "errors": numbers.get("Errors", 0),
            "warnings": warnings,
        }
        status.chains = describe(chains, stored)
        status.storedBytes = sum(chain["bytes"] for chain in status.chains)
    for each in warnings:
        tell(f"  {each}")
    tell(
        f"Done: {kind}, {files:,} files of {megabytes(size)}, {result.changed:,} changed,"
        f" {megabytes(numbers.get('TotalDestinationSizeChange'))} stored in"
        f" {time.monotonic() - begin:.1f} s"
    )
    return status


def _clean_chains(
    duplicity: Duplicity, settings: Settings, progress: Progress
) -> list[list[BackupSet]]:
    """Get the chains, after what a killed backup left is gone."""
    text = duplicity.collection()
    partial = [*(settings.work / "cache").rglob("*.part")]
    if has_leftovers(text) or partial:
        progress.step("removing what an interrupted backup left")
        # Duplicity could go on with a backup that was cut short, from what it has noted about it.
        # To begin again is slower and always right.
        for file in partial:
            file.unlink(missing_ok=True)
        duplicity.clean()
        text = duplicity.collection()
    return read_collection(text)


def _full_is_due(chain: list[BackupSet], settings: Settings, moment: datetime) -> bool:
    age = (moment - chain[0].time).total_seconds()
    return age >= settings.full_every_seconds - FULL_SLACK_SECONDS


def statistics(output: str) -> dict[str, int]:
    """Read the numbers that duplicity prints after a backup."""
    return {name: int(value) for name, value in re.findall(r"^(\w+) (\d+)\b", output, re.MULTILINE)}


def describe(chains: list[list[BackupSet]], stored: Mapping[str, int]) -> list[dict[str, Any]]:
    """Describe chains for the status, with the sizes of their files, which are given by name."""
    begins = [chain[0].time for chain in chains]
    totals = [0] * len(chains)
    for name, size in stored.items():
        found = re.search(r"\.(\d{8}T\d{6}Z)\.", name)
        if name.startswith("duplicity-") and found and chains:
            moment = datetime.strptime(found[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            owner = max((i for i, begin in enumerate(begins) if begin <= moment), default=0)
            totals[owner] += size
    return [
        {
            "fullAt": iso(chain[0].time),
            "lastAt": iso(chain[-1].time),
            "increments": len(chain) - 1,
            "bytes": size,
        }
        for chain, size in zip(chains, totals, strict=True)
    ]


def final(settings: Settings, tell: Say) -> Status:
    """Make the last backup and prove that it can be read and is what is on the disk."""
    with exclusive(settings, tell):
        status = back_up_locked(settings, tell)
        run = status.lastRun or {}
        if run.get("errors"):
            raise BackupError(
                f"The last backup is not complete: {run['errors']} files could not be read, e.g."
                f" {'; '.join(run['warnings'])}"
            )
        duplicity = Duplicity(settings)
        chains = duplicity.chains()
        newest = chains[-1][-1].time
        tell(f"Decrypting the backup of {iso(newest)} and comparing all of it with the files")
        with Progress(settings, "the proof of the last backup", tell) as progress:
            for path in sorted(metadata.tops(settings.stage / metadata.NAME) | {"backup/stage"}):
                progress.step(f"comparing {path}")
                problem = duplicity.verify(path, newest)
                if problem:
                    raise BackupError(
                        f"The last backup of {iso(newest)} is not what is on the disk: {problem}"
                        "\nIf somebody is still writing, stop that; then run it again, with"
                        " `now --full` first if the backup can't be read."
                    )
        tell(f"Verified: everything in the backup of {iso(newest)} is what is on the disk.")
        return status
