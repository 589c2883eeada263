"""Run duplicity: with the passphrase in its environment only, its log read as it comes."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TextIO

from semesterhub_backup.errors import BackupError
from semesterhub_backup.settings import Settings, read_passphrase
from semesterhub_backup.times import from_duplicity, iso

VOLUME_MEGABYTES = 100
# The passphrase is random and long: stretching it by millions of rounds adds nothing, and a restore
# does it for each of hundreds of files.
GPG_OPTIONS = "--cipher-algo AES256 --s2k-digest-algo SHA256 --s2k-count 1048576"
CHANGED_CODES = {4, 5, 6}
RESTORED_CODES = {7, 8}
# duplicity 3 no longer tells of uploads but by this, after each.
VOLUME_CODE = 2
COLLECTION_CODE = 3
LOG_HEAD = re.compile(r"(ERROR|WARNING|NOTICE|INFO|DEBUG) ?(\d*)(?: (.*))?")
KEPT_LINES = 50
SHOWN_DIFFERENCES = 3
SPECIAL_ENVIRONMENT = ("PATH", "LANG", "HOME", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
TARGET_PREFIXES = ("SWIFT_", "AWS_", "OS_", "FTP_")


@dataclass(frozen=True)
class Entry:
    """One message of duplicity's log."""

    level: str
    code: int
    extra: str
    text: str


@dataclass(frozen=True)
class BackupSet:
    """One backup that can be restored."""

    time: datetime
    full: bool


@dataclass
class Result:
    """How a run of duplicity ended."""

    code: int
    output: str
    problems: list[Entry] = field(default_factory=list)
    collection: str = ""
    changed: int = 0
    restored: int = 0
    volumes: int = 0


def entries(lines: Iterator[str]) -> Iterator[Entry]:
    """Read duplicity's machine-readable log: a head, lines that begin with a dot, an empty line."""
    head: re.Match[str] | None = None
    text: list[str] = []
    for raw in lines:
        line = raw.rstrip("\n")
        if line.startswith(". "):
            text.append(line[2:])
        elif line == "" and head is not None:
            yield Entry(head[1], int(head[2] or 0), head[3] or "", "\n".join(text))
            head, text = None, []
        elif head is None:
            head = LOG_HEAD.fullmatch(line)
        else:  # what comes with a message, e.g. a collection's sets
            text.append(line)


def read_collection(text: str) -> list[list[BackupSet]]:
    """Read the chains of collection-status, oldest first."""
    chains: list[list[BackupSet]] = []
    for line in text.splitlines():
        words = line.split()
        if line.startswith("chain-"):
            chains.append([])
        elif line.startswith(" ") and len(words) > 1 and words[0] in {"full", "inc"} and chains:
            chains[-1].append(BackupSet(from_duplicity(words[1]), words[0] == "full"))
    return sorted((chain for chain in chains if chain), key=lambda chain: chain[0].time)


def has_leftovers(text: str) -> bool:
    """Tell whether a backup that was cut short has left something."""
    return bool(re.search(r"^(orphaned|incomplete)-sets-num [1-9]", text, re.MULTILINE))


def explain(result: Result, settings: Settings) -> str:
    """Say in words why duplicity failed."""
    said = "\n".join([*(each.text for each in result.problems), result.output])
    if re.search(r"[Bb]ad (session )?key|decryption failed|[Bb]ad passphrase", said):
        return (
            "The passphrase is not the one that the backups in"
            f" {settings.target} were made with. Put that one back, or give backups a new target."
        )
    if re.search(r"No space left|Errno 28|ENOSPC|Errno 122|space has [\d,]+ available", said):
        return (
            f"No space is left for the backup: {settings.target} or {settings.work} is full."
            " Make room (KEEP_FULLS says how many full backups are kept), then run it again."
        )
    lines = [line for line in said.splitlines() if line.strip()]
    errors = [each.text for each in result.problems if each.level == "ERROR"]
    last = errors[-1].strip().splitlines()[-1] if errors else (lines[-1] if lines else "no message")
    return f"duplicity failed with code {result.code}: {last}"


class Duplicity:
    """duplicity on one target."""

    def __init__(self, settings: Settings) -> None:
        """Read the passphrase; make the folders that duplicity works in."""
        self._settings = settings
        self._passphrase = read_passphrase(settings.passphrase_file)
        for name in ("cache", "tmp"):
            (settings.work / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        # In memory: gpg's agent makes sockets in it, which not every file system takes.
        self._gnupg = Path(tempfile.gettempdir()) / "gnupg"
        self._gnupg.mkdir(exist_ok=True, mode=0o700)

    def check_target(self) -> None:
        """Complain where a file target's folder is gone."""
        folder = self._settings.folder
        if folder is None:
            return
        if not folder.is_dir():
            raise BackupError(
                f"The backups' folder {folder} is not there. Mount it or make it, then try again."
            )
        try:
            probe = folder / ".semesterhub-writable"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise BackupError(
                f"The backups' folder {folder} can't be written: {error.strerror}."
            ) from error

    def chains(self) -> list[list[BackupSet]]:
        """All chains that can be restored."""
        return read_collection(self.collection())

    def collection(self) -> str:
        """Get collection-status as duplicity tells programs."""
        result = self.must(["collection-status", self._settings.target])
        return result.collection

    def full(self, source: Sequence[str], seen: Callable[[Result], None]) -> Result:
        """Make a full backup."""
        return self.must(["full", *source, self._settings.target], seen)

    def increment(
        self, source: Sequence[str], since: float, seen: Callable[[Result], None]
    ) -> Result:
        """Make an increment; since is when the backup before it began."""
        extra = {"SEMESTERHUB_CHANGED_SINCE": repr(since)}
        return self.must(["incremental", *source, self._settings.target], seen, extra)

    def verify(self, path: str, moment: datetime) -> str | None:
        """Decrypt a path's backup and compare all of it with the files; says what differs."""
        top = self._settings.storage
        options = ["--compare-data", "--numeric-owner", "--time", iso(moment)]
        options += ["--path-to-restore", path]
        if path == "homes":
            options += ["--exclude", f"{top}/homes/.making-*"]
        result = self.run(["verify", *options, self._settings.target, str(top / path)])
        if result.code == 0:
            return None
        differing = re.findall(r"^Difference found: (.*)$", result.output, re.MULTILINE)
        return "; ".join(differing[:SHOWN_DIFFERENCES]) or explain(result, self._settings)

    def restore(
        self, path: str, moment: datetime, target: Path, seen: Callable[[Result], None]
    ) -> None:
        """Restore one path of the storage tree to a place that is not there yet."""
        options = ["--numeric-owner", "--time", iso(moment), "--path-to-restore", path]
        self.must(["restore", *options, self._settings.target, str(target)], seen)

    def clean(self) -> None:
        """Remove what backups that were cut short left at the target and in the cache."""
        self.must(["cleanup", "--force", self._settings.target])

    def prune(self, keep: int) -> None:
        """Remove older chains."""
        self.must(["remove-all-but-n-full", str(keep), "--force", self._settings.target])

    def forget_cache(self) -> None:
        """Drop the local copies of what is at the target; the next run fetches them again."""
        shutil.rmtree(self._settings.work / "cache", ignore_errors=True)
        (self._settings.work / "cache").mkdir(mode=0o700)

    def must(
        self,
        arguments: Sequence[str],
        seen: Callable[[Result], None] | None = None,
        extra: dict[str, str] | None = None,
    ) -> Result:
        """Run duplicity and complain if it fails."""
        result = self.run(arguments, seen, extra)
        if result.code != 0:
            raise BackupError(explain(result, self._settings))
        return result

    def run(
        self,
        arguments: Sequence[str],
        seen: Callable[[Result], None] | None = None,
        extra: dict[str, str] | None = None,
    ) -> Result:
        """Run duplicity to its end; seen is called with what is known so far."""
        action, *rest = arguments
        reading, writing = os.pipe()
        work = self._settings.work
        # What a killed run left: nobody else works here while the lock is held.
        shutil.rmtree(work / "tmp", ignore_errors=True)
        (work / "tmp").mkdir(mode=0o700)
        command = [
            *(sys.executable, "-m", "semesterhub_backup.duplicity_main", action),
            *("--archive-dir", str(work / "cache"), "--name", "semesterhub"),
            *("--tempdir", str(work / "tmp"), "--volsize", str(VOLUME_MEGABYTES)),
            *("--log-fd", str(writing), "--verbosity", "info", "--allow-source-mismatch"),
            f"--gpg-options={GPG_OPTIONS}",
            *("--num-retries", "3", "--backend-retry-delay", "5"),
            *rest,
        ]
        result = Result(code=0, output="")
        with os.fdopen(reading, encoding="utf-8", errors="replace") as log:
            process = subprocess.Popen(  # noqa: S603
                command,
                env=self._environment(extra or {}),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=[writing],
                text=True,
                errors="replace",
            )
            os.close(writing)
            assert process.stdout is not None  # noqa: S101
            tail: list[str] = []
            reader = threading.Thread(target=_keep_tail, args=(process.stdout, tail))
            reader.start()
            try:
                for entry in entries(log):
                    _take(entry, result)
                    if seen is not None:
                        seen(result)
                result.code = process.wait()
            except BaseException:
                process.kill()
                process.wait()
                raise
            finally:
                reader.join()
            result.output = "".join(tail)
        return result

    def _environment(self, extra: dict[str, str]) -> dict[str, str]:
        kept = {
            key: value
            for key, value in os.environ.items()
            if key in SPECIAL_ENVIRONMENT or key.startswith(TARGET_PREFIXES)
        }
        return {
            **kept,
            "GNUPGHOME": str(self._gnupg),
            "PASSPHRASE": self._passphrase,
            "PYTHONPATH": str(Path(__file__).parent.parent),
            "PYTHONUTF8": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TZ": "UTC",
            **extra,
        }


def _keep_tail(output: TextIO, tail: list[str]) -> None:
    """Keep the end of what duplicity prints: its statistics, or its last words.

    Lines about single files come in the log as well and are left out.
    """
    for line in output:
        if not re.match(r"[AMD] ", line):
            tail.append(line)
            del tail[:-KEPT_LINES]


def _take(entry: Entry, result: Result) -> None:
    if entry.level in {"ERROR", "WARNING"}:
        result.problems.append(entry)
        del result.problems[:-KEPT_LINES]
    elif entry.code in CHANGED_CODES:
        result.changed += 1
    elif entry.code in RESTORED_CODES:
        result.restored += 1
    elif entry.code == VOLUME_CODE:
        result.volumes += 1
    elif entry.code == COLLECTION_CODE:
        result.collection = f"{entry.extra}\n{entry.text}"
