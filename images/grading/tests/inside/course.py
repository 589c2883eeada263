"""A course with one assignment, and submissions in the store, as the other services make them."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from semesterhub_grading.settings import Places, Sandbox, Settings

HIDDEN = "assert double(21) == 42  # only staff know this"


def settings(root: Path, **more: Any) -> Settings:
    places = Places(
        course=root / "course",
        exchange=root / "exchange",
        received=root / "received",
        data=root / "grading",
        jobs=root / "sandbox",
    )
    return Settings(
        course="c1",
        title="Course",
        timezone="Europe/Berlin",
        prefix="/services/grading/",
        hub_api_url="http://hub:8081/hub/api",
        sandbox=Sandbox(workers=2, seconds=60, cell_seconds=5, output_bytes=200_000),
        show_hidden_tests=False,
        places=places,
        **more,
    )


def make(root: Path) -> Settings:
    """Make the folders, and the source of assignment ps1."""
    made = settings(root)
    for folder in (
        *("course/source/ps1", "received", "grading"),
        *("exchange/c1/outbound", "exchange/c1/inbound", "exchange/c1/feedback"),
        *("sandbox/queued", "sandbox/running", "sandbox/done"),
    ):
        (root / folder).mkdir(parents=True, exist_ok=True)
    nbformat.write(source(), root / "course/source/ps1/p1.ipynb")
    people(root, "ada", "alan", "eve")
    return made


def people(root: Path, *slugs: str) -> None:
    """Say who is in the course."""
    data = [{"username": s, "slug": s, "groups": ["lab-1"], "staff": False} for s in slugs]
    (root / "received/people.json").write_text(json.dumps(data))


def _nbgrader(name: str, **more: Any) -> dict[str, Any]:
    kind = {"grade": False, "solution": False, "locked": False, "task": False, **more}
    return {"nbgrader": {"schema_version": 3, "grade_id": name, **kind}}


def source() -> Any:
    """Write the teacher's notebook: one function with visible and hidden tests, one essay."""
    function = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
    tests = f"assert double(1) == 2\n### BEGIN HIDDEN TESTS\n{HIDDEN}\n### END HIDDEN TESTS"
    return new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        cells=[
            new_markdown_cell("# Doubling"),
            new_code_cell(function, metadata=_nbgrader("double", solution=True)),
            new_code_cell(tests, metadata=_nbgrader("tests", grade=True, locked=True, points=3)),
            new_markdown_cell(
                "essay", metadata=_nbgrader("essay", grade=True, solution=True, points=2)
            ),
        ],
    )


def work(root: Path, answer: str, essay: str = "my essay", *more: Any) -> Any:
    """Work on the released notebook: the answer's code, an essay and further cells."""
    notebook = nbformat.read(root / "exchange/c1/outbound/ps1/p1.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "double":
            cell.source = answer
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "essay":
            cell.source = essay
    notebook.cells[1:1] = list(more)
    return notebook


def receive(root: Path, student: str, notebook: Any, files: dict[str, str] | None = None) -> Path:
    """Put a submission into the store, as the intake does."""
    now = datetime.now(UTC)
    folder = root / "received/ps1" / student / now.strftime("%Y%m%dT%H%M%S.%fZ-0000")
    (folder / "files").mkdir(parents=True)
    nbformat.write(notebook, folder / "files/p1.ipynb")
    (folder / "files/submission_secret.txt").write_text(os.urandom(64).hex())
    for name, text in (files or {}).items():
        (folder / "files" / name).write_text(text)
    receipt = {
        "student": student,
        "received": now.isoformat(),
        "late_seconds": 0,
        "digest": "0" * 64,
    }
    (folder / "receipt.json").write_text(json.dumps(receipt))
    return folder
