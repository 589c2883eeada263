"""What the operator's tool asks of a hub that runs, and a homes service that only removes."""

import contextlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer
from typing import Any

from running import Browser, inner

TOKEN = "0123456789abcdef0123456789abcdef"
DUMMY = {"LOGIN": '{"method": "dummy"}', "SECRET": '{"password": "pw"}', "OPERATOR_TOKEN": TOKEN}


@contextmanager
def homes_at(socket: Path) -> Iterator[dict[str, Any]]:
    """Stand in for the homes service: what it answers, and whose homes it was asked to remove."""
    state: dict[str, Any] = {"status": 200, "removed": []}

    class Handler(BaseHTTPRequestHandler):
        def do_DELETE(self) -> None:
            """Remove a home."""
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if state["status"] == 200:
                state["removed"].append(body["username"])
            self.send_response(state["status"])
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def address_string(self) -> str:
            """Name nobody."""
            return "hub"

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with ThreadingUnixStreamServer(str(socket), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield state
        server.shutdown()


def operator(
    url: str, method: str, path: str, token: str = TOKEN, body: object = None
) -> tuple[int, Any]:
    """Ask as the operator's tool does."""
    browser = Browser(inner(url))
    headers = {"Authorization": f"token {token}"}
    status, text, _ = browser.request(
        path, json.dumps(body or {}).encode() if method != "GET" else None, headers, method
    )
    with contextlib.suppress(ValueError):
        return status, json.loads(text)
    return status, None


def as_page(browser: Browser) -> dict[str, str]:
    """Give the headers with which a page of the hub's calls the API."""
    return {
        "X-XSRFToken": browser.xsrf,
        "Referer": f"{browser.url}/hub/home",
        "Content-Type": "application/json",
    }


def names(url: str) -> set[str]:
    """Name everybody whom the hub knows."""
    return {each["name"] for each in operator(url, "GET", "/hub/api/users")[1]}
