"""Waiting for a worker: one that is lost is noticed, whatever the clock says, and nothing stays."""

import json
import os
import threading
import time
from pathlib import Path

import pytest
from nbformat.v4 import new_markdown_cell, new_notebook
from semesterhub_grading import sandbox
from semesterhub_grading.sandbox import SandboxExecute

YEAR = 365 * 24 * 3600


@pytest.fixture
def execute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SandboxExecute:
    monkeypatch.setattr(sandbox, "SILENT_SECONDS", 0.4)
    monkeypatch.setattr(sandbox, "EVERY_SECONDS", 0.02)
    for name in ("queued", "running", "done", "submitted"):
        (tmp_path / name).mkdir()
    return SandboxExecute(jobs=str(tmp_path), patience=20)


@pytest.mark.parametrize("ahead", [0, YEAR, -YEAR])
def test_a_worker_that_is_lost_is_noticed(execute: SandboxExecute, ahead: float) -> None:
    """A clock that was set back leaves signs of life in the future."""
    root = Path(execute.jobs)
    (root / "running" / "job").mkdir()
    os.utime(root / "running" / "job", (time.time() + ahead,) * 2)
    began = time.monotonic()
    assert execute._wait(root, "job")["status"] == "lost"
    assert time.monotonic() - began < 10


def test_a_worker_at_work_is_waited_for_though_the_clock_is_set(execute: SandboxExecute) -> None:
    root = Path(execute.jobs)
    running = root / "running" / "job"
    running.mkdir()

    def work() -> None:
        for beat in range(20):
            os.utime(running, (time.time() - beat * YEAR,) * 2)
            time.sleep(0.1)
        (running / "result.json").write_text(json.dumps({"status": "done", "answer": ""}))
        running.rename(root / "done" / "job")

    worker = threading.Thread(target=work)
    worker.start()
    assert execute._wait(root, "job")["status"] == "done"
    worker.join()


def test_a_notebook_that_can_not_be_written_leaves_nothing(execute: SandboxExecute) -> None:
    root = Path(execute.jobs)
    (root / "submitted" / "large.csv").write_bytes(bytes(1000))
    with pytest.raises(UnicodeEncodeError):
        execute._run(new_notebook(cells=[new_markdown_cell("\ud800")]), root / "submitted")
    assert list((root / "queued").iterdir()) == []
