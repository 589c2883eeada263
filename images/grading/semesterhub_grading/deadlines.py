"""Deadlines, with extensions for people and groups. The intake reads the file."""

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

Late = Literal["accept", "close"]
FIRST_YEAR, LAST_YEAR = 1970, 9999
_LOCAL = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?")


class DeadlineError(ValueError):
    """A deadline that can't be set; the message says why and what to write."""


def instant(text: str, zone: ZoneInfo) -> datetime:
    """Read a time of a zone's clock on that day, e.g. 2026-12-01T23:59; or one with an offset."""
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        raise DeadlineError(f"{text!r} is no time; write it as 2026-12-01T23:59") from None
    # At the calendar's ends there is no such moment by another zone's clock.
    if not FIRST_YEAR <= when.year < LAST_YEAR:
        raise DeadlineError(f"{text!r} is no time of a course's; write it as 2026-12-01T23:59")
    if when.tzinfo is None:
        if not _LOCAL.fullmatch(text.strip()):
            raise DeadlineError(f"{text!r} has no time of day; write it as 2026-12-01T23:59")
        when = when.replace(tzinfo=zone)
        # An hour of spring that the clock leaves out is no time that anybody could keep.
        if when.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != when.replace(tzinfo=None):
            raise DeadlineError(f"{text} does not exist in {zone}: the clock goes forward there")
    return when.astimezone(UTC)


class Deadlines:
    """The file, read and written whole."""

    def __init__(self, data: Path) -> None:
        self._path = data / "deadlines.json"

    def read(self) -> dict[str, dict[str, Any]]:
        """Return what is set: due, late, extensions."""
        try:
            found: dict[str, dict[str, Any]] = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        return found

    def set(self, assignment: str, due: datetime, late: Late | None = None) -> None:
        """Set an assignment's deadline; extensions stay."""
        all_of_them = self.read()
        entry = all_of_them.setdefault(assignment, {"late": "accept", "extensions": {}})
        entry["due"] = due.astimezone(UTC).isoformat()
        if late is not None:
            entry["late"] = late
        self._write(all_of_them)

    def extend(self, assignment: str, who: str, until: datetime) -> None:
        """Give a person (slug) or a group (@name) a later deadline."""
        all_of_them = self.read()
        if assignment not in all_of_them:
            raise DeadlineError(f"{assignment} has no deadline: set that first")
        all_of_them[assignment]["extensions"][who] = until.astimezone(UTC).isoformat()
        self._write(all_of_them)

    def remove(self, assignment: str) -> None:
        """Let an assignment have no deadline."""
        all_of_them = self.read()
        if all_of_them.pop(assignment, None) is not None:
            self._write(all_of_them)

    def _write(self, everything: dict[str, dict[str, Any]]) -> None:
        new = self._path.with_suffix(".new")
        with new.open("w", encoding="utf-8") as file:
            json.dump(everything, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
