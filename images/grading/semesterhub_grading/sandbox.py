"""nbgrader's step Execute, carried out in a container of its own (semesterhub_sandbox)."""

import json
import secrets
import shutil
import time
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Integer, Unicode

from semesterhub_grading import cleaning

EVERY_SECONDS = 0.2
SILENT_SECONDS = 45
TRIES = 2
# Of these the grader's course folder is full, and no notebook needs them.
LEFT_OUT = {"timestamp.txt", "submission_secret.txt"}


class SandboxError(RuntimeError):
    """The sandbox did not do it; this is not the submission's fault."""


class SandboxExecute(NbGraderPreprocessor):
    """Hands a notebook to the next free worker and takes its cells' outputs back."""

    jobs = Unicode("/srv/sandbox").tag(config=True)
    seconds = Integer(300).tag(config=True)
    cell_seconds = Integer(30).tag(config=True)
    output_bytes = Integer(5_000_000).tag(config=True)
    patience = Integer(24 * 3600, help="Seconds in the queue and on a worker.").tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:  # noqa: ANN401 (nbconvert's)
        """Execute a notebook."""
        place = Path(resources["metadata"]["path"])
        answer: dict[str, Any] = {}
        for _ in range(TRIES):
            answer = self._run(nb, place)
            if answer["status"] != "lost":
                break
            self.log.warning("The worker was lost; once more")
        if answer["status"] in {"lost", "cancelled"}:
            raise SandboxError(answer["text"])
        problem = self._merge(nb, answer)
        if problem:
            self.log.warning("Sandbox: %s", problem)
        return nb, resources

    def _run(self, nb: Any, place: Path) -> dict[str, Any]:  # noqa: ANN401
        root = Path(self.jobs)
        name = f"{time.time_ns()}-{secrets.token_hex(4)}"
        new = root / "queued" / f".{name}"
        try:
            self._write(nb, place, new)
            new.rename(root / "queued" / name)
            return self._wait(root, name)
        finally:
            shutil.rmtree(new, ignore_errors=True)
            self._clean_up(root, name)

    def _write(self, nb: Any, place: Path, new: Path) -> None:  # noqa: ANN401
        shutil.copytree(place, new / "files", ignore=self._ignored, symlinks=True)
        (new / "notebook.ipynb").write_text(nbformat.writes(nb), "utf-8")
        limits = {
            "seconds": self.seconds,
            "cellSeconds": self.cell_seconds,
            "outputBytes": self.output_bytes,
        }
        (new / "job.json").write_text(json.dumps(limits), "utf-8")
        for path in (new, *new.rglob("*")):
            path.chmod(0o2770 if path.is_dir() else 0o660)

    def _wait(self, root: Path, name: str) -> dict[str, Any]:
        began = heard = time.monotonic()
        beat: float | None = None
        while (now := time.monotonic()) - began < self.patience:
            result = root / "done" / name / "result.json"
            if result.exists():
                found: dict[str, Any] = json.loads(result.read_text("utf-8"))
                return found
            # A sign of life is a time that is another one: whichever, if a clock is set meanwhile.
            last, beat = beat, _beat(root / "running" / name)
            if beat is None or beat != last:
                heard = now
            elif now - heard > SILENT_SECONDS:
                return {"status": "lost", "text": "the worker was lost, twice"}
            time.sleep(EVERY_SECONDS)
        return {"status": "cancelled", "text": f"no worker took it within {self.patience} s"}

    def _clean_up(self, root: Path, name: str) -> None:
        for folder in (root / "queued" / name, root / "done" / name):
            shutil.rmtree(folder, ignore_errors=True)
        running = root / "running" / name
        if running.exists():  # given up: the worker sees it and ends
            (running / "cancel").touch()
            shutil.rmtree(running, ignore_errors=True)

    @staticmethod
    def _ignored(_: str, names: list[str]) -> set[str]:
        return {name for name in names if name in LEFT_OUT or name.endswith(".ipynb")}

    def _merge(self, nb: Any, answer: dict[str, Any]) -> str:  # noqa: ANN401
        """Put outputs into our own notebook: its sources and metadata stay as they are."""
        problem, cells = answer.get("text", ""), []
        if answer["status"] == "done":
            problem, cells = _read(answer["answer"], len(nb.cells))
        budget = cleaning.Budget()
        for index, cell in enumerate(nb.cells):
            if cell.cell_type != "code":
                continue
            came = cells[index] if index < len(cells) else None
            outputs, number = _outputs(came, budget)
            if number is None and cell.source.strip():
                outputs.append(_error("NotExecuted", problem or "this cell was not executed"))
            cell.outputs = [nbformat.from_dict(one) for one in outputs]
            cell.execution_count = number
        return problem


def _beat(folder: Path) -> float | None:
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:
        return None


def _read(text: str, count: int) -> tuple[str, list[Any]]:
    """Read a worker's answer: a student's code may have written it."""
    try:
        data = json.loads(text)
        cells = data["cells"]
        problem = str(data.get("problem", ""))[:500]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "its result makes no sense", []
    if not isinstance(cells, list) or len(cells) != count:
        return "its result makes no sense", []
    return problem, cells


def _outputs(came: object, budget: cleaning.Budget) -> tuple[list[dict[str, Any]], int | None]:
    if not isinstance(came, dict) or not isinstance(came.get("outputs"), list):
        return [], None
    made = [cleaning.output(raw, budget) for raw in came["outputs"]]
    return [one for one in made if one is not None], cleaning.count(came.get("count"))


def _error(name: str, text: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": [f"{name}: {text}"]}
