"""The intake's settings, from its environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from semesterhub_homes.settings import SettingsError

MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What one submission may have."""

    bytes: int = 100 * MEBIBYTE
    files: int = 1000
    depth: int = 10


@dataclass(frozen=True)
class Settings:
    """What the intake is told."""

    storage: Path
    course: str
    limits: Limits
    every_seconds: float
    timezone: str
    """In which students are shown times."""
    graders: int
    """The group of those who grade."""

    @property
    def exchange(self) -> Path:
        """The course's folder in nbgrader's exchange."""
        return self.storage / "exchange" / self.course

    @property
    def received(self) -> Path:
        """The store: a folder an assignment, in it one a student, in it one a submission."""
        return self.storage / "received"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings; complain about the first wrong one."""
    course = environment.get("COURSE", "")
    if not course or "/" in course or course.startswith("."):
        raise SettingsError(f"COURSE is {course!r}; it must be the course's name in the exchange")
    return Settings(
        storage=Path(environment.get("SEMESTERHUB_STORAGE", "/srv/semesterhub")),
        course=course,
        limits=Limits(bytes=_number(environment, "SUBMISSION_BYTES", Limits.bytes)),
        every_seconds=_number(environment, "EVERY_MILLISECONDS", 2000) / 1000,
        timezone=environment.get("TIMEZONE", "UTC"),
        graders=_number(environment, "GRADERS_GID", 19998),
    )


def _number(environment: Mapping[str, str], key: str, default: int) -> int:
    text = environment.get(key, "") or str(default)
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise SettingsError(f"{key} is {text!r}; it must be a whole number from 1 up")
    return int(text)
