"""The operator's way in: JSON over a unix socket that only this container's user opens."""

import asyncio
import json
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from tornado import web
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_unix_socket

from semesterhub_grading.actions import KINDS
from semesterhub_grading.deadlines import DeadlineError, Deadlines, instant
from semesterhub_grading.jobs import Jobs
from semesterhub_grading.overview import FORMS, Overview
from semesterhub_grading.people import read_people
from semesterhub_grading.settings import OPERATOR_SOCKET, Settings


class Operator(web.RequestHandler):
    """One request: {"do": …}."""

    def initialize(self, settings: Settings, jobs: Jobs) -> None:
        """Take what it works on."""
        self.course = settings
        self.jobs = jobs

    async def post(self) -> None:
        """Do what is asked; mistakes are answered as {"error": …}."""
        try:
            asked = json.loads(self.request.body)
            answer = await getattr(self, f"do_{asked.pop('do')}")(**asked)
        except (DeadlineError, LookupError, AttributeError, TypeError, ValueError) as error:
            self.set_status(400)
            answer = {"error": str(error)}
        self.finish(json.dumps(answer))

    async def do_run(
        self, kind: str, assignment: str, student: str | None = None
    ) -> list[dict[str, object]]:
        """Queue a step; `autograde` without a student is one job for each submission."""
        if kind not in KINDS:
            raise LookupError(f"there is no step {kind}")
        self._check(assignment)
        if kind in {"generate", "release"}:
            self._refuse_second_release(assignment)
        students: list[str | None] = [self._slug(student) if student else None]
        if kind == "autograde" and student is None:
            places = (self.course.places.course / "submitted").glob(f"*/{assignment}")
            students = sorted(place.parent.name for place in places)
        jobs = [self.jobs.add(kind, assignment, one, "operator") for one in students]
        return [job.describe() for job in jobs]

    async def do_jobs(self, ids: list[str] | None = None) -> list[dict[str, object]]:
        """Tell of these jobs, or of all."""
        wanted = None if ids is None else set(ids)
        return [j.describe() for j in self.jobs.all() if wanted is None or j.id in wanted]

    async def do_log(self, job: str) -> dict[str, Any]:
        """Return what a job said."""
        found = self.jobs.find(job)
        if found is None:
            raise LookupError(f"there is no job {job}")
        return found.result

    async def do_cancel(self, assignment: str | None = None) -> dict[str, int]:
        """End all jobs, or those of an assignment."""
        found = [
            job
            for job in self.jobs.all()
            if not job.finished.is_set() and assignment in {None, job.assignment}
        ]
        for job in found:
            self.jobs.cancel(job)
        return {"cancelled": len(found)}

    async def do_deadline(
        self, assignment: str, due: str | None, late: str | None = None, who: str | None = None
    ) -> dict[str, Any]:
        """Set a deadline or an extension by the course's clock; no time removes it."""
        self._check(assignment)
        deadlines = Deadlines(self.course.places.data)
        when = instant(due, self.course.zone) if due else None
        if late not in {None, "accept", "close"}:
            raise DeadlineError(f"late is {late!r}; it can be accept or close")
        if who is not None:
            if when is None:
                raise DeadlineError("an extension needs a time")
            deadlines.extend(assignment, self._who(who), when)
        elif when is None:
            deadlines.remove(assignment)
        else:
            deadlines.set(assignment, when, late)  # type: ignore[arg-type]
        if who is None:
            await asyncio.to_thread(self._tell_gradebook, assignment, when)
        shown = when.astimezone(self.course.zone) if when else None
        return {"assignment": assignment, "due": f"{shown:%Y-%m-%d %H:%M %Z}" if shown else None}

    async def do_status(self) -> dict[str, Any]:
        """Tell of each assignment, and by which clock deadlines are meant."""
        found = await asyncio.to_thread(Overview(self.course).status)
        return {"zone": self.course.timezone, "assignments": found}

    async def do_grades(self, form: str = "plain", assignment: str | None = None) -> dict[str, str]:
        """Return the grades as CSV."""
        if form not in FORMS:
            raise LookupError(f"there is no form {form}: {', '.join(FORMS)}")
        text = await asyncio.to_thread(Overview(self.course).grades, form, assignment)
        return {"csv": text}

    def _check(self, assignment: str) -> None:
        if assignment not in Overview(self.course).assignments():
            raise LookupError(f"there is no assignment {assignment} in the course folder")

    def _refuse_second_release(self, assignment: str) -> None:
        places = self.course.places
        if (places.exchange / self.course.course / "outbound" / assignment).is_dir():
            raise ValueError(
                f"{assignment} is released already. To give out another version, take it back "
                f"first (npm run assignment unrelease {assignment}). Whoever fetched it keeps it."
            )

    def _tell_gradebook(self, assignment: str, when: Any) -> None:  # noqa: ANN401 (a datetime)
        naive = when.replace(tzinfo=None) if when else None
        with Gradebook(self.course.gradebook, self.course.course) as gradebook:
            gradebook.update_or_create_assignment(assignment, duedate=naive)

    def _slug(self, name: str) -> str:
        people = read_people(self.course.places.received)
        for one in people:
            if name.lower() in {one.slug, one.username}:
                return one.slug
        raise LookupError(f"{name} is nobody of this course")

    def _who(self, who: str) -> str:
        people = read_people(self.course.places.received)
        if who.startswith("@"):
            if not any(who[1:] in one.groups for one in people):
                raise LookupError(f"there is no group {who[1:]}")
            return who
        return self._slug(who)


def listen(settings: Settings, jobs: Jobs, path: Path = OPERATOR_SOCKET) -> HTTPServer:
    """Open the socket."""
    app = web.Application([("/", Operator, {"settings": settings, "jobs": jobs})])
    server = HTTPServer(app)
    path.unlink(missing_ok=True)
    server.add_socket(bind_unix_socket(str(path), mode=0o600))
    return server
