"""Feedback in nbgrader's Assignment List for who handed in more notebooks than were asked for.

The list offers feedback where each notebook of a submission has some. A notebook that is the
student's own, such as one for trying things out, never gets any, and hid the others'.
"""

import os
from pathlib import Path
from typing import Any


def install(manager: type[Any]) -> None:
    """Correct what the server extension's manager tells of submissions."""
    listed = manager.list_submitted_assignments

    def list_submitted_assignments(self: Any, course_id: str | None = None) -> dict[str, Any]:  # noqa: ANN401 (nbgrader's)
        answer: dict[str, Any] = listed(self, course_id=course_id)
        if answer.get("success"):
            for entry in answer["value"]:
                for submission in entry["submissions"]:
                    _offer(submission, self._root_dir)
        return answer

    manager.list_submitted_assignments = list_submitted_assignments


def _offer(submission: dict[str, Any], root: str) -> None:
    """Say whether there is feedback by the notebooks that have some."""
    graded = [
        each
        for each in submission["notebooks"]
        if each["has_local_feedback"] or each["has_exchange_feedback"]
    ]
    if not graded:
        return
    for key in ("has_local_feedback", "has_exchange_feedback"):
        submission[key] = all(each[key] for each in graded)
    if submission["has_local_feedback"]:
        place = Path(graded[0]["local_feedback_path"]).parent
        submission["local_feedback_path"] = os.path.relpath(place, root)
