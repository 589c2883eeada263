"""The hub's two doors: one for browsers, by way of the proxy, and one for servers and tools.

Only the proxy can reach the first (a student's firewall is closed to it), and only there do a
request's headers say where it comes from. Behind the other, which students' containers reach, is
the API and nothing else: no page that takes a password.
"""

import json
from collections.abc import Awaitable

from tornado import httputil, web
from tornado.httpserver import HTTPServer
from tornado.routing import Router

MAX_BODY = 2**20
"""Bytes. Nothing of the hub's takes more than some KB; files go to people's own servers."""
INNER_PORT = 8081
FRONT_PORT = 8082

_TOO_LARGE = f"The hub takes no more than {MAX_BODY // 2**20} MB in one request."
_INSIDE = "Inside of the course's network the hub has its API and nothing else."


class CourseApplication(web.Application):
    """JupyterHub's pages, with an end to what a request may bring."""

    def find_handler(  # type: ignore[override] (tornado leaves the type of kwargs open)
        self, request: httputil.HTTPServerRequest, **kwargs: object
    ) -> httputil.HTTPMessageDelegate:
        """Refuse a request that says that it is too large; one that does not say so is cut off."""
        if _length(request) > MAX_BODY:
            return _Refusal(request, 413, _TOO_LARGE)
        return super().find_handler(request, **kwargs)


class InnerDoor(Router):
    """What servers and tools reach: the API."""

    def __init__(self, application: web.Application, prefix: str) -> None:
        """Take the hub's application, and its address (`/hub/`)."""
        self._application = application
        self._api = f"{prefix}api/"

    def find_handler(
        self, request: httputil.HTTPServerRequest, **kwargs: object
    ) -> httputil.HTTPMessageDelegate | None:
        """Hand on what is the API's."""
        if not request.path.startswith(self._api) and request.path != self._api[:-1]:
            return _Refusal(request, 404, _INSIDE)
        return self._application.find_handler(request, **kwargs)


def bound(server: HTTPServer) -> None:
    """End a request whose body is larger than it said, or did not say its size."""
    server.conn_params.max_body_size = MAX_BODY


def open_inner(application: web.Application, prefix: str, port: int, address: str) -> HTTPServer:
    """Listen for servers and tools, and believe no header about where a request comes from."""
    server = HTTPServer(InnerDoor(application, prefix), xheaders=False, max_body_size=MAX_BODY)
    server.listen(port, address=address)
    return server


def _length(request: httputil.HTTPServerRequest) -> int:
    said = request.headers.get("Content-Length", "")
    return int(said) if said.isascii() and said.isdigit() else 0


class _Refusal(httputil.HTTPMessageDelegate):
    """An answer in JSON, given before the body is read."""

    def __init__(self, request: httputil.HTTPServerRequest, status: int, message: str) -> None:
        self._request = request
        self._status = status
        self._body = json.dumps({"status": status, "message": message}).encode()

    def headers_received(
        self,
        start_line: httputil.RequestStartLine | httputil.ResponseStartLine,
        headers: httputil.HTTPHeaders,
    ) -> Awaitable[None] | None:
        """Answer."""
        connection = self._request.connection
        if connection is None:
            return None
        connection.write_headers(
            httputil.ResponseStartLine("HTTP/1.1", self._status, ""),
            httputil.HTTPHeaders(
                {
                    "Content-Type": "application/json",
                    "Content-Length": str(len(self._body)),
                    "Connection": "close",
                }
            ),
            self._body,
        )
        connection.finish()
        return None
