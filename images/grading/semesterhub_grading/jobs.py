"""The queue of long steps: what waits, what runs, what came of it."""

import asyncio
import json
import logging
import multiprocessing
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from semesterhub_grading import actions
from semesterhub_grading.settings import Settings
from semesterhub_grading.trials import TRIAL

log = logging.getLogger("grading")

State = Literal["waiting", "running", "done", "failed", "cancelled"]
KEPT = 2000


@dataclass
class Job:
    """One step, of one assignment or one submission."""

    kind: str
    assignment: str
    student: str | None
    who: str
    id: str = field(default_factory=lambda: secrets.token_hex(6))
    state: State = "waiting"
    asked: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended: datetime | None = None
    result: dict[str, Any] = field(default_factory=dict)
    process: Any = None
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    def describe(self) -> dict[str, object]:
        """Tell of it as JSON; the log is long and asked for by id."""
        return {
            "id": self.id,
            "kind": self.kind,
            "assignment": self.assignment,
            "student": self.student,
            "who": self.who,
            "state": self.state,
            "asked": self.asked.isoformat(),
            "ended": self.ended.isoformat() if self.ended else None,
            "error": last_line(self.result.get("error") or ""),
        }


def last_line(text: str) -> str:
    """Return what a traceback says in the end."""
    return next((line for line in reversed(text.strip().splitlines()) if line.strip()), "")


class Jobs:
    """Runs submissions side by side, and steps of a whole assignment one after the other."""

    def __init__(self, settings: Settings, perform: Callable[..., None] = actions.perform) -> None:
        self._settings = settings
        self._perform = perform
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._began = datetime.now(UTC)
        self._tasks: set[asyncio.Task[None]] = set()
        self._one = asyncio.Semaphore(1)
        # A worker starts anew after each job: two more keep all of them at work.
        self._many = asyncio.Semaphore(settings.sandbox.workers + 2)
        # A class that hands in holds no grader up: the sandbox has as many of theirs.
        self._trials = asyncio.Semaphore(settings.sandbox.workers)
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["semesterhub_grading.actions"])

    def add(self, kind: str, assignment: str, student: str | None, who: str) -> Job:
        """Put a step in the queue; the same one that waits already is not put there twice."""
        for job in self._jobs.values():
            same = (job.kind, job.assignment, job.student) == (kind, assignment, student)
            if same and job.state == "waiting":
                return job
        job = Job(kind, assignment, student, who)
        self._jobs[job.id] = job
        while len(self._jobs) > KEPT:
            oldest = next(iter(self._jobs.values()))
            if not oldest.finished.is_set():
                break
            self._jobs.pop(oldest.id)
        task = asyncio.get_running_loop().create_task(self._run(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    def find(self, job_id: str) -> Job | None:
        """Return a job that is known still."""
        return self._jobs.get(job_id)

    def all(self) -> list[Job]:
        """Return all that are known, oldest first."""
        return list(self._jobs.values())

    def queue(self) -> dict[str, float]:
        """Tell how many wait, how long the oldest does, and since when none came to its end."""
        now = datetime.now(UTC)
        waiting = [job.asked for job in self._jobs.values() if job.state == "waiting"]
        ended = [job.ended for job in self._jobs.values() if job.ended]
        return {
            "waiting": len(waiting),
            "waited": (now - min(waiting, default=now)).total_seconds(),
            "idle": (now - max(ended, default=self._began)).total_seconds(),
        }

    def cancel(self, job: Job) -> None:
        """End a job, or take it out of the queue."""
        if job.finished.is_set():
            return
        job.state = "cancelled"
        # One that is about to start sees it by itself.
        if job.process is not None and job.process.pid is not None:
            job.process.terminate()

    def close(self) -> None:
        """End everything."""
        for job in self.all():
            self.cancel(job)

    async def _run(self, job: Job) -> None:
        slots = {"autograde": self._many, TRIAL: self._trials}.get(job.kind, self._one)
        try:
            async with slots:
                if job.state == "waiting":
                    job.state = "running"
                    await self._execute(job)
        finally:
            job.ended = datetime.now(UTC)
            job.process = None
            if not job.result:
                job.result = {"success": False, "error": job.state, "log": ""}
            job.finished.set()
            log.info("%s", json.dumps(job.describe()))

    async def _execute(self, job: Job) -> None:
        ours, theirs = self._context.Pipe(duplex=False)
        job.process = self._context.Process(
            target=self._perform,
            args=(self._settings, job.kind, job.assignment, job.student, theirs),
            daemon=True,
        )
        try:
            await asyncio.to_thread(job.process.start)
            theirs.close()
            if job.state == "cancelled":
                job.process.terminate()
            text = await asyncio.to_thread(_receive, ours)
            await asyncio.to_thread(job.process.join)
        finally:
            ours.close()
        if text:
            job.result = json.loads(text)
        if job.state == "running":
            job.state = "done" if job.result.get("success") else "failed"


def _receive(connection: Any) -> str:  # noqa: ANN401 (multiprocessing's)
    try:
        return str(connection.recv())
    except EOFError:
        return ""
