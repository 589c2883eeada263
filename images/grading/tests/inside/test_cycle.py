"""A course from release to feedback, with a sandbox worker that the test plays."""

import json
import re
from pathlib import Path
from typing import Any

import course
import nbformat
import pytest
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from semesterhub_grading.overview import Overview
from semesterhub_grading.settings import Settings
from steps import BAD, GOOD, Worker, do, execute


def scores(settings: Settings, student: str) -> dict[str, float | None]:
    with Gradebook(settings.gradebook, settings.course) as gradebook:
        notebook = gradebook.find_submission_notebook("p1", "ps1", student)
        return {grade.cell.name: grade.auto_score for grade in notebook.grades}


def outputs(settings: Settings, student: str) -> Any:
    path = settings.places.course / "autograded" / student / "ps1" / "p1.ipynb"
    return nbformat.read(path, as_version=4)


def test_a_whole_cycle(released: Settings, root: Path, worker: Worker) -> None:
    worker.answer = execute
    course.receive(root, "ada", course.work(root, GOOD), {"data.csv": "1,2"})
    course.receive(root, "alan", course.work(root, BAD))
    do(released, "collect")
    for student in ("ada", "alan"):
        do(released, "autograde", student)
    assert scores(released, "ada") == {"tests": 3.0, "essay": None}
    assert scores(released, "alan")["tests"] == 0.0
    assert worker.seen == [["data.csv"], []]
    do(released, "feedback")
    do(released, "release_feedback")
    feedback = (root / "course/feedback/alan/ps1/p1.html").read_text()
    assert "only staff know" not in feedback
    assert "AssertionError" in feedback
    assert len(list((root / "exchange/c1/feedback").glob("*.html"))) == 2
    [status] = Overview(released).status()
    assert (status["submitted"], status["missing"]) == (2, ["eve"])
    assert "ada,ada,lab-1,3.0" in Overview(released).grades("plain")
    canvas = Overview(released).grades("canvas").splitlines()
    assert canvas[0].startswith("Student,ID,SIS User ID,SIS Login ID,Section,ps1")
    assert canvas[1].endswith(",5.0")
    modes = {path.stat().st_mode & 0o777 for path in (root / "course").rglob("*.ipynb")}
    assert modes <= {0o660, 0o664}


def test_collect_takes_the_newest_and_nothing_twice(released: Settings, root: Path) -> None:
    course.receive(root, "ada", course.work(root, BAD))
    do(released, "collect")
    course.receive(root, "ada", course.work(root, GOOD))
    assert "Collecting ps1 of ada" in do(released, "collect")
    assert "Nothing newer of ada" in do(released, "collect")
    path = released.places.course / "submitted/ada/ps1"
    assert "2 * x" in (path / "p1.ipynb").read_text()
    assert re.fullmatch(r"[0-9a-f]{128}", (path / "submission_secret.txt").read_text())


def test_a_secret_that_is_none_does_not_stop_everybodys_feedback(
    released: Settings, root: Path, worker: Worker
) -> None:
    folder = course.receive(root, "eve", course.work(root, GOOD), {"evil.html": "<script>"})
    (folder / "files/submission_secret.txt").write_text("../../../etc/passwd")
    course.receive(root, "ada", course.work(root, GOOD))
    do(released, "collect")
    for student in ("ada", "eve"):
        do(released, "autograde", student)
    do(released, "feedback")
    do(released, "release_feedback")
    assert len(list((root / "exchange/c1/feedback").glob("*.html"))) == 2
    assert worker.seen


def test_grade_cells_are_the_teachers(released: Settings, root: Path, worker: Worker) -> None:
    notebook = course.work(root, BAD)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "tests":
            cell.source = "pass"
    course.receive(root, "eve", notebook)
    do(released, "collect")
    do(released, "autograde", "eve")
    assert scores(released, "eve")["tests"] == 0.0
    assert worker.seen


def test_a_duplicated_cell_is_said(released: Settings, root: Path, worker: Worker) -> None:
    notebook = course.work(root, GOOD)
    notebook.cells.append(notebook.cells[2].copy())
    course.receive(root, "ada", notebook)
    do(released, "collect")
    assert "more than once" in do(released, "autograde", "ada")
    assert scores(released, "ada")["tests"] == 3.0
    assert worker.seen


FORGED = {
    "sources": {"cells": [{"source": "x", "outputs": [], "count": 1, "metadata": {"a": 1}}] * 4},
    "too few": {"cells": []},
    "no list": {"cells": {"a": 1}},
    "nothing": {},
}


@pytest.mark.parametrize("name", FORGED)
def test_only_outputs_come_back(released: Settings, root: Path, worker: Worker, name: str) -> None:
    worker.answer = lambda _: {"status": "done", "answer": json.dumps(FORGED[name])}
    course.receive(root, "eve", course.work(root, BAD))
    do(released, "collect")
    do(released, "autograde", "eve")
    notebook = outputs(released, "eve")
    assert course.HIDDEN in notebook.cells[2].source
    assert all("a" not in cell.metadata for cell in notebook.cells)
    assert "makes no sense" in nbformat.writes(notebook) or name == "sources"


@pytest.mark.parametrize("status", ["time", "output", "died"])
def test_a_limit_is_a_failed_test_and_said(
    released: Settings, root: Path, worker: Worker, status: str
) -> None:
    worker.answer = lambda _: {"status": status, "text": f"limit of {status}"}
    course.receive(root, "eve", course.work(root, GOOD))
    do(released, "collect")
    assert f"limit of {status}" in do(released, "autograde", "eve")
    assert scores(released, "eve")["tests"] == 0.0
    assert f"limit of {status}" in nbformat.writes(outputs(released, "eve"))


def test_a_notebook_that_prints_hidden_tests_is_said_and_cut(
    released: Settings, root: Path, worker: Worker
) -> None:
    worker.answer = execute
    spy = new_code_cell(
        "get_ipython().events.register('pre_run_cell', lambda i: print(i.raw_cell))"
    )
    course.receive(root, "eve", course.work(root, GOOD, "x", spy))
    do(released, "collect")
    do(released, "autograde", "eve")
    assert "only staff know" in nbformat.writes(outputs(released, "eve"))
    do(released, "feedback")
    assert "only staff know" not in (root / "course/feedback/eve/ps1/p1.html").read_text()
    assert worker.seen


def test_no_configuration_of_the_course_folder_is_run(released: Settings, root: Path) -> None:
    for folder in (root / "course", root):
        (folder / "nbgrader_config.py").write_text(f"open({str(root / 'ran')!r}, 'w')\n")
    do(released, "collect")
    assert not (root / "ran").exists()
