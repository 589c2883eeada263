"""The pages and files that have something of a student's: none of it runs in a grader's browser."""

import base64
import hashlib
import re
import secrets
from pathlib import Path
from typing import Any

from nbgrader.server_extensions.formgrader import handlers

from semesterhub_grading.changes import RELOAD
from semesterhub_grading.shared import BASE_POLICY

FILE_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
# What a browser may show of a student's files; all others are only saved.
SHOWN = {".png", ".jpg", ".jpeg", ".gif", ".txt", ".csv"}
# Nothing of the student's is in the page before this.
_NOTEBOOK = 'id="notebook-container"'
_SCRIPT = re.compile(r"<script\b")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


# The two attributes that nbgrader's page itself has: they show and hide the student's name.
_ATTRIBUTES = " ".join(_hash(f"toggle_name({on});") for on in ("true", "false"))


def _with_nonce(self: Any, chunk: Any = None) -> Any:  # noqa: ANN401 (upstream's)
    """Let no script run in a page with a student's notebook, but those before the notebook."""
    if self.get_status() == 200 and self._write_buffer:  # noqa: PLR2004 (HTTP's)
        page = b"".join(self._write_buffer).decode()
        nonce = secrets.token_urlsafe(16)
        ours, notebook, theirs = page.partition(_NOTEBOOK)
        ours = ours.replace("</head>", f"<script>{RELOAD}</script></head>", 1)
        ours = _SCRIPT.sub(f'<script nonce="{nonce}"', ours)
        self._write_buffer = [f"{ours}{notebook}{theirs}".encode()]
        scripts = f"script-src 'nonce-{nonce}' 'strict-dynamic' 'unsafe-hashes' {_ATTRIBUTES}"
        self.set_header("Content-Security-Policy", f"{BASE_POLICY}; {scripts}")
    return super(type(self), self).finish(chunk)


def _file_headers(self: Any, path: str) -> None:  # noqa: ANN401 (upstream's)
    """Give a student's file an origin of its own without scripts; what may hold any is saved."""
    self.set_header("Content-Security-Policy", FILE_POLICY)
    if Path(path).suffix.lower() not in SHOWN:
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Content-Disposition", "attachment")


HANDLERS: dict[type, dict[str, Any]] = {
    handlers.SubmissionHandler: {"finish": _with_nonce},
    handlers.SubmissionFilesHandler: {"set_extra_headers": _file_headers, "path_of_a_file": True},
}
"""What is added to nbgrader's handlers."""
