"""When assignments are due: what the intake wrote."""

import json
from datetime import datetime
from pathlib import Path

LARGEST = 1 << 20


def read_deadlines(path: Path) -> dict[str, int]:
    """Return each assignment's deadline, the first first; none where the file can't be read."""
    try:
        with path.open("rb") as file:
            told = json.loads(file.read(LARGEST))
        found = {str(name): int(_instant(due)) for name, due in told.items()}
    except (OSError, ValueError, AttributeError):
        return {}
    return dict(sorted(found.items(), key=lambda each: each[1]))


def _instant(text: object) -> float:
    when = datetime.fromisoformat(str(text))
    if when.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    return when.timestamp()
