"""Targets that are no folders: rclone reaches them, and is told how in its environment only."""

import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from semesterhub_backup.errors import BackupError
from semesterhub_backup.settings import Settings, read_secret

# What rclone calls the target; duplicity's URLs name it.
NAME = "target"
# duplicity tries again by itself. What does not answer at all is given up on in a minute.
PATIENCE = {
    "RCLONE_RETRIES": "1",
    "RCLONE_LOW_LEVEL_RETRIES": "3",
    "RCLONE_CONTIMEOUT": "20s",
    "RCLONE_CONFIG": "/dev/null",
}
KNOWN_HOSTS = "known_hosts"


@dataclass(frozen=True)
class Remote:
    """A target that rclone reaches."""

    # As rclone names the folder: "target:container".
    folder: str
    environment: Mapping[str, str]

    @property
    def url(self) -> str:
        """The folder's URL as duplicity writes it."""
        return f"rclone://{self.folder.replace(':', ':/', 1)}"


def remote_of(settings: Settings, work: Path) -> Remote | None:
    """Read how a target is reached; work is a folder in memory. None: it is a folder here."""
    if settings.folder is not None:
        return None
    return Remote(remote_folder(settings.target), _environment(settings, work))


def remote_folder(target: str) -> str:
    """Name a target's folder as rclone does: what comes after the host, or the container."""
    parts = urlsplit(target)
    path = parts.path.removeprefix("/") if parts.scheme in {"s3", "sftp"} else parts.netloc
    if parts.scheme not in {"swift", "s3", "sftp"} or not re.fullmatch(r"[\w./@+-]+", path):
        raise BackupError(f"BACKUP_TARGET is {target!r}; it must be a swift, s3 or sftp URL")
    return f"{NAME}:{path}"


def _environment(settings: Settings, work: Path) -> dict[str, str]:
    try:
        known = json.loads(read_secret(settings.access_file))
    except ValueError as error:
        raise BackupError(f"{settings.access_file} is not JSON") from error
    if not isinstance(known, dict) or not all(isinstance(each, str) for each in known.values()):
        raise BackupError(f"{settings.access_file} must be an object of strings")
    if (hosts := known.pop(KNOWN_HOSTS, None)) is not None:
        file = work / KNOWN_HOSTS
        file.write_text(hosts, encoding="utf-8")
        known[f"{KNOWN_HOSTS}_file"] = str(file)
    # Line ends, as rclone wants them in a key.
    options = {
        f"RCLONE_CONFIG_{NAME.upper()}_{key.upper()}": value.replace("\n", "\\n")
        for key, value in known.items()
    }
    return {**PATIENCE, **options}


def sizes(
    settings: Settings, remote: Remote | None, seconds: float | None = None
) -> dict[str, int]:
    """Get the files of a target with their sizes."""
    if settings.folder is not None:
        return {file.name: file.stat().st_size for file in settings.folder.iterdir()}
    assert remote is not None  # noqa: S101 (for the type checker)
    listed = _rclone(
        remote, ["lsf", "--files-only", "--format", "sp", remote.folder], "be listed", seconds
    )
    pairs = (line.split(";", 1) for line in listed.decode().splitlines())
    return {name: int(size) for size, name in pairs}


def fetch(remote: Remote, name: str, seconds: float) -> bytes:
    """Get a small file of a target."""
    return _rclone(remote, ["cat", f"{remote.folder}/{name}"], "be read", seconds)


def _rclone(
    remote: Remote, arguments: Sequence[str], what: str, seconds: float | None = None
) -> bytes:
    done = subprocess.run(  # noqa: S603 (a list, no shell)
        ["rclone", *arguments],  # noqa: S607 (the image's)
        env={"PATH": os.environ.get("PATH", ""), **remote.environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=seconds,
    )
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise BackupError(f"The backups can't {what}: {said}")
    return done.stdout
