"""The steps of a course, with a sandbox worker that the test plays."""

import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from semesterhub_grading import actions
from semesterhub_grading.settings import Settings
from semesterhub_sandbox import jobs

GOOD = "def double(x):\n    return 2 * x"
BAD = "def double(x):\n    return 3 * x"

CELL_SECONDS = 20

Answer = Callable[[jobs.Job], dict[str, object]]


class Worker:
    """Executes jobs in this container, or answers what the test says."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.answer: Answer = judge
        self.seen: list[list[str]] = []
        self._stop = False
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End."""
        self._stop = True
        self._thread.join(10)

    def _work(self) -> None:
        while not self._stop:
            job = jobs.take(self._root)
            if job is None:
                time.sleep(0.02)  # between two looks, as the sandbox itself: the queue is a folder
                continue
            files = (job.folder / "files").rglob("*")
            self.seen.append(sorted(path.name for path in files))
            job.finish(self.answer(job), self._root)


def judge(job: jobs.Job) -> dict[str, object]:
    """Answer as if the notebook had run: right if it doubles by two."""
    notebook = json.loads((job.folder / "notebook.ipynb").read_text())
    error = {"output_type": "error", "ename": "AssertionError", "evalue": "", "traceback": ["no"]}
    right = "2 * x" in "".join("".join(cell["source"]) for cell in notebook["cells"])
    cells = [
        {"outputs": [] if right or "assert" not in "".join(cell["source"]) else [error], "count": 1}
        for cell in notebook["cells"]
    ]
    return {"status": "done", "answer": json.dumps({"cells": cells})}


def execute(job: jobs.Job) -> dict[str, object]:
    """Run the notebook with the sandbox's own program, in this container."""
    command = [sys.executable, "-I", "-m", "semesterhub_sandbox.run"]
    command += [str(CELL_SECONDS), "100000"]
    work = Path("/tmp/work")
    shutil.rmtree(work, ignore_errors=True)
    done = subprocess.run(command, input=job.content(), capture_output=True, check=False)
    return {"status": "done", "answer": done.stdout.decode()}


def do(settings: Settings, kind: str, student: str | None = None, *, well: bool = True) -> str:
    result = actions.run(settings, kind, "ps1", student)
    assert result["success"] is well, result
    return str(result["log"])
