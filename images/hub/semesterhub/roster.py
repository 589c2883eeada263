"""Who takes part in the course: /srv/hub/roster.json, which may change while the hub runs."""

import json
import os
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

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
    folders: tuple[str, ...] = ()
    """Groups whose members share a folder."""

    @property
    def names(self) -> frozenset[str]:
        """Everybody who may log in."""
        return frozenset(self.students) | frozenset(self.staff)

    def is_staff(self, name: str) -> bool:
        """Whether this person teaches."""
        return name in self.staff

    def folders_of(self, name: str) -> tuple[str, ...]:
        """List the groups that this person shares a folder with."""
        return tuple(group for group in self.folders if name in self.groups[group])

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
        folders=raw.folders,
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
    problems += [
        f"{group} has a folder and is no group"
        for group in roster.folders
        if group not in roster.groups
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


class RosterFile:
    """The roster's file, and what was last read of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._text = ""
        self._roster: Roster | None = None
        self._guests: tuple[str, ...] = ()

    def current(self) -> Roster:
        """Give the roster that holds, read if it never was."""
        if self._roster is None:
            self.reread()
        assert self._roster is not None  # noqa: S101 (reread gave one, or raised)
        students = (*self._roster.students, *self._guests)
        return replace(self._roster, students=students) if self._guests else self._roster

    def admit(self, guests: tuple[str, ...]) -> None:
        """Take these people as students too: a workshop's, whom no file has."""
        self._guests = guests

    def reread(self) -> bool:
        """Read the file; whether it has another roster. One with a mistake changes nothing."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except OSError as error:
            raise SettingsError(str(self.path), [f"it can't be read: {error.strerror}"]) from error
        if self._roster is not None and text == self._text:
            return False
        before, self._roster = self._roster, parse_roster(text, str(self.path))
        self._text = text
        return before != self._roster


roster_file = RosterFile(Path(os.environ.get("SEMESTERHUB_ROSTER", "/srv/hub/roster.json")))


def load_roster() -> Roster:
    """Give the roster that holds now."""
    return roster_file.current()


def reread_roster() -> bool:
    """Look at the file again; whether another roster holds from now on."""
    return roster_file.reread()
