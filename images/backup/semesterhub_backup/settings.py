"""What is told to the container, and where things are in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from semesterhub_backup.errors import BackupError

FILE_URL = "file://"
HOMES = "homes"
GROUPS = "groups"
# Trees of many people, beside the homes.
COMMON_TREES = (
    *("exchange", "shared", GROUPS, "course", "received", "grading", "handed-out", "dumps"),
)


@dataclass(frozen=True)
class Settings:
    """The settings."""

    storage: Path
    target: str
    # What the operator calls the target: a folder has another name in the container.
    place: str
    every_seconds: int
    keep_days: int
    keep_weeks: int
    # A run that does not go on for so long is ended.
    stalled_seconds: int

    # A workshop's homes are thrown away.
    homes: bool = True
    # The course's folder in the exchange; without one, students can't ask for earlier versions.
    course: str = ""

    @property
    def work(self) -> Path:
        """The backup's own folder in the storage tree."""
        return self.storage / "backup"

    @property
    def copy(self) -> Path:
        """What restic backs up."""
        return self.work / "copy"

    @property
    def mailbox(self) -> Path | None:
        """Where students' servers ask for earlier versions; None: there are none to be had."""
        if not self.homes or not self.course:
            return None
        return self.storage / "exchange" / self.course / "earlier"

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
        keep_days=_number(environment, "KEEP_DAYS", 14),
        keep_weeks=_number(environment, "KEEP_WEEKS", 26),
        stalled_seconds=_number(environment, "STALLED_MINUTES", 15) * 60,
        homes=environment.get("WITHOUT_HOMES", "") != "yes",
        course=environment.get("COURSE", ""),
    )


def _number(environment: Mapping[str, str], key: str, default: int) -> int:
    text = environment.get(key, "") or str(default)
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise BackupError(f"{key} is {text!r}; it must be a whole number from 1 up")
    return int(text)
