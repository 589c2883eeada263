"""The course's people in the gradebook, before anybody hands in."""

import json
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook


@dataclass(frozen=True)
class Person:
    """Somebody of the roster; the slug is nbgrader's student id."""

    username: str
    slug: str
    groups: tuple[str, ...]
    staff: bool


def read_people(received: Path) -> list[Person]:
    """Return whom the intake told of."""
    try:
        data = json.loads((received / "people.json").read_text("utf-8"))
    except FileNotFoundError:
        return []
    return [
        Person(one["username"], one["slug"], tuple(one["groups"]), bool(one["staff"]))
        for one in data
    ]


def tell_gradebook(people: list[Person], gradebook: Gradebook) -> int:
    """Put students into the gradebook who are not there; answers how many were new."""
    known = {student.id for student in gradebook.students}
    new = [one for one in people if not one.staff and one.slug not in known]
    for one in new:
        email = one.username if "@" in one.username else None
        gradebook.add_student(
            one.slug, last_name=one.username, first_name=", ".join(one.groups), email=email
        )
    return len(new)
