"""Grades and comments that a grader changes: each is written down, and none is lost to another's.

The page sends score and extra credit together, each as it knows them. So a page that is older than
another grader's change would put back what was there before: it is refused, and told to reload.
"""

import itertools
import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.api import MissingEntry
from nbgrader.server_extensions.formgrader import apihandlers
from tornado import web

log = logging.getLogger("grading")

RELOAD = r"""
$(document).ajaxError(function (event, answer) {
  if (answer.status !== 409) return;
  // nbgrader puts the number before what is said.
  alert(answer.responseText.replace(/^\d+: /, ""));
  location.reload();
});
"""
"""For the head of the page with a submission."""


class Changes:
    """Who has seen a submission since when, and who changed what of it last."""

    def __init__(self) -> None:
        self._moment = itertools.count(1)
        self._seen: dict[tuple[str, str], int] = {}
        self._changed: dict[str, tuple[int, str]] = {}

    def seen(self, who: str, submission: str) -> None:
        """Note that somebody's page has a submission's grades or comments as they are now."""
        self._seen[(who, submission)] = next(self._moment)

    def changed(self, who: str, entry: str) -> None:
        """Note that somebody changed a grade or a comment."""
        self._changed[entry] = (next(self._moment), who)

    def newer(self, who: str, submission: str, entry: str) -> str | None:
        """Return who changed an entry since one saw it; None if nobody else did."""
        moment, other = self._changed.get(entry, (0, who))
        since = self._seen.get((who, submission), 0)
        return other if other != who and moment > since else None


def record(path: Path, entry: dict[str, object]) -> None:
    """Write down who changed what of a grade: a line in the log and in a file that is kept."""
    line = json.dumps({"time": datetime.now(UTC).isoformat(), **entry})
    log.info("grade %s", line)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def _seeing(self: Any) -> None:  # noqa: ANN401 (a handler)
    """Answer with all grades or comments of a submission."""
    changes: Changes = self.settings["semesterhub_changes"]
    changes.seen(self.who, self.get_argument("submission_id"))
    super(type(self), self).get()


def _changing(fields: tuple[str, ...], find: str) -> Any:  # noqa: ANN401 (a handler's method)
    def put(self: Any, entry_id: str) -> None:  # noqa: ANN401 (upstream's)
        changes: Changes = self.settings["semesterhub_changes"]
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
        if other := changes.newer(self.who, row.notebook.id, entry_id):
            text = f"{other} has changed this since you opened it, so yours is not saved"
            raise web.HTTPError(409, f"{text}. The page shows theirs when it is loaded again.")
        before = {name: getattr(row, name) for name in fields}
        super(type(self), self).put(entry_id)
        row = getattr(self.gradebook, find)(entry_id)
        after = {name: getattr(row, name) for name in fields}
        if before != after:
            changes.changed(self.who, entry_id)
            path = self.settings["semesterhub_settings"].places.data / "grades.jsonl"
            record(path, {"who": self.who, **where, "from": before, "to": after})

    return put


HANDLERS: dict[type, dict[str, Any]] = {
    apihandlers.GradeCollectionHandler: {"get": web.authenticated(_seeing)},
    apihandlers.CommentCollectionHandler: {"get": web.authenticated(_seeing)},
    apihandlers.GradeHandler: {
        "put": web.authenticated(_changing(("manual_score", "extra_credit"), "find_grade_by_id"))
    },
    apihandlers.CommentHandler: {
        "put": web.authenticated(_changing(("manual_comment",), "find_comment_by_id"))
    },
}
"""What is added to nbgrader's handlers."""
