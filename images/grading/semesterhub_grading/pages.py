"""nbgrader's handlers, each with what a shared service adds to it."""

import functools
import json
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from nbgrader.server_extensions.formgrader import apihandlers, handlers
from tornado import web

from semesterhub_grading import changes, student_content
from semesterhub_grading.deadlines import DeadlineError, Deadlines, instant
from semesterhub_grading.jobs import Jobs
from semesterhub_grading.settings import Settings
from semesterhub_grading.shared import Page, Shared, check_names


def step(kind: str) -> Any:  # noqa: ANN401 (a handler's method)
    """Make a handler's `post` that queues a step and answers when it is done, blocking nobody."""

    @web.authenticated
    async def post(self: Any, assignment: str, student: str | None = None) -> None:  # noqa: ANN401
        jobs: Jobs = self.settings["semesterhub_jobs"]
        check_names(self.settings, assignment, student)
        job = jobs.add(kind, assignment, student, self.who)
        await job.finished.wait()
        self.write(json.dumps(job.result))

    return post


def _put_deadline(self: Any, assignment: str) -> None:  # noqa: ANN401
    """Take the form's time by the course's clock: its offset would be today's, not that day's."""
    settings: Settings = self.settings["semesterhub_settings"]
    check_names(self.settings, assignment, None)
    text = (self.get_json_body() or {}).get("duedate_notimezone")
    deadlines = Deadlines(settings.places.data)
    try:
        due = instant(text, settings.zone) if text else None
    except DeadlineError as error:
        raise web.HTTPError(400, str(error)) from None
    if due is None:
        deadlines.remove(assignment)
    else:
        deadlines.set(assignment, due)
    self.gradebook.update_or_create_assignment(
        assignment, duedate=due.replace(tzinfo=None) if due else None
    )
    (settings.places.course / "source" / assignment).mkdir(parents=True, exist_ok=True)
    self.write(json.dumps(self.api.get_assignment(assignment)))


def _go_to_assignments(self: Any) -> None:  # noqa: ANN401
    """Ignore the argument `path`, by which nbgrader would run a configuration from there."""
    self.redirect(f"{self.base_url}/formgrader/manage_assignments")


_ADDED: dict[type, dict[str, Any]] = {
    **changes.HANDLERS,
    **student_content.HANDLERS,
    handlers.FormgraderHandler: {"get": web.authenticated(_go_to_assignments)},
    apihandlers.AssignmentHandler: {"put": web.authenticated(_put_deadline)},
    apihandlers.AssignHandler: {"post": step("generate")},
    apihandlers.UnReleaseHandler: {"post": step("unrelease")},
    apihandlers.ReleaseHandler: {"post": step("release")},
    apihandlers.CollectHandler: {"post": step("collect")},
    apihandlers.AutogradeHandler: {"post": step("autograde")},
    apihandlers.GenerateAllFeedbackHandler: {"post": step("feedback")},
    apihandlers.ReleaseAllFeedbackHandler: {"post": step("release_feedback")},
    apihandlers.GenerateFeedbackHandler: {"post": step("feedback")},
    apihandlers.ReleaseFeedbackHandler: {"post": step("release_feedback")},
}


@functools.cache
def replaced(handler: type) -> type:
    """Return a handler of nbgrader's with what is added to it; files of the package stay."""
    if not issubclass(handler, handlers.BaseHandler):
        return handler
    return type(handler.__name__, (Shared, handler), _ADDED.get(handler, {}))


class HealthHandler(web.RequestHandler):
    """Whether the service answers, and how its queue is, for the alerts; no name of anybody."""

    @allow_unauthenticated
    def get(self) -> None:
        """Say so."""
        self.write({"status": "ok", "queue": self.settings["semesterhub_jobs"].queue()})


class IndexHandler(Page):
    """The first page."""

    @web.authenticated
    def get(self) -> None:
        """Go to formgrader."""
        self.redirect(f"{self.base_url.rstrip('/')}/formgrader/manage_assignments")
