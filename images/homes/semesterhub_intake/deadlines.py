"""Until when an assignment may be handed in, and by whom: what the grading service wrote."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

LARGEST = 1 << 20


@dataclass(frozen=True)
class Deadline:
    """When an assignment is due, an instant; extensions are by person (slug) or `@group`."""

    due: datetime
    closes: bool
    """Whether later submissions are refused; else they are taken and marked late."""
    extensions: Mapping[str, datetime]

    def due_for(self, slug: str, groups: Iterable[str]) -> datetime:
        """Return the latest of what counts for a person; their own extension goes first."""
        if slug in self.extensions:
            return self.extensions[slug]
        of_groups = [self.extensions[f"@{g}"] for g in groups if f"@{g}" in self.extensions]
        return max([self.due, *of_groups])


def read_deadlines(path: Path) -> dict[str, Deadline]:
    """Read the file; without one there are no deadlines. Raise ValueError if it is broken."""
    try:
        with path.open("rb") as file:
            data = json.loads(file.read(LARGEST))
    except FileNotFoundError:
        return {}
    try:
        return {name: _deadline(entry) for name, entry in data.items()}
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"{path} makes no sense: {error!r}") from error


def _deadline(entry: dict[str, object]) -> Deadline:
    extensions = entry.get("extensions", {})
    if not isinstance(extensions, dict):
        raise TypeError("extensions")
    return Deadline(
        due=_instant(entry["due"]),
        closes=entry.get("late") == "close",
        extensions={who: _instant(until) for who, until in extensions.items()},
    )


def _instant(text: object) -> datetime:
    when = datetime.fromisoformat(str(text))
    if when.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    return when
