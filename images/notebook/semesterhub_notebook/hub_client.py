"""`jupyterhub.httpclient` for a student's server, on tornado's client, which is loaded anyway.

Stock uses aiohttp, whose import costs a twentieth of the whole start. A lookup is made for every
connection, in a thread, by the C library: an address that the hub had before is never dialled.
"""

import ssl
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.httputil import HTTPHeaders

CONNECT_SECONDS = 20.0
REQUEST_SECONDS = 60.0


class Response:
    """As much of aiohttp's response as JupyterHub's single-user code uses."""

    def __init__(self, response: HTTPResponse) -> None:
        self.status: int = response.code
        self.reason: str = response.reason
        self.headers: HTTPHeaders = response.headers
        self._body: bytes = response.body or b""

    @property
    def ok(self) -> bool:
        """Whether the hub did what was asked."""
        return self.status < HTTPStatus.BAD_REQUEST

    async def text(self) -> str:
        """Give the body."""
        return self._body.decode()


async def fetch(  # noqa: PLR0913 (the interface is JupyterHub's)
    url: str,
    *,
    method: str = "GET",
    raise_for_status: bool = True,
    headers: dict[str, str] | None = None,
    data: str | bytes | dict[str, Any] | None = None,
    ssl: ssl.SSLContext | None = None,
) -> Response:
    """Make one request to the hub."""
    headers = dict(headers or {})
    if isinstance(data, dict):
        data = urlencode(data)
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    request = HTTPRequest(
        url,
        method=method,
        headers=headers,
        body=data,
        ssl_options=ssl,
        follow_redirects=method == "GET",
        connect_timeout=CONNECT_SECONDS,
        request_timeout=REQUEST_SECONDS,
        allow_nonstandard_methods=True,
    )
    # an answer of any status is an answer; no answer at all is raised here
    response = await AsyncHTTPClient().fetch(request, raise_error=False)
    answer = Response(response)
    if raise_for_status and not answer.ok:
        raise RuntimeError(f"{method} {url}: HTTP {answer.status} {answer.reason}")
    return answer
