"""What the deployment tells the statistics service."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from semesterhub.settings import SETTINGS_DIRECTORY
from semesterhub.strict import SettingsError, at_least, read

PORT = int(os.environ.get("STATISTICS_PORT", "8000"))
Names = Literal["names", "pseudonyms"]


@dataclass(frozen=True)
class Settings:
    """Everything in statistics.json."""

    title: str
    timezone: str
    prefix: str
    """The address of the page below the course's, with a slash at both ends."""
    hub_api_url: str
    names: Names
    """Whether people are recorded by name, or by a pseudonym that only the course can make."""
    keep_names_days: int = at_least(1)
    """Days after which a record no longer tells whose it was."""

    @property
    def zone(self) -> ZoneInfo:
        """The clock by which days and hours are shown."""
        return ZoneInfo(self.timezone)


@dataclass(frozen=True)
class Places:
    """Folders of the container."""

    data: Path = Path("/srv/statistics")
    """Has the database, on a disk of this machine."""
    kept: Path = Path("/srv/kept")
    """Gets a copy of it for backups, where the course's files are not on this machine's disk."""
    deadlines: Path = Path("/srv/receipts/deadlines.json")
    plots: Path = Path("/opt/plots")
    """uPlot, as its package has it."""

    @property
    def database(self) -> Path:
        """The database."""
        return self.data / "statistics.sqlite"

    @property
    def files(self) -> Path:
        """A folder on the disk that has the course's files."""
        return self.kept if self.kept.is_dir() else self.data


def read_places() -> Places:
    """Return the folders, each of which the environment may name otherwise."""
    named = {
        name: Path(os.environ[f"STATISTICS_{name.upper()}"])
        for name in ("data", "kept", "deadlines", "plots")
        if f"STATISTICS_{name.upper()}" in os.environ
    }
    return Places(**named)


def load_settings() -> Settings:
    """Read the settings of this container."""
    path = SETTINGS_DIRECTORY / "statistics.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise SettingsError(str(path), [f"it can't be read: {error}"]) from error
    return read(Settings, data, str(path))
