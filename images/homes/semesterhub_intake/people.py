"""Who is who: the UID table and the roster, told to the grading service."""

import contextlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from semesterhub_homes.names import CHECK_NAME, slug_for

from semesterhub_intake.telling import tell_graders

ROSTER = Path("/etc/semesterhub/roster.json")


@dataclass(frozen=True)
class Student:
    """A person as nbgrader (slug), the kernel (UID) and the hub (username) know them."""

    username: str
    slug: str
    uid: int | None
    """None until the first login."""
    groups: tuple[str, ...]
    staff: bool = False

    @property
    def made_up(self) -> bool:
        """Whether the hub made them for a check or a rehearsal: graders never hear of them."""
        return CHECK_NAME.fullmatch(self.username) is not None


def read_people(storage: Path, roster: Path = ROSTER) -> list[Student]:
    """Return everybody of the roster, and everybody with a home who has left it since."""
    data = json.loads(roster.read_text(encoding="utf-8"))
    names = {name.strip().lower(): False for name in data["students"]}
    names |= {name.strip().lower(): True for name in data["staff"]}
    table = _table(storage / "uids" / "uids.sqlite")
    groups = _groups(data["groups"])
    known = {
        name: Student(
            username=name,
            slug=table[name][0] if name in table else slug_for(name),
            uid=table[name][1] if name in table else None,
            groups=groups.get(name, ()),
            staff=names.get(name, False),
        )
        for name in names.keys() | table.keys()
    }
    return sorted(known.values(), key=lambda person: person.slug)


def _groups(members: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for group, names in members.items():
        for name in names:
            found.setdefault(name.strip().lower(), []).append(group)
    return {name: tuple(sorted(groups)) for name, groups in found.items()}


def _table(path: Path) -> dict[str, tuple[str, int]]:
    if not path.exists():
        return {}
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as db:
        rows = db.execute("SELECT username, slug, uid FROM people")
        return {username: (slug, uid) for username, slug, uid in rows}


def write_people(people: list[Student], received: Path, graders: int) -> bool:
    """Tell the grading service who is in the course; answers whether that is news."""
    path = received / "people.json"
    text = json.dumps(
        [
            {
                "username": person.username,
                "slug": person.slug,
                "groups": person.groups,
                "staff": person.staff,
            }
            for person in people
        ],
        indent=1,
    )
    return tell_graders(path, text, graders)
