"""What the deployment tells the service: /etc/semesterhub/grading.json and the secrets' files."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SETTINGS = Path(os.environ.get("SEMESTERHUB_SETTINGS", "/etc/semesterhub")) / "grading.json"
SECRETS = Path(os.environ.get("SEMESTERHUB_SECRETS", "/run/secrets"))
# Where `semesterhub-assignment` asks the running service.
OPERATOR_SOCKET = Path("/tmp/grading.sock")  # noqa: S108 (the container's own)


class SettingsError(ValueError):
    """A setting is missing or wrong; the message names it."""


@dataclass(frozen=True)
class Sandbox:
    """What the code of one submission may use."""

    workers: int
    """How many submissions are executed at once."""
    seconds: int
    """For all cells of a notebook."""
    cell_seconds: int
    output_bytes: int


@dataclass(frozen=True)
class Places:
    """Where things are in the container."""

    course: Path = Path("/srv/course")
    exchange: Path = Path("/srv/nbgrader/exchange")
    received: Path = Path("/srv/received")
    data: Path = Path("/srv/grading")
    jobs: Path = Path("/srv/sandbox")

    @property
    def gradebook_file(self) -> Path:
        """The gradebook, where it is SQLite's."""
        return self.data / "gradebook.db"


@dataclass(frozen=True)
class Settings:
    """Everything in grading.json."""

    course: str
    title: str
    timezone: str
    prefix: str
    """The path that browsers use, with slashes at both ends."""
    hub_api_url: str
    sandbox: Sandbox
    show_hidden_tests: bool
    """Whether feedback shows hidden tests."""
    similarity: bool = False
    """Whether graders may compare submissions."""
    trial_runs: bool = False
    """Whether each submission is run when it is handed in."""
    gradebook_url: str = ""
    """PostgreSQL's, without a password; empty: the gradebook is a file."""
    places: Places = Places()

    @property
    def gradebook(self) -> str:
        """The gradebook's address; a file waits for another process that writes."""
        return self.gradebook_url or f"sqlite:///{self.places.gradebook_file}?timeout=60"

    @property
    def zone(self) -> ZoneInfo:
        """The zone that deadlines are read and shown in."""
        return ZoneInfo(self.timezone)


def parse_settings(text: str, places: Places | None = None) -> Settings:
    """Read the text of a grading.json."""
    try:
        data = json.loads(text)
        sandbox = data["sandbox"]
        settings = Settings(
            course=str(data["course"]),
            title=str(data["title"]),
            timezone=str(data["timezone"]),
            prefix=str(data["prefix"]),
            hub_api_url=str(data["hubApiUrl"]),
            sandbox=Sandbox(
                workers=int(sandbox["workers"]),
                seconds=int(sandbox["seconds"]),
                cell_seconds=int(sandbox["cellSeconds"]),
                output_bytes=int(sandbox["outputBytes"]),
            ),
            show_hidden_tests=bool(data["showHiddenTests"]),
            similarity=bool(data["similarity"]),
            trial_runs=bool(data["trialRuns"]),
            gradebook_url=str(data.get("gradebookUrl", "")),
            places=places or Places(),
        )
        _ = settings.zone
    except (KeyError, TypeError, ValueError, ZoneInfoNotFoundError) as error:
        raise SettingsError(f"grading.json: {error!r}") from error
    return settings


def load_settings() -> Settings:
    """Read the settings of this container."""
    try:
        return parse_settings(SETTINGS.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{SETTINGS} can't be read: {error.strerror}") from error


def secret(name: str) -> str:
    """Read one secret. Never log what this returns."""
    try:
        return (SECRETS / name).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"the secret {name} can't be read: {error.strerror}") from error
