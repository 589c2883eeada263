"""What is handed in is tried once, without hidden tests and without a trace in the gradebook."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import course
import performing
import pytest
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook, MissingEntry
from semesterhub_grading import trials
from semesterhub_grading.jobs import Jobs
from semesterhub_grading.settings import Settings
from semesterhub_grading.trial_queue import FRESH, Trials
from steps import BAD, GOOD, Worker, do

NO_CODE = json.dumps(
    {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [{"cell_type": "code", "metadata": {}, "source": 5}],
    }
)


def told(settings: Settings, student: str = "ada") -> dict[str, Any]:
    text = trials.place_of(settings.places, "ps1", student).read_text()
    return dict(json.loads(text))


def test_cells_that_ran_are_counted(released: Settings, root: Path, worker: Worker) -> None:
    empty, spy = new_code_cell(" "), new_code_cell("print(1)")
    folder = course.receive(root, "ada", course.work(root, BAD, "essay", spy, empty))
    log = do(released, trials.TRIAL, "ada")
    assert told(released) == {"id": folder.name, "cells": 3, "well": 2, "problem": ""}
    assert log == "2 of 3 cells ran without an error."
    # the newest counts
    newer = course.receive(root, "ada", course.work(root, GOOD))
    do(released, trials.TRIAL, "ada")
    assert told(released) == {"id": newer.name, "cells": 2, "well": 2, "problem": ""}
    # nothing of it is a grade, or collected
    assert worker.seen == [[], []]
    assert not (root / "course/submitted").exists()
    with (
        Gradebook(released.gradebook, "c1") as gradebook,
        pytest.raises(MissingEntry),
    ):
        gradebook.find_submission("ps1", "ada")


def test_hidden_tests_are_not_in_it(released: Settings, root: Path, worker: Worker) -> None:
    seen: list[str] = []

    def answer(job: Any) -> dict[str, object]:
        seen.append((job.folder / "notebook.ipynb").read_text())
        return {"status": "done", "answer": "[]"}

    worker.answer = answer
    course.receive(root, "ada", course.work(root, GOOD))
    do(released, trials.TRIAL, "ada")
    assert len(seen) == 1
    assert "assert double(1)" in seen[0]
    assert "only staff know" not in seen[0]
    # a worker that answers nonsense ran nothing
    assert told(released)["well"] == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{}", trials.UNREADABLE),
        ("[" * 9999, trials.UNREADABLE),
        (NO_CODE, trials.UNREADABLE),
        (" " * (11 << 20), trials.TOO_LARGE),
    ],
)
def test_what_is_no_notebook(released: Settings, root: Path, text: str, problem: str) -> None:
    folder = course.receive(root, "ada", course.work(root, GOOD))
    (folder / "files/p1.ipynb").write_text(text)
    do(released, trials.TRIAL, "ada")
    assert told(released) == {"id": folder.name, "cells": 0, "well": 0, "problem": problem}


def test_only_the_assignments_notebooks_count(released: Settings, root: Path) -> None:
    folder = course.receive(root, "ada", course.work(root, GOOD))
    (folder / "files/p1.ipynb").rename(folder / "files/own.ipynb")
    do(released, trials.TRIAL, "ada")
    assert told(released)["problem"] == trials.NONE


def test_each_submission_is_tried_once(released: Settings, root: Path, worker: Worker) -> None:
    del worker
    now = datetime.now(UTC)
    jobs: Any = None  # nothing is queued here
    looking = Trials(released, jobs, lambda: now)
    assert looking.look() == []
    course.receive(root, "ada", course.work(root, GOOD))
    course.receive(root, "eve", course.work(root, GOOD))
    assert sorted(looking.look()) == [("ps1", "ada"), ("ps1", "eve")]
    assert looking.look() == []
    do(released, trials.TRIAL, "ada")
    # after a restart who was not tried is tried
    assert Trials(released, jobs, lambda: now).look() == [("ps1", "eve")]
    course.receive(root, "ada", course.work(root, BAD))
    assert looking.look() == [("ps1", "ada")]
    assert Trials(released, jobs, lambda: now + FRESH + timedelta(minutes=1)).look() == []


def test_who_hands_in_all_the_time_has_one_place(released: Settings, root: Path) -> None:
    data = released.places.data

    async def whole(jobs: Jobs) -> None:
        course.receive(root, "eve", course.work(root, GOOD))
        looking = asyncio.create_task(Trials(released, jobs).forever())
        await _until((data / "eve.runs").exists)
        course.receive(root, "eve", course.work(root, BAD))
        course.receive(root, "ada", course.work(root, GOOD))
        await _until((data / "ada.runs").exists)
        assert [job.student for job in jobs.all()] == ["eve", "ada"]
        (data / "eve.go").write_text("")
        await _until(lambda: len(jobs.all()) > 2)
        assert jobs.all()[-1].student == "eve"
        looking.cancel()

    async def closed_in_the_end() -> None:
        jobs = Jobs(released, performing.once_told)
        try:
            await whole(jobs)
        finally:
            jobs.close()
            await asyncio.gather(*(each.finished.wait() for each in jobs.all()))

    asyncio.run(closed_in_the_end())


async def _until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not done():  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.01)


def test_trials_hold_no_grader_up(settings: Settings) -> None:
    async def whole() -> None:
        jobs = Jobs(settings, performing.once_told)
        for number in range(6):
            jobs.add(trials.TRIAL, "ps1", f"t{number}", "submission")
        job = jobs.add("autograde", "ps1", "graded", "grace")
        data = settings.places.data
        async with asyncio.timeout(30):
            while not (data / "graded.runs").exists():  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.01)
            (data / "graded.go").write_text("")
            await job.finished.wait()
        running = {path.stem for path in data.glob("t*.runs")}
        assert running <= {"t0", "t1"}
        jobs.close()
        await asyncio.gather(*(each.finished.wait() for each in jobs.all()))

    asyncio.run(whole())
