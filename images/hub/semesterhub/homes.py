"""Ask the homes service for a person's home, UID and groups."""

import asyncio
import functools
import json
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import aiohttp

from semesterhub import homes_url, settings
from semesterhub.strict import SettingsError

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
    folders: Mapping[str, str] = field(default_factory=dict)
    """Where the folders of this person's groups are on the machines; `groups` opens them."""


@functools.cache
def client_context(secrets: Path) -> ssl.SSLContext:
    """Make what the hub shows of itself over TLS, and whom it believes.

    These are the files that docker-py takes for the engine: both know the stack's own authority and
    no other. Raise SettingsError where one of them is missing or wrong.
    """
    authority, certificate, key = (secrets / name for name in ("ca.pem", "cert.pem", "key.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # which checks certificate and host name
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(authority)
        context.load_cert_chain(certificate, key)
    except OSError as error:
        problem = f"ca.pem, cert.pem or key.pem can't be used for TLS: {error.strerror}"
        raise SettingsError(str(secrets), [problem]) from error
    return context


def check_homes(url: str) -> None:
    """Raise SettingsError if the service can't be asked with the files that are there."""
    if homes_url.parse(url).host:
        client_context(settings.SECRETS_DIRECTORY)


async def fetch_home(url: str, username: str, folders: Iterable[str] = ()) -> Home:
    """Get a person's home, made if it isn't there yet, from the service at a homesUrl.

    With it come the folders of the groups that are named.
    """
    body = {"username": username, "folders": list(folders)}
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(connector=_connector(url), timeout=timeout) as session,
            session.post(_address(url), json=body) as response,
        ):
            return _home(response.status, await response.text())
    except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError) as error:
        raise HomesError(f"the homes service does not answer: {error or 'timed out'}") from error


async def delete_home(url: str, username: str) -> None:
    """Remove a home with all that is in it; only a workshop's service does that."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(connector=_connector(url), timeout=timeout) as session,
            session.delete(_address(url), json={"username": username}) as response,
        ):
            if response.status not in {HTTPStatus.OK, HTTPStatus.NOT_FOUND}:
                text = await response.text()
                raise HomesError(f"the homes service answered {response.status}: {text[:200]}")
    except (aiohttp.ClientError, TimeoutError) as error:
        raise HomesError(f"the homes service does not answer: {error or 'timed out'}") from error


def _connector(url: str) -> aiohttp.BaseConnector:
    """Make a connector for one request: the service may have another address at the next."""
    address = homes_url.parse(url)
    if address.socket:
        return aiohttp.UnixConnector(path=address.socket)
    return aiohttp.TCPConnector(ssl=client_context(settings.SECRETS_DIRECTORY))


def _address(url: str) -> str:
    address = homes_url.parse(url)
    return "http://homes/homes" if address.socket else f"{url}/homes"


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
            folders=dict(answer["folders"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise HomesError(f"the homes service answered {status}: {text[:200]}") from error
