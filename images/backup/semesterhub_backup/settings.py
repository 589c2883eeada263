"""What is told to the container, and where things are in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from semesterhub_backup.errors import BackupError

FILE_URL = "file://"
# What is in the storage tree and goes into a backup, besides the copies that are made for it.
TREES = ("homes", "exchange", "shared")


@dataclass(frozen=True)
class Settings:
    """The settings."""

    storage: Path
    target: str
    # What the operator calls the target: a folder has another name in the container.
    place: str
    every_seconds: int
    full_every_seconds: int
    keep_fulls: int
    passphrase_file: Path
    # How a target that is no folder is reached: rclone's options, as JSON.
    access_file: Path

    @property
    def work(self) -> Path:
        """The backup's own folder in the storage tree."""
        return self.storage / "backup"

    @property
    def stage(self) -> Path:
        """Copies of databases, and what duplicity does not keep about files."""
        return self.work / "stage"

    @property
    def folder(self) -> Path | None:
        """The folder of a file:// target."""
        if not self.target.startswith(FILE_URL):
            return None
        return Path("/" + self.target.removeprefix(FILE_URL).lstrip("/"))


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings from the environment."""
    target = environment.get("BACKUP_TARGET", "file:///backups")
    return Settings(
        storage=Path(environment.get("SEMESTERHUB_STORAGE", "/srv/semesterhub")),
        target=target,
        place=environment.get("BACKUP_PLACE", target),
        every_seconds=_number(environment, "EVERY_MINUTES", 60) * 60,
        full_every_seconds=_number(environment, "FULL_EVERY_DAYS", 7) * 86400,
        keep_fulls=_number(environment, "KEEP_FULLS", 2),
        passphrase_file=Path(
            environment.get("BACKUP_PASSPHRASE_FILE", "/run/secrets/backup-passphrase")
        ),
        access_file=Path(environment.get("BACKUP_ACCESS_FILE", "/run/secrets/backup-access")),
    )


def _number(environment: Mapping[str, str], key: str, default: int) -> int:
    text = environment.get(key, "") or str(default)
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise BackupError(f"{key} is {text!r}; it must be a whole number from 1 up")
    return int(text)


def read_passphrase(path: Path) -> str:
    """Read the passphrase."""
    text = read_secret(path)
    if not text or "\n" in text or "\0" in text:
        raise BackupError(f"the passphrase {path} must be one line that is not empty")
    return text


def read_secret(path: Path) -> str:
    """Read a secret from a file that nobody else may read."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BackupError(f"the secret {path} can't be read: {error}") from error
    if mode & 0o077:
        raise BackupError(
            f"the secret {path} has mode {mode & 0o777:04o}: others may read it. Make it 0400."
        )
    return text
