"""What executes a submission, where a cell of it misbehaves."""

import json
from pathlib import Path
from typing import Any

import course
import pytest
from nbformat.v4 import new_code_cell
from semesterhub_grading.settings import Settings
from steps import GOOD, Worker, do, execute

ENDLESS = "while True: pass"
STUBBORN = "import time\nwhile True:\n    try: time.sleep(1)\n    except BaseException: pass"
LOUD = "for _ in range(200): print('x' * 10_000)"


def run(root: Path, worker: Worker, settings: Settings, code: str) -> tuple[str, list[Any]]:
    """Execute ada's good work with a cell of this code before it; answers the log and the cells."""
    worker.answer = execute
    course.receive(root, "ada", course.work(root, GOOD, "essay", new_code_cell(code)))
    do(settings, "collect")
    log = do(settings, "autograde", "ada")
    path = root / "course/autograded/ada/ps1/p1.ipynb"
    return log, json.loads(path.read_text())["cells"]


def test_an_endless_cell_costs_only_itself(
    released: Settings, root: Path, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("steps.CELL_SECONDS", 3)
    _, cells = run(root, worker, released, ENDLESS)
    assert "KeyboardInterrupt" in [output["ename"] for output in cells[1]["outputs"]]
    tests = next(cell for cell in cells if "assert double(1)" in "".join(cell["source"]))
    assert tests["outputs"] == []
    assert tests["execution_count"] is not None


def test_a_cell_that_will_not_end_is_said(
    released: Settings, root: Path, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("steps.CELL_SECONDS", 3)
    log, cells = run(root, worker, released, STUBBORN)
    assert "could not be interrupted" in log
    tests = next(cell for cell in cells if "assert double(1)" in "".join(cell["source"]))
    assert tests["outputs"][0]["ename"] == "NotExecuted"


def test_output_is_cut_and_the_rest_counts(released: Settings, root: Path, worker: Worker) -> None:
    log, cells = run(root, worker, released, LOUD)
    assert "its output was cut after 100000 bytes" in log
    assert len(json.dumps(cells[1]["outputs"])) < 120_000
    tests = next(cell for cell in cells if "assert double(1)" in "".join(cell["source"]))
    assert tests["outputs"] == []
