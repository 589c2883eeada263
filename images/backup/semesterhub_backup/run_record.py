"""What a run notes about itself, and puts into the backup that it makes."""

import json
from pathlib import Path
from typing import TypedDict

from semesterhub_backup.errors import BackupError

NAME = "run.json"


class Record(TypedDict):
    """The trees of a backup, with their number of files and their bytes."""

    trees: dict[str, tuple[int, int]]


def write_record(folder: Path, record: Record) -> None:
    """Write it beside the trees."""
    new = folder / f".{NAME}"
    new.write_text(json.dumps(record), encoding="utf-8")
    new.chmod(0o400)
    new.replace(folder / NAME)


def read_record(file: Path) -> Record:
    """Read it."""
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
        return {
            "trees": {str(key): (int(n), int(size)) for key, (n, size) in known["trees"].items()}
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"What the backup notes of itself can't be read: {error}") from error
