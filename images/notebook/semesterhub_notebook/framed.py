"""Formgrader in a frame: a page that opens it in a tab of its own.

nbgrader's panel shows Formgrader in a frame of JupyterLab's page. Everybody's servers share one
origin, so no page of a server may be framed: a page on a student's server could reach into the
teacher's. The frame gets this page instead. It holds nothing, its sandbox gives it an origin of its
own, and its button asks JupyterLab, by the panel's own way of links, to open Formgrader's address.
"""

import base64
import hashlib
import os

from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.routing import AnyMatches, Router, Rule
from tornado.web import Application, RequestHandler

_SCRIPT = """
document.getElementById("open").addEventListener("click", () => {
  const command = "help:open";
  const args = { url: location.href, text: "Formgrader", newBrowserTab: true };
  parent.postMessage(JSON.stringify({ command, arguments: args }), "*");
});
document.getElementById("address").textContent = location.href;
"""

_STYLE = """
body {
  font: 16px/1.5 system-ui, sans-serif;
  color: #222;
  max-width: 34em;
  margin: 12vh auto;
  padding: 0 1em;
}
button {
  font: inherit;
  padding: .5em 1.2em;
  border: 0;
  border-radius: 4px;
  background: #1565c0;
  color: #fff;
  cursor: pointer;
}
code { overflow-wrap: anywhere; }
"""

_PAGE = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Formgrader</title>
<style>{_STYLE}</style>
<h1>Formgrader</h1>
<p>Grading has a tab of its own.</p>
<p><button id="open" type="button">Open Formgrader</button></p>
<p>Or go to <code id="address"></code></p>
<script>{_SCRIPT}</script>
</html>
"""


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


_POLICY = "; ".join(
    (
        "sandbox allow-scripts",
        "default-src 'none'",
        f"script-src {_hash(_SCRIPT)}",
        f"style-src {_hash(_STYLE)}",
        "frame-ancestors 'self'",
    )
)


class DoorHandler(RequestHandler):
    """Answers with the page; it says nothing that a login would have to guard."""

    def get(self) -> None:
        """Give the page, which is the same for everybody."""
        self.set_header("Content-Security-Policy", _POLICY)
        self.finish(_PAGE)


class ServiceHandler(RequestHandler):
    """Answers with the way to the course's own Formgrader, which all who grade share."""

    def get(self, *_: str) -> None:
        """Go there."""
        hub = os.environ.get("JUPYTERHUB_BASE_URL") or "/"
        self.redirect(f"{hub}services/grading/")


class FramedFormgrader(Router):
    """A rule that answers what is asked of Formgrader, and lets everything else pass."""

    def __init__(self, application: Application, base_url: str) -> None:
        self._application = application
        self._path = f"{base_url}formgrader"

    def find_handler(self, request: HTTPServerRequest, **_: object) -> HTTPMessageDelegate | None:
        """Tell by what the browser says that the answer is for."""
        framed = request.headers.get("Sec-Fetch-Dest") == "iframe"
        ours = request.path == self._path or request.path.startswith(f"{self._path}/")
        if framed and ours:
            return self._application.get_handler_delegate(request, DoorHandler)
        if ours and os.environ.get("SEMESTERHUB_GRADER") == "1":
            return self._application.get_handler_delegate(request, ServiceHandler)
        return None

    def install(self, rules: list[Rule]) -> None:
        """Go before all other rules."""
        rules.insert(0, Rule(AnyMatches(), self))
