"""Who grades whose work."""

import json
import re
from pathlib import Path

from semesterhub_grading.people import Person
from semesterhub_grading.settings import Settings
from semesterhub_grading.sharing import graders, pieces, share
from service import Service


def student(slug: str, *groups: str) -> Person:
    return Person(slug, slug, groups, staff=False)


def staff(name: str, *groups: str) -> Person:
    return Person(name, name, groups, staff=True)


EVERYBODY = [student(f"s{n}") for n in range(9)]


def test_all_staff_grade_unless_some_are_named() -> None:
    assert [one.slug for one in graders([staff("a"), staff("b"), student("s")])] == ["a", "b"]
    assert [one.slug for one in graders([staff("a", "graders"), staff("b")])] == ["a"]
    # A student in the group is none.
    assert graders([student("s", "graders")]) == []


def test_shares_are_even_and_later_work_moves_none() -> None:
    people = [*EVERYBODY, staff("a"), staff("b")]
    arrived = [f"s{n}" for n in (4, 2, 8, 0, 6, 1)]
    first = share(people, arrived[:3])
    later = share(people, [*arrived, "s4", "gone"])
    assert {slug: later[slug] for slug in first} == first
    assert sorted(later.values()) == ["a"] * 3 + ["b"] * 3


def test_a_group_with_a_grader_goes_to_that_grader() -> None:
    people = [
        *(student("s1", "lab-1"), student("s2", "lab-2"), student("s3"), student("s4", "lab-1")),
        *(staff("a", "lab-1", "graders"), staff("b", "graders"), staff("c", "lab-2")),
    ]
    assert share(people, ["s1", "s2", "s3", "s4"]) == {"s1": "a", "s2": "b", "s3": "a", "s4": "a"}


def test_nobody_grades_where_there_is_no_staff() -> None:
    assert share(EVERYBODY, ["s1"]) == {}


def test_a_graders_page_has_their_share_without_names(graded: Settings, root: Path) -> None:
    people = [
        {"username": "ada", "slug": "ada", "groups": ["lab-1"], "staff": False},
        {"username": "grace", "slug": "grace", "groups": ["lab-1"], "staff": True},
        {"username": "barbara", "slug": "barbara", "groups": [], "staff": True},
    ]
    (root / "received/people.json").write_text(json.dumps(people))
    [piece] = pieces(graded)
    assert (piece.grader, piece.waits) == ("grace", True)
    with Service(graded) as service:
        own, others = service.ask("/work"), service.ask("/work", "barbara")
        [link] = re.findall(r'href="/services/grading(/formgrader/submissions/[^"]+)"', own.text)
        assert service.ask(link).status == 200
        assert "to grade" in own.text
        assert "formgrader/submissions" not in others.text
        assert "<td>grace<td>1<td>1" in others.text
        assert "ada" not in own.text
        assert service.ask("/work", "ada").status == 403
