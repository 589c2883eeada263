"""Who takes part in the course: /etc/semesterhub/roster.json."""

import functools
import json
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from semesterhub.settings import SETTINGS_DIRECTORY
from semesterhub.strict import SettingsError, read

STUDENTS = "students"
STAFF = "staff"
GRADERS = "graders"
CHECKS = "course-check-"
"""Names that begin like this are those of students who are made for a check (check_student.py)."""


@dataclass(frozen=True)
class Roster:
    """Students, staff and groups, all names as JupyterHub knows them (lower case)."""

    students: tuple[str, ...]
    staff: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]

    @property
    def names(self) -> frozenset[str]:
        """Everybody who may log in."""
        return frozenset(self.students) | frozenset(self.staff)

    def is_staff(self, name: str) -> bool:
        """Whether this person teaches."""
        return name in self.staff

    @property
    def graders(self) -> tuple[str, ...]:
        """Who grades: the group of that name, or all staff."""
        return self.groups.get(GRADERS) or self.staff

    @property
    def all_groups(self) -> dict[str, tuple[str, ...]]:
        """The roster's groups, the two that everybody is in, and graders."""
        return {
            **self.groups,
            STUDENTS: self.students,
            STAFF: self.staff,
            GRADERS: self.graders,
        }


def normalize(name: str) -> str:
    """Write a name as JupyterHub does: `Ada` and `ada` are one person.

    A letter with an accent is one character, or two, as the computer has it that wrote the name.
    """
    return unicodedata.normalize("NFC", name.strip()).lower()


def parse_roster(text: str, source: str = "roster.json") -> Roster:
    """Read the text of a roster.json."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise SettingsError(source, [f"it is not JSON: {error}"]) from error
    raw = read(Roster, data, source)
    roster = Roster(
        students=tuple(map(normalize, raw.students)),
        staff=tuple(map(normalize, raw.staff)),
        groups={group: tuple(map(normalize, names)) for group, names in raw.groups.items()},
    )
    problems = _problems(roster)
    if problems:
        raise SettingsError(source, problems)
    return roster


def _problems(roster: Roster) -> list[str]:
    everybody = [*roster.students, *roster.staff]
    problems = [f"{name} is there twice" for name, n in Counter(everybody).items() if n > 1]
    problems += [f"{name!r} is not a name" for name in everybody if not name or "/" in name]
    problems += [f"{name} is a name of checks" for name in everybody if name.startswith(CHECKS)]
    problems += [
        f"{name} in group {GRADERS} is no staff: graders see everybody's work"
        for name in roster.graders
        if not roster.is_staff(name)
    ]
    for group, names in roster.groups.items():
        if group in {STUDENTS, STAFF}:
            problems.append(f"the group {group} is made by the hub; name yours otherwise")
        problems += [
            f"{name} in group {group} is neither student nor staff"
            for name in names
            if name not in roster.names
        ]
    return problems


@functools.cache
def load_roster() -> Roster:
    """Read the roster of this container, once; a changed roster restarts the hub."""
    path = SETTINGS_DIRECTORY / "roster.json"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(str(path), [f"it can't be read: {error.strerror}"]) from error
    return parse_roster(text, str(path))
