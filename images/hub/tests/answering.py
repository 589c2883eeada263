"""A server of the test's own that answers in JSON, for what stands in for other people's."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit


class Answering(BaseHTTPRequestHandler):
    """What each of its handlers can do."""

    def do_GET(self) -> None:
        """Hand on what was asked."""
        self.look_up(urlsplit(self.path))

    def do_POST(self) -> None:
        """Hand on the fields of the form that was sent."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.take(flat(body.decode()))

    def look_up(self, place: SplitResult) -> None:
        """Answer a page's request."""
        raise NotImplementedError

    def take(self, form: dict[str, str]) -> None:
        """Answer a form."""
        raise NotImplementedError

    def answer(self, status: int, body: dict[str, Any] | None = None) -> None:
        """Answer in JSON."""
        text = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def send_on(self, place: str) -> None:
        """Send the browser to another page."""
        self.send_response(302)
        self.send_header("Location", place)
        self.end_headers()


@contextmanager
def serving(handler: type[Answering]) -> Iterator[str]:
    """Serve; give the server's URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def flat(query: str) -> dict[str, str]:
    """Read the first value of each field."""
    return {key: values[0] for key, values in parse_qs(query).items()}
