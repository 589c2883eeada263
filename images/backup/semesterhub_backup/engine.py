"""Run duplicity: with the passphrase in its environment only, its log read as it comes."""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TextIO

from semesterhub_backup import left_out
from semesterhub_backup.errors import BackupError
from semesterhub_backup.opening import gnupg_home
from semesterhub_backup.reading import (
    KEPT_LINES,
    SHOWN_DIFFERENCES,
    BackupSet,
    Result,
    entries,
    explain,
    read_collection,
    take,
)
from semesterhub_backup.remote import remote_of
from semesterhub_backup.settings import Settings, read_passphrase
from semesterhub_backup.times import iso

VOLUME_MEGABYTES = 100
# The passphrase is random and long: stretching it by millions of rounds adds nothing, and a restore
# does it for each of hundreds of files.
GPG_OPTIONS = "--cipher-algo AES256 --s2k-digest-algo SHA256 --s2k-count 1048576"
SPECIAL_ENVIRONMENT = ("PATH", "LANG", "HOME", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


class Duplicity:
    """duplicity on one target."""

    def __init__(self, settings: Settings) -> None:
        """Read the passphrase; make the folders that duplicity works in."""
        self._settings = settings
        self._passphrase = read_passphrase(settings.passphrase_file)
        for name in ("cache", "tmp"):
            (settings.work / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        self._gnupg = gnupg_home("gnupg")
        self.remote = remote_of(settings, self._gnupg)
        self._url = settings.target if self.remote is None else self.remote.url

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
        result = self.must(["collection-status", self._url])
        return result.collection

    def full(self, source: Sequence[str], seen: Callable[[Result], None]) -> Result:
        """Make a full backup."""
        return self.must(["full", *source, self._url], seen)

    def increment(
        self, source: Sequence[str], since: float, seen: Callable[[Result], None]
    ) -> Result:
        """Make an increment; since is when the backup before it began."""
        extra = {"SEMESTERHUB_CHANGED_SINCE": repr(since)}
        return self.must(["incremental", *source, self._url], seen, extra)

    def verify(self, path: str, moment: datetime) -> str | None:
        """Decrypt a path's backup and compare all of it with the files; says what differs."""
        top = self._settings.storage
        options = ["--compare-data", "--numeric-owner", "--time", iso(moment)]
        options += ["--path-to-restore", path, *left_out.options(top, path)]
        result = self.run(["verify", *options, self._url, str(top / path)])
        if result.code == 0:
            return None
        differing = re.findall(r"^Difference found: (.*)$", result.output, re.MULTILINE)
        return "; ".join(differing[:SHOWN_DIFFERENCES]) or explain(result, self._settings)

    def restore(
        self, path: str, moment: datetime, target: Path, seen: Callable[[Result], None]
    ) -> None:
        """Restore one path of the storage tree to a place that is not there yet."""
        options = ["--numeric-owner", "--time", iso(moment), "--path-to-restore", path]
        self.must(["restore", *options, self._url, str(target)], seen)

    def clean(self) -> None:
        """Remove what backups that were cut short left at the target and in the cache."""
        self.must(["cleanup", "--force", self._url])

    def prune(self, keep: int) -> None:
        """Remove older chains."""
        self.must(["remove-all-but-n-full", str(keep), "--force", self._url])

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
            process = subprocess.Popen(  # noqa: S603 (a list, no shell)
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
            assert process.stdout is not None  # noqa: S101 (for the type checker)
            tail: list[str] = []
            reader = threading.Thread(target=_keep_tail, args=(process.stdout, tail))
            reader.start()
            try:
                for entry in entries(log):
                    take(entry, result)
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
        kept = {key: os.environ[key] for key in SPECIAL_ENVIRONMENT if key in os.environ}
        return {
            **kept,
            **(self.remote.environment if self.remote else {}),
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
