"""nbgrader's handlers, each with what a shared service adds; and the pages that are ours."""

import asyncio
import functools
import html
import json
import logging
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from nbgrader.api import MissingEntry
from nbgrader.server_extensions.formgrader import apihandlers, handlers
from tornado import web

from semesterhub_grading.deadlines import DeadlineError, Deadlines, instant
from semesterhub_grading.jobs import Jobs
from semesterhub_grading.overview import Overview
from semesterhub_grading.people import read_people, tell_gradebook
from semesterhub_grading.settings import Settings

log = logging.getLogger("grading")

BASE_POLICY = "frame-ancestors 'none'; base-uri 'none'; object-src 'none'; form-action 'self'"
FILE_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
# What a browser may show of a student's files; all others are only saved.
SHOWN = {".png", ".jpg", ".jpeg", ".gif", ".txt", ".csv"}


class Shared:
    """For every page: no frame, and no database session that outlives its request."""

    settings: dict[str, Any]

    @property
    def content_security_policy(self) -> str:
        """Refuse to be framed: all servers share one origin."""
        return BASE_POLICY

    def set_default_headers(self) -> None:
        """Set the policy and keep pages out of caches."""
        super().set_default_headers()  # type: ignore[misc]
        self.set_header("X-Content-Type-Options", "nosniff")  # type: ignore[attr-defined]
        self.set_header("Referrer-Policy", "same-origin")  # type: ignore[attr-defined]
        self.set_header("Cache-Control", "no-store")  # type: ignore[attr-defined]

    def on_finish(self) -> None:
        """End the session: the next request begins with what the database has then."""
        super().on_finish()  # type: ignore[misc]
        gradebook = self.settings["nbgrader_gradebook"]
        if gradebook is not None:
            gradebook.db.remove()

    @property
    def who(self) -> str:
        """The grader's name at the hub."""
        return str(self.current_user.username)  # type: ignore[attr-defined]


def step(kind: str) -> Any:  # noqa: ANN401 (a handler's method)
    """Make a handler's `post` that queues a step and answers when it is done, blocking nobody."""

    @web.authenticated
    async def post(self: Any, assignment: str, student: str | None = None) -> None:  # noqa: ANN401
        jobs: Jobs = self.settings["semesterhub_jobs"]
        _known(self.settings, assignment, student)
        job = jobs.add(kind, assignment, student, self.who)
        await job.finished.wait()
        self.write(json.dumps(job.result))

    return post


def _known(settings: dict[str, Any], assignment: str, student: str | None) -> None:
    """Refuse what is a path or a pattern: nbgrader looks for folders by these names."""
    for name in (assignment, student or "x"):
        if set(name) & set("/*?[]\0") or name.startswith("."):
            raise web.HTTPError(400, "this is no name")
    people = read_people(settings["semesterhub_settings"].places.received)
    if student is not None and student not in {person.slug for person in people}:
        raise web.HTTPError(404, "there is no such student")


def recorded(path: Path, entry: dict[str, object]) -> None:
    """Write down who changed what of a grade: a line in the log and in a file that is kept."""
    line = json.dumps({"time": datetime.now(UTC).isoformat(), **entry})
    log.info("grade %s", line)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def _remembering(fields: tuple[str, ...], find: str) -> Any:  # noqa: ANN401 (a handler's method)
    def put(self: Any, entry_id: str) -> None:  # noqa: ANN401
        def look() -> tuple[dict[str, object], dict[str, object]]:
            try:
                row = getattr(self.gradebook, find)(entry_id)
            except MissingEntry:
                raise web.HTTPError(404) from None
            where = {
                "student": row.notebook.student.id,
                "assignment": row.notebook.assignment.assignment.name,
                "notebook": row.notebook.notebook.name,
                "cell": row.cell.name,
            }
            return {name: getattr(row, name) for name in fields}, where

        before, where = look()
        super(type(self), self).put(entry_id)
        after, _ = look()
        if before != after:
            path = self.settings["semesterhub_settings"].places.data / "grades.jsonl"
            recorded(path, {"who": self.who, **where, "from": before, "to": after})

    return put


def _put_deadline(self: Any, assignment: str) -> None:  # noqa: ANN401
    """Take the form's time by the course's clock: its offset would be today's, not that day's."""
    settings: Settings = self.settings["semesterhub_settings"]
    _known(self.settings, assignment, None)
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


def _with_nonce(self: Any, chunk: Any = None) -> Any:  # noqa: ANN401
    """Let no script run in a page with a student's notebook, but those of the page's own head."""
    if self.get_status() == 200 and self._write_buffer:  # noqa: PLR2004
        page = b"".join(self._write_buffer).decode()
        head, end, body = page.partition("</head>")
        nonce = secrets.token_urlsafe(16)
        head = head.replace("<script", f'<script nonce="{nonce}"')
        self._write_buffer = [f"{head}{end}{body}".encode()]
        policy = f"{BASE_POLICY}; script-src 'nonce-{nonce}' 'strict-dynamic'"
        self.set_header("Content-Security-Policy", policy)
    return super(type(self), self).finish(chunk)


def _file_headers(self: Any, path: str) -> None:  # noqa: ANN401
    """Give a student's file an origin of its own without scripts; what may hold any is saved."""
    self.set_header("Content-Security-Policy", FILE_POLICY)
    if Path(path).suffix.lower() not in SHOWN:
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Content-Disposition", "attachment")


_CHANGES: dict[type, dict[str, Any]] = {
    handlers.FormgraderHandler: {"get": web.authenticated(_go_to_assignments)},
    handlers.SubmissionHandler: {"finish": _with_nonce},
    handlers.SubmissionFilesHandler: {"set_extra_headers": _file_headers},
    apihandlers.GradeHandler: {
        "put": web.authenticated(_remembering(("manual_score", "extra_credit"), "find_grade_by_id"))
    },
    apihandlers.CommentHandler: {
        "put": web.authenticated(_remembering(("manual_comment",), "find_comment_by_id"))
    },
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
    return type(handler.__name__, (Shared, handler), _CHANGES.get(handler, {}))


class Page(Shared, JupyterHandler):
    """A page of ours."""


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


class GradesHandler(Page):
    """All grades as CSV."""

    @web.authenticated
    async def get(self) -> None:
        """Write them in the form that is asked for."""
        form = self.get_argument("form", "plain")
        if form not in {"plain", "canvas", "moodle"}:
            raise web.HTTPError(400, "form is plain, canvas or moodle")
        overview = Overview(self.settings["semesterhub_settings"])
        text = await asyncio.to_thread(overview.grades, form)
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", f'attachment; filename="grades-{form}.csv"')
        self.finish(text)


class OverviewHandler(Page):
    """Each assignment at a glance."""

    @web.authenticated
    async def get(self) -> None:
        """Show it."""
        settings: Settings = self.settings["semesterhub_settings"]
        rows = await asyncio.to_thread(Overview(settings).status)
        refused = await asyncio.to_thread(_refused, settings.places.received / "refused.jsonl")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(overview_page(settings, rows, refused))


def _refused(path: Path) -> list[dict[str, str]]:
    try:
        lines = path.read_text("utf-8").splitlines()[-50:]
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in reversed(lines)]


def overview_page(
    settings: Settings, rows: list[dict[str, Any]], refused: list[dict[str, str]]
) -> str:
    """Write the page."""

    def cell(value: object) -> str:
        return f"<td>{html.escape(str(value))}</td>"

    def due(row: dict[str, Any]) -> str:
        if row["due"] is None:
            return "-"
        local = datetime.fromisoformat(row["due"]).astimezone(settings.zone)
        extensions = f", {row['extensions']} extensions" if row["extensions"] else ""
        return f"{local:%Y-%m-%d %H:%M %Z} ({row['late']} late{extensions})"

    body = "".join(
        "<tr>"
        + cell(row["assignment"])
        + cell("yes" if row["released"] else "no")
        + cell(due(row))
        + cell(f"{row['submitted']} of {row['students']}")
        + cell(row["lateSubmissions"])
        + cell(row["graded"])
        + cell(row["feedback"])
        + cell(", ".join(f"{g}: {n}" for g, n in sorted(row["missingByGroup"].items())))
        + f"<td><details><summary>{len(row['missing'])}</summary>"
        + f"{html.escape(', '.join(row['missing']))}</details></td></tr>"
        for row in rows
    )
    problems = "".join(
        f"<tr>{cell(one['time'])}{cell(one['student'])}{cell(one['folder'])}{cell(one['reason'])}</tr>"
        for one in refused
    )
    title = html.escape(settings.title)
    base = html.escape(settings.prefix)
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Assignments of {title}</title>
<style>body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2em; }}
table {{ border-collapse: collapse; }} td, th {{ padding: .3em .8em; border: 1px solid #ccc;
text-align: left; vertical-align: top; }}</style>
<h1>Assignments of {title}</h1>
<p><a href="{base}formgrader/manage_assignments">Formgrader</a> ·
Grades as CSV: <a href="{base}grades.csv">plain</a>,
<a href="{base}grades.csv?form=canvas">Canvas</a>,
<a href="{base}grades.csv?form=moodle">Moodle</a></p>
<table><tr><th>Assignment<th>Released<th>Deadline<th>Submitted<th>Late<th>Graded<th>Feedback
<th>Missing by group<th>Missing</tr>{body}</table>
<h2>Refused submissions</h2>
<table><tr><th>Time<th>Student<th>Folder<th>Reason</tr>{problems}</table></html>"""


def sync_people(settings: Settings, gradebook: Any) -> int:  # noqa: ANN401 (nbgrader's)
    """Put new people of the roster into the gradebook."""
    return tell_gradebook(read_people(settings.places.received), gradebook)
