"""Run restic, read what it says, and end it when it does not go on."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from semesterhub_backup.errors import BackupError
from semesterhub_backup.restic_says import (
    Done,
    IncompleteError,
    NoRepositoryError,
    WrongPassphraseError,
    explain,
)
from semesterhub_backup.settings import Settings
from semesterhub_backup.watch import Watch

PACKAGE = str(Path(__file__).parent.parent)
PYTHON = [sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c"]
NO_REPOSITORY, LOCKED, WRONG_PASSPHRASE, INCOMPLETE = 10, 11, 12, 3
HOST = "semesterhub"
COMPLETE, PART = "complete", "part"
KEPT_LINES = 30
# Prune and check say nothing for long; they can be interrupted at any time.
QUIET_SECONDS = 6 * 3600.0


def program(module: str) -> list[str]:
    """Build the command that runs a module of this package as a program that inherits nothing."""
    code = (
        f"import sys; sys.path.insert(0, {PACKAGE!r});"
        f" from semesterhub_backup.{module} import main; sys.exit(main(sys.argv[1:]))"
    )
    return [*PYTHON, code]


@dataclass(frozen=True)
class Snapshot:
    """A backup at the target."""

    id: str
    time: datetime
    tags: tuple[str, ...]


class Restic:
    """restic on one target."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def check_target(self) -> None:
        """Complain where a file target's folder is gone."""
        folder = self._settings.folder
        if folder is not None and not folder.is_dir():
            raise BackupError(
                f"The backups' folder {folder} is not there. Mount it or make it, then try again."
            )

    def snapshots(
        self, *, locked: bool = True, strict: bool = False, seconds: float | None = None
    ) -> list[Snapshot]:
        """All backups, oldest first. With strict, one that can't be read is an error."""
        lock = [] if locked else ["--no-lock"]
        done = self.must(["snapshots", "--json", "--quiet", *lock], seconds=seconds)
        answers = [line for line in done.lines if line.startswith(("[", "null"))]
        if strict and (said := [line for line in done.lines if line not in answers]):
            raise BackupError(f"restic says: {said[0]}.")
        known = json.loads(answers[-1]) or [] if answers else []
        known.sort(key=lambda each: _moment(each["time"]))
        return [
            # Whole seconds, as people are shown them and give them back.
            Snapshot(each["id"], _moment(each["time"]).replace(microsecond=0), _tags(each))
            for each in known
        ]

    def begin(self) -> list[Snapshot]:
        """All backups; a target without any is prepared for the first. The caller has the lock."""
        self.check_target()
        try:
            # Nobody else works here: what a killed run left locks nothing.
            self.must(["unlock", "--remove-all", "--quiet"])
            return self.snapshots()
        except NoRepositoryError:
            self.must(["init", "--quiet"])
            return []

    def backup(
        self, parent: str | None, tag: str, seen: Callable[[dict[str, Any]], None]
    ) -> dict[str, Any]:
        """Back up the copy; returns restic's summary. Raise IncompleteError if it can't be read."""
        command = ["backup", "--json", "--host", HOST, "--tag", tag, "--no-scan"]
        # The kernel gives what was emptied another change time; its inode stays.
        command += ["--ignore-ctime", "--parent", parent] if parent else ["--force"]
        done = self.run([*command, "."], seen=seen, cwd=self._settings.copy)
        if done.code == INCOMPLETE:
            self.forget([done.summary["snapshot_id"]])
            raise IncompleteError("What was backed up before is not at the target any more.")
        self._complain(done)
        return done.summary

    def dump(self, snapshot: str, path: str, out: IO[bytes], seconds: float | None = None) -> None:
        """Write a file of a backup."""
        self.must(["dump", "--no-lock", snapshot, f"/{path}"], out=out, seconds=seconds)

    def dump_all(self, snapshot: str, out: IO[bytes]) -> None:
        """Write a whole backup as an archive, and close what it is written to."""
        with out:
            command = ["dump", "--no-lock", "--archive", "tar", snapshot, "/"]
            self.must(command, out=out, seconds=QUIET_SECONDS)

    def restore(
        self,
        snapshot: str,
        target: Path,
        wanted: Sequence[str],
        seen: Callable[[dict[str, Any]], None],
    ) -> None:
        """Restore folders or files of the copy to where it is not yet."""
        listed = target / ".wanted"
        # Patterns, of names that are ours.
        listed.write_text("".join(f"{_pattern(each)}\n" for each in wanted), encoding="utf-8")
        command = ["restore", "--json", "--no-lock", snapshot, "--target", str(target)]
        done = self.run([*command, "--include-file", str(listed)], seen=seen)
        self._complain(done)
        listed.unlink()

    def forget(self, ids: Sequence[str]) -> None:
        """Forget backups; what only they have is removed by prune."""
        if ids:
            self.must(["forget", "--quiet", *ids])

    def prune(self) -> None:
        """Remove what no backup has."""
        self.must(["prune", "--quiet", "--max-unused", "10%"], seconds=QUIET_SECONDS)

    def check(self, *, all_data: bool) -> None:
        """Complain if the target's files are not whole."""
        data = ["--read-data"] if all_data else []
        self.must(["check", "--quiet", *data], seconds=QUIET_SECONDS)

    def stored_bytes(self) -> int:
        """Sum up what backups take at the target."""
        folder = self._settings.folder
        if folder is not None:
            files = (Path(top, name) for top, _, names in os.walk(folder) for name in names)
            return sum(file.lstat().st_size for file in files)
        done = self.must(["stats", "--json", "--mode", "raw-data", "--no-lock", "--quiet"])
        return int(json.loads("".join(done.lines))["total_size"])

    def must(
        self,
        arguments: Sequence[str],
        *,
        out: IO[bytes] | None = None,
        seconds: float | None = None,
    ) -> Done:
        """Run restic and complain if it fails."""
        done = self.run(arguments, out=out, seconds=seconds)
        self._complain(done)
        return done

    def run(
        self,
        arguments: Sequence[str],
        *,
        seen: Callable[[dict[str, Any]], None] | None = None,
        cwd: Path | None = None,
        out: IO[bytes] | None = None,
        seconds: float | None = None,
    ) -> Done:
        """Run restic to its end, or until it makes no progress for too long."""
        cache = self._settings.work / "cache"
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        command = [*program("credentials"), self._settings.target]
        process = subprocess.Popen(  # noqa: S603 (a list, no shell)
            [*command, "--cache-dir", str(cache), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out or subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
        )
        done = Done(0)
        patience = seconds or float(self._settings.stalled_seconds)
        try:
            with Watch(process, patience) as watch:
                for line in watch.lines():
                    _take(line, done, watch, seen)
            done.code = process.wait()
        except BaseException:
            process.kill()
            process.wait()
            raise
        if watch.stalled:
            raise BackupError(
                f"restic made no progress for {int(patience // 60)} minutes and was ended"
                f"{watch.where}. Does {self._settings.place} answer?"
            )
        return done

    def _complain(self, done: Done) -> None:
        if done.code == 0:
            return
        place = self._settings.place
        if done.code == NO_REPOSITORY:
            raise NoRepositoryError(f"There is no backup in {place} yet. Make one: npm run backup")
        if done.code == WRONG_PASSPHRASE:
            raise WrongPassphraseError(place)
        raise BackupError(explain(done, place))


def _take(
    line: str, done: Done, watch: Watch, seen: Callable[[dict[str, Any]], None] | None
) -> None:
    try:
        message = json.loads(line)
    except ValueError:
        message = None
    if not isinstance(message, dict) or "message_type" not in message:
        watch.progressed(line)
        done.lines.append(line)
        return
    if message["message_type"] == "status":
        files = ", ".join(message.get("current_files") or [])
        numbers = {key: value for key, value in message.items() if not key.startswith("seconds_")}
        watch.progressed(numbers, f" at {files}" if files else "")
        if seen is not None:
            seen(message)
        return
    done.messages.append(message)
    del done.messages[:-KEPT_LINES]


def _moment(text: str) -> datetime:
    """Read restic's time, which has nanoseconds."""
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text).replace("Z", "+00:00"))


def _tags(known: dict[str, Any]) -> tuple[str, ...]:
    return tuple(known.get("tags") or ())


def _pattern(path: str) -> str:
    return "/" + re.sub(r"([\\*?\[])", r"\\\1", path)


def environment_for_readers() -> dict[str, str]:
    """Give the environment of what reads students' files: nothing but where programs are."""
    return {"PATH": os.environ.get("PATH", "")}
