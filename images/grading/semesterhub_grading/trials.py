"""A trial run of what was just handed in, so that students see whether it runs elsewhere too.

It runs in the sandbox as it was handed in, with the tests that the student can see: no hidden test,
no points, no gradebook. The intake shows the student how many cells ran without an error.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import nbformat

from semesterhub_grading.collect import Received, submissions
from semesterhub_grading.configuration import configuration
from semesterhub_grading.sandbox import SandboxExecute
from semesterhub_grading.settings import Places, Settings

TRIAL = "trial"
"""What such a job is called in the queue."""
LARGEST = 10 << 20
"""Bytes of a notebook: nobody looks at it before, and it is read in this container."""
TOO_LARGE = "a notebook is larger than 10 MB"
UNREADABLE = "a notebook can't be read"
NONE = "it has none of the assignment's notebooks"


@dataclass(frozen=True)
class Trial:
    """What came of one submission."""

    id: str
    """The submission's, as its receipt has it."""
    cells: int
    """Cells with code."""
    well: int
    """Cells of these that ran without an error."""
    problem: str = ""
    """Why there is nothing to count."""


def place_of(places: Places, assignment: str, student: str) -> Path:
    """Where the intake finds what came of a student's newest submission."""
    return places.data / "trials" / assignment / f"{student}.json"


def run(settings: Settings, assignment: str, student: str) -> dict[str, Any]:
    """Try a student's newest submission; answer as nbgrader's steps do."""
    newest = submissions(settings.places.received, assignment, student)[-1]
    given_out = settings.places.exchange / settings.course / "outbound" / assignment
    trial = _tried(settings, newest, {path.name for path in given_out.glob("*.ipynb")})
    place = place_of(settings.places, assignment, student)
    place.parent.mkdir(parents=True, exist_ok=True)
    new = place.with_name(f".{place.name}")
    new.write_text(json.dumps(asdict(trial)), "utf-8")
    new.replace(place)
    said = f"{trial.well} of {trial.cells} cells ran without an error. {trial.problem}".strip()
    return {"success": True, "error": "", "log": said}


def _tried(settings: Settings, newest: Received, wanted: set[str]) -> Trial:
    files = newest.folder / "files"
    execute = SandboxExecute(config=configuration(settings))
    cells = well = 0
    # Whatever else a student handed in is not what will be graded.
    names = sorted(path.name for path in files.glob("*.ipynb") if path.name in wanted)
    for name in names:
        if (files / name).stat().st_size > LARGEST:
            return Trial(newest.folder.name, 0, 0, TOO_LARGE)
        try:
            notebook = nbformat.read(files / name, as_version=4)
            _code(notebook)  # nbformat only logs what is not valid
        except Exception:  # noqa: BLE001 (a student wrote it: nothing is surprising)
            return Trial(newest.folder.name, 0, 0, UNREADABLE)
        execute.preprocess(notebook, {"metadata": {"path": str(files)}})
        code = _code(notebook)
        cells += len(code)
        well += sum(all(out.output_type != "error" for out in one.outputs) for one in code)
    return Trial(newest.folder.name, cells, well, "" if names else NONE)


def _code(notebook: Any) -> list[Any]:  # noqa: ANN401 (nbformat's)
    return [one for one in notebook.cells if one.cell_type == "code" and one.source.strip()]
