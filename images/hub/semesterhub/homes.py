"""Ask the homes service, on its unix socket, for a person's home, UID and groups."""

import asyncio
import json
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp

TIMEOUT_SECONDS = 30


class HomesError(Exception):
    """The homes service gave no home; the message says why."""


@dataclass(frozen=True)
class Home:
    """Where a person's files are on the machines, and as whom their server runs."""

    slug: str
    uid: int
    gid: int
    groups: tuple[int, ...]
    path: str
    limited: bool = False
    """Whether the home has a limit that its file system enforces."""


async def fetch_home(socket: str, username: str) -> Home:
    """Get a person's home, made if it isn't there yet."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    connector = aiohttp.UnixConnector(path=socket)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            session.post("http://homes/homes", json={"username": username}) as response,
        ):
            return _home(response.status, await response.text())
    except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError) as error:
        raise HomesError(f"the homes service does not answer: {error or 'timed out'}") from error


def _home(status: int, text: str) -> Home:
    try:
        answer = json.loads(text)
        if status != HTTPStatus.OK:
            raise HomesError(f"the homes service answered {status}: {answer['error']}")
        return Home(
            slug=answer["slug"],
            uid=answer["uid"],
            gid=answer["gid"],
            groups=tuple(answer["groups"]),
            path=answer["home"],
            limited=answer["quota"] is not None,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise HomesError(f"the homes service answered {status}: {text[:200]}") from error
