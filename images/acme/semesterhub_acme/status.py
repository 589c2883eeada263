"""How it went: kept in a file, so that a new container waits where the last one did."""

import json
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from semesterhub_acme.files import write_whole


@dataclass
class Status:
    """What happened, and with which settings. Times are ISO 8601 in UTC."""

    settings: str = ""
    failures: int = 0
    last_attempt: str | None = None
    last_success: str | None = None
    error: str | None = None
    running: bool = False
    next: str | None = None

    def save(self, path: Path) -> None:
        """Keep it."""
        write_whole(path, json.dumps(asdict(self)).encode(), 0o600)


def load(path: Path) -> Status:
    """Read what was kept; a file that is not as this program writes it counts for nothing."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return Status(**{field.name: raw[field.name] for field in fields(Status)})
    except (OSError, ValueError, KeyError, TypeError):
        return Status()


def iso(moment: datetime) -> str:
    """Write a time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
