"""`semesterhub-alerts gauge`: tells the alerts how a machine is that has no other service of ours.

Answers anybody on the course's network, where students' servers reach nothing but the hub's port.
What it tells is three pairs of numbers and the time.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from semesterhub_alerts.machine import measure

PORT = 8090


class Handler(BaseHTTPRequestHandler):
    """Every GET has the same answer."""

    timeout = 10
    server_version = "gauge"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer."""
        body = json.dumps(measure()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing: it is asked every minute."""


def serve(port: int = PORT) -> None:
    """Serve until the container ends."""
    ThreadingHTTPServer(("", port), Handler).serve_forever()
