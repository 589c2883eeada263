"""The long steps, each in a process of its own: nbgrader changes directory and keeps state.

`perform` runs in that process. The parent hears what it says and can end it.
"""

import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from nbgrader.apps.api import NbGraderAPI
from nbgrader.apps.baseapp import NbGrader
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeFactory
from nbgrader.utils import capture_log, temp_attrs
from traitlets.config import Config

from semesterhub_grading import trials
from semesterhub_grading.configuration import configuration
from semesterhub_grading.feedback import CourseFeedback
from semesterhub_grading.settings import Settings

KINDS = (
    "generate",
    "release",
    "unrelease",
    "collect",
    "autograde",
    "feedback",
    "release_feedback",
)


class CourseApi(NbGraderAPI):
    """nbgrader's API with this course's configuration and nothing read from files."""

    def __init__(self, settings: Settings) -> None:
        config = configuration(settings)
        app = NbGrader(config=config)
        app.coursedir = CourseDirectory(parent=app)
        app.authenticator = Authenticator(parent=app)
        app.exchange = ExchangeFactory(parent=app)
        super().__init__(app.coursedir, app.authenticator, app.exchange, parent=app)

    def generate_feedback(
        self,
        assignment_id: str,
        student_id: str | None = None,
        force: bool = True,  # noqa: FBT001, FBT002 (nbgrader's)
    ) -> dict[str, Any]:
        """Make feedback with the hidden tests hidden."""
        template = Config()
        template.HTMLExporter.template_name = "feedback"
        with temp_attrs(self.coursedir, assignment_id=assignment_id, student_id=student_id or "*"):
            app = CourseFeedback(coursedir=self.coursedir, parent=self)
            app.update_config(template)
            app.force = force
            result: dict[str, Any] = capture_log(app)
            return result


def run(settings: Settings, kind: str, assignment: str, student: str | None) -> dict[str, Any]:
    """Do one step; answers nbgrader's dictionary: success, error, log."""
    if kind == trials.TRIAL:
        return trials.run(settings, assignment, student or "")
    api = CourseApi(settings)
    does: dict[str, Callable[[], dict[str, Any]]] = {
        "generate": lambda: api.generate_assignment(assignment),
        "release": lambda: api.release_assignment(assignment),
        "unrelease": lambda: api.unrelease(assignment),
        "collect": lambda: api.collect(assignment),
        "autograde": lambda: api.autograde(assignment, student or ""),
        "feedback": lambda: api.generate_feedback(assignment, student),
        "release_feedback": lambda: api.release_feedback(assignment, student),
    }
    return does[kind]()


def perform(
    settings: Settings, kind: str, assignment: str, student: str | None, answer: Connection
) -> None:
    """Do one step and send what came of it."""
    os.umask(0o007)
    # Raised as an exception, so that a sandbox's job is taken back.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    logging.getLogger().setLevel(logging.INFO)
    try:
        result = run(settings, kind, assignment, student)
    except Exception as error:  # noqa: BLE001 (whatever it is, the parent tells)
        result = {"success": False, "error": f"{type(error).__name__}: {error}", "log": ""}
    answer.send(json.dumps(result))
    answer.close()
