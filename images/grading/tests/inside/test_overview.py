"""Each assignment at a glance, and grades for the university's own system."""

import csv
import io
import json
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from semesterhub_grading.overview import Form, Overview
from semesterhub_grading.settings import Settings

PEOPLE = [
    ("ada@uni.edu", "ada", ["lab-1"], False),
    ("=cmd()", "cmd", ["lab-1", "+lab"], False),
    ("eve", "eve", [], False),
    ("teacher", "teacher", [], True),
]


@pytest.fixture
def people(graded: Settings, root: Path) -> Settings:
    """Make a roster with a staff member and a name that a spreadsheet would run."""
    data = [
        {"username": username, "slug": slug, "groups": groups, "staff": staff}
        for username, slug, groups, staff in PEOPLE
    ]
    (root / "received/people.json").write_text(json.dumps(data))
    with Gradebook(graded.gradebook, graded.course) as gradebook:
        essay = gradebook.find_grade("essay", "p1", "ps1", "ada")
        essay.manual_score = 1.5
        essay.needs_manual_grade = False
        gradebook.find_submission("ps1", "ada").notebooks[0].late_submission_penalty = 0.25
        gradebook.db.commit()
    return graded


def rows(settings: Settings, form: Form) -> list[list[str]]:
    return list(csv.reader(io.StringIO(Overview(settings).grades(form))))


def test_plain(people: Settings) -> None:
    assert rows(people, "plain") == [
        ["username", "student", "groups", "ps1"],
        ["ada@uni.edu", "ada", "lab-1", "4.25"],
        ["'=cmd()", "cmd", "lab-1; +lab", ""],
        ["eve", "eve", "", ""],
    ]


def test_canvas_wants_points_possible_and_its_columns(people: Settings) -> None:
    assert rows(people, "canvas")[:3] == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "ps1"],
        ["    Points Possible", "", "", "", "", "5.0"],
        ["ada@uni.edu", "", "", "ada@uni.edu", "lab-1", "4.25"],
    ]


def test_moodle_finds_people_by_username_or_email(people: Settings) -> None:
    assert rows(people, "moodle")[:2] == [
        ["username", "email", "ps1"],
        ["ada@uni.edu", "ada@uni.edu", "4.25"],
    ]


def test_status(people: Settings, root: Path) -> None:
    (root / "received/fetched.json").write_text('{"ps1": ["ada", "eve"], "ps0": []}')
    [status] = Overview(people).status()
    assert status["released"] is True
    assert (status["students"], status["submitted"], status["graded"]) == (3, 1, 1)
    assert status["missing"] == ["=cmd()", "eve"]
    assert status["missingByGroup"] == {"lab-1": 1, "+lab": 1, "-": 1}
    assert (status["fetched"], status["feedback"]) == (2, 0)


def test_a_submission_that_waits_for_a_grade_by_hand_is_not_graded(graded: Settings) -> None:
    [status] = Overview(graded).status()
    assert (status["submitted"], status["graded"]) == (1, 0)
