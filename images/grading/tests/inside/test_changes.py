"""Each changed grade is written down, and none is lost when two grade one submission."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from semesterhub_grading.settings import Settings
from service import Answer, Service


class Grader:
    """Somebody's page with ada's submission."""

    def __init__(self, service: Service, who: str) -> None:
        self._service = service
        self._who = who
        found = service.ask("/formgrader/api/submitted_notebooks/ps1/p1").json()
        [self._submission] = [one["id"] for one in found if one["student"] == "ada"]
        self.load()

    def load(self) -> None:
        """Open the page."""
        path = f"?submission_id={self._submission}"
        self.grades = self._service.ask(f"/formgrader/api/grades{path}", self._who).json()
        self.comments = self._service.ask(f"/formgrader/api/comments{path}", self._who).json()

    def grade(self, cell: str, **changes: Any) -> Answer:
        """Change a grade: the page sends the whole of it."""
        [grade] = [one for one in self.grades if one["name"] == cell]
        path = f"/formgrader/api/grade/{grade['id']}"
        return self._service.ask(path, self._who, "PUT", {**grade, **changes})

    def comment(self, text: str) -> Answer:
        """Comment on the essay."""
        [comment] = [one for one in self.comments if one["name"] == "essay"]
        path = f"/formgrader/api/comment/{comment['id']}"
        return self._service.ask(path, self._who, "PUT", {**comment, "manual_comment": text})


@pytest.fixture
def service(graded: Settings) -> Iterator[Service]:
    with Service(graded) as running:
        yield running


def lines(root: Path) -> list[dict[str, Any]]:
    path = root / "grading/grades.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_who_changed_what_is_a_line(service: Service, root: Path) -> None:
    grace = Grader(service, "grace")
    assert grace.grade("essay", manual_score=1.5).status == 200
    assert grace.grade("essay", manual_score=1.5).status == 200
    assert grace.comment("well done").status == 200
    grade, comment = lines(root)
    assert grade.pop("time") < comment.pop("time")
    where = {"student": "ada", "assignment": "ps1", "notebook": "p1", "cell": "essay"}
    none = {"manual_score": None, "extra_credit": None}
    after = {"manual_score": 1.5, "extra_credit": None}
    assert grade == {"who": "grace", **where, "from": none, "to": after}
    assert comment["to"] == {"manual_comment": "well done"}


def test_a_page_older_than_anothers_grade_does_not_put_it_back(
    service: Service, root: Path
) -> None:
    grace, barbara = Grader(service, "grace"), Grader(service, "barbara")
    assert grace.grade("essay", manual_score=2).status == 200
    late = barbara.grade("essay", extra_credit=1)
    assert late.status == 409
    assert "grace has changed this" in late.text
    # Other entries of the same submission are hers to change.
    assert barbara.grade("tests", manual_score=1).status == 200
    assert barbara.comment("see me").status == 200
    barbara.load()
    assert barbara.grade("essay", extra_credit=1).status == 200
    assert grace.comment("no").status == 409
    kept = [(line["who"], line["cell"], line["to"]) for line in lines(root)]
    assert kept == [
        ("grace", "essay", {"manual_score": 2, "extra_credit": None}),
        ("barbara", "tests", {"manual_score": 1, "extra_credit": None}),
        ("barbara", "essay", {"manual_comment": "see me"}),
        ("barbara", "essay", {"manual_score": 2, "extra_credit": 1}),
    ]


def test_one_grader_with_two_tabs_is_not_in_their_own_way(service: Service) -> None:
    one, two = Grader(service, "grace"), Grader(service, "grace")
    assert one.grade("essay", manual_score=1).status == 200
    assert two.grade("essay", manual_score=2).status == 200


def test_a_grade_of_nobody_is_not_found(service: Service) -> None:
    assert service.ask("/formgrader/api/grade/none", method="PUT", body={}).status == 404
