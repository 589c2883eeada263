"""Who grades whose work: by groups of the roster where a grader is in one, else evenly."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from nbgrader.api import Gradebook

from semesterhub_grading.collect import submissions
from semesterhub_grading.people import Person, read_people
from semesterhub_grading.settings import Settings

GRADERS = "graders"


def graders(people: Iterable[Person]) -> list[Person]:
    """Return who grades: the staff in the group, or all staff where there is none."""
    staff = [one for one in people if one.staff]
    return [one for one in staff if GRADERS in one.groups] or staff


def share(people: Sequence[Person], arrived: Iterable[str]) -> dict[str, str]:
    """Give each student (slug) a grader (username).

    In the order in which their work arrived, so that a later submission changes nobody's share. A
    student goes to a grader of one of their groups, whoever has least of them; else to any.
    """
    all_of_them = graders(people)
    known = {one.slug: one for one in people}
    load: Counter[str] = Counter({one.username: 0 for one in all_of_them})
    shared: dict[str, str] = {}
    for slug in arrived:
        if slug not in known or slug in shared or not all_of_them:
            continue
        groups = set(known[slug].groups) - {GRADERS}
        own = [one for one in all_of_them if groups & set(one.groups)]
        chosen = min(own or all_of_them, key=lambda one: (load[one.username], one.username))
        shared[slug] = chosen.username
        load[chosen.username] += 1
    return shared


@dataclass(frozen=True)
class Piece:
    """One notebook of one submission, in somebody's share."""

    assignment: str
    notebook: str
    grader: str
    id: str
    """By which formgrader's pages know it."""
    waits: bool
    """Whether something of it is still to be graded by hand."""


def pieces(settings: Settings) -> list[Piece]:
    """Return everything that is autograded, with who grades it by hand."""
    people = read_people(settings.places.received)
    with Gradebook(settings.gradebook, settings.course) as gradebook:
        return [
            piece
            for assignment in sorted(gradebook.assignments, key=lambda one: one.name)
            for piece in _of(settings, people, assignment)
        ]


def _of(settings: Settings, people: Sequence[Person], assignment: Any) -> list[Piece]:  # noqa: ANN401 (upstream's)
    arrived = [one.student for one in submissions(settings.places.received, assignment.name)]
    shared = share(people, arrived)
    found = [
        Piece(assignment.name, notebook.name, shared[one.student.id], notebook.id, waits)
        for one in assignment.submissions
        if one.student.id in shared
        for notebook in one.notebooks
        for waits in [bool(notebook.needs_manual_grade)]
    ]
    return sorted(found, key=lambda piece: (piece.notebook, piece.id))
