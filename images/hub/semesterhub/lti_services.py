"""Services of a learning management system that a course calls by LTI 1.3."""

import json
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FORM = "application/x-www-form-urlencoded"
SECONDS = 20
FAILURES = (HTTPClientError, OSError, ValueError, KeyError, TypeError)
"""What a platform that does not answer as LTI says ends in."""


def now() -> int:
    """Give the time in seconds."""
    return int(time.time())


def nonce() -> str:
    """Make something that never was before."""
    return secrets.token_urlsafe(24)


def claim(launch: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Read a part of a launch; one that is missing, null or something else is empty."""
    found = launch.get(name)
    return found if isinstance(found, Mapping) else {}


@dataclass(frozen=True)
class Answer:
    """What a service said, and where more of it is."""

    body: Any
    more: str


class Services:
    """The platform's services, as the tool that the course is there."""

    def __init__(self, authenticator: Any, scopes: Sequence[str]) -> None:  # noqa: ANN401 (a CourseLTI13Authenticator)
        self._authenticator = authenticator
        self._scopes = scopes
        self._token = ""

    async def open(self) -> None:
        """Get a token for them."""
        [client] = self._authenticator.client_id
        place = self._authenticator.token_url
        claims = {"iss": client, "sub": client, "aud": place, "jti": nonce()}
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION,
            "client_assertion": self._authenticator.sign(claims),
            "scope": " ".join(self._scopes),
        }
        answer = await _send(place, "POST", urlencode(form), FORM, "application/json")
        self._token = str(json.loads(answer.body)["access_token"])

    async def ask(self, url: str, method: str, kind: str, body: object = None) -> Answer:
        """Ask for something of a kind, or bring it."""
        if urlsplit(url)[:2] != urlsplit(self._authenticator.token_url)[:2]:
            # a token goes to who gave it, whatever address a launch named
            raise ValueError(f"{url} is not on the platform's own host")
        text = None if body is None else json.dumps(body)
        answer = await _send(url, method, text, kind, kind, Authorization=f"Bearer {self._token}")
        more = re.search(r'<([^>]+)>\s*;[^,]*\brel="?next"?', answer.headers.get("Link", ""))
        return Answer(
            json.loads(answer.body) if answer.body else None,
            urljoin(url, more.group(1)) if more else "",
        )


async def _send(
    url: str, method: str, body: str | None, kind: str, accept: str, **headers: str
) -> HTTPResponse:
    told = {**headers, "Accept": accept, **({"Content-Type": kind} if body is not None else {})}
    request = HTTPRequest(url, method, told, body, request_timeout=SECONDS, follow_redirects=False)
    return await AsyncHTTPClient().fetch(request)
