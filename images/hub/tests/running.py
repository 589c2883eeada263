"""A hub that runs, and somebody with a browser before it."""

import http.cookiejar
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conftest import SETTINGS

CONFIG = Path(__file__).parent / "running_hub.py"
Roster = dict[str, Any]
ADA: Roster = {"students": ["ada"], "staff": ["teacher"], "groups": {}}


class Browser:
    """Somebody with cookies of their own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def ask(self, path: str, **form: str) -> tuple[int, str, str]:
        """Ask for a page, or send a form of the hub's: status, text and where it ended."""
        if form:
            form["_xsrf"] = self.xsrf
        return self.send(path, form)

    @property
    def xsrf(self) -> str:
        """What the hub's forms carry."""
        return next(each.value or "" for each in self.cookies if each.name == "_xsrf")

    def forget_login(self) -> None:
        """Log out, as somebody does who closes the browser."""
        kept = [each for each in self.cookies if each.name == "semesterhub-device"]
        self.cookies.clear()
        for each in kept:
            self.cookies.set_cookie(each)

    def send(self, path: str, form: dict[str, str], **headers: str) -> tuple[int, str, str]:
        """Send what another site's form would."""
        data = urllib.parse.urlencode(form).encode() if form else None
        return self.request(path, data, headers)

    def ask_once(self, path: str) -> tuple[int, str, str]:
        """Ask for a page, and follow no redirect."""
        opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.cookies), _Stay()
        )
        try:
            with opener.open(f"{self.url}{path}", timeout=60) as answer:
                return answer.status, answer.read().decode(), answer.url
        except urllib.error.HTTPError as other:
            return other.code, other.read().decode(), other.headers.get("Location", "")

    def request(
        self, path: str, data: bytes | None, headers: dict[str, str], method: str | None = None
    ) -> tuple[int, str, str]:
        """Send anything."""
        request = urllib.request.Request(f"{self.url}{path}", data, headers, method=method)  # noqa: S310 (our own hub)
        try:
            with self.opener.open(request, timeout=30) as answer:
                return answer.status, answer.read().decode(), answer.url
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode(), refused.url

    def log_in(self, name: str, password: str) -> tuple[int, str, str]:
        """Open the page and send its form."""
        self.ask("/hub/login")
        return self.ask("/hub/login?next=%2Fhub%2Fhome", username=name, password=password)


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Stay."""


@contextmanager
def running_hub(
    folder: Path,
    roster: Roster = ADA,
    changes: dict[str, Any] | None = None,
    **environment: str,
) -> Iterator[str]:
    """Start a hub with its database in a folder (see running_hub.py); give its address.

    `changes` are made to its hub.json.

    What servers and tools reach is at `inner(address)`.
    """
    url = free_address()
    settings = {
        **SETTINGS,
        **(changes or {}),
        "databaseUrl": environment.get("DATABASE_URL", f"sqlite:///{folder}/jupyterhub.sqlite"),
        "homesUrl": environment.get("HOMES_URL", SETTINGS["homesUrl"]),
    }
    (folder / "hub.json").write_text(json.dumps(settings))
    (folder / "roster.json").write_text(json.dumps(roster))
    command = [sys.executable, str(CONFIG.with_name("running_kept.py"))]
    env = {
        **os.environ,
        "SEMESTERHUB_SETTINGS": str(folder),
        "SEMESTERHUB_SECRETS": str(folder),
        "SEMESTERHUB_ROSTER": str(folder / "roster.json"),
        **environment,
        "HUB_URL": url,
    }
    with subprocess.Popen(command, cwd=folder, env=env) as process:
        try:
            await_hub(url, process)
            yield url
        finally:
            process.terminate()


def inner(url: str) -> str:
    """Give the address of the door for servers and tools."""
    host, _, port = url.rpartition(":")
    return f"{host}:{int(port) + 1}"


def await_hub(url: str, process: "subprocess.Popen[Any]") -> None:
    """Return when the hub answers."""
    deadline = time.monotonic() + 60
    while not _answers(url):
        assert process.poll() is None, "the hub ended"
        assert time.monotonic() < deadline, "the hub does not answer"
        time.sleep(0.1)  # between two looks: a hub tells nobody that it listens


def free_address() -> str:
    """Find an address of this computer that nobody listens on."""
    while True:
        with socket.socket() as free, socket.socket() as next_one:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
            try:
                next_one.bind(("127.0.0.1", port + 1))  # the hub's other door
            except (OSError, OverflowError):
                continue
            return f"http://127.0.0.1:{port}"


def _answers(url: str) -> bool:
    try:
        return Browser(url).ask("/hub/health")[0] == 200
    except OSError:
        return False
