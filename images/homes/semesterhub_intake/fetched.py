"""Who has fetched which assignment: nbgrader puts it into the home under its own name."""

import json
import stat
from collections.abc import Iterable
from pathlib import Path

from semesterhub_intake.people import Student
from semesterhub_intake.telling import tell_graders


def fetched(storage: Path, outbound: Path, people: Iterable[Student]) -> dict[str, list[str]]:
    """Return the slugs of those with a folder of that name in their home, by assignment."""
    try:
        names = sorted(entry.name for entry in outbound.iterdir() if entry.is_dir())
    except FileNotFoundError:
        return {}
    slugs = [person.slug for person in people if person.uid is not None and not person.staff]
    return {
        name: [slug for slug in slugs if _is_folder(storage / "homes" / slug / name)]
        for name in names
    }


def _is_folder(path: Path) -> bool:
    """Tell without following a link that a student made."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def write_fetched(found: dict[str, list[str]], received: Path, graders: int) -> None:
    """Tell the grading service; nothing is written that is there already."""
    path = received / "fetched.json"
    tell_graders(path, json.dumps(found, indent=1), graders)
