"""A hub that runs, and somebody with a browser before it."""

import http.cookiejar
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

CONFIG = Path(__file__).parent / "running_hub.py"


class Browser:
    """Somebody with cookies of their own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def ask(self, path: str, **form: str) -> tuple[int, str, str]:
        """Ask for a page, or send a form of the hub's: status, text and where it ended."""
        if form:
            form["_xsrf"] = next(each.value or "" for each in self.cookies if each.name == "_xsrf")
        return self.send(path, form)

    def send(self, path: str, form: dict[str, str]) -> tuple[int, str, str]:
        """Send what another site's form would."""
        data = urllib.parse.urlencode(form).encode() if form else None
        request = urllib.request.Request(f"{self.url}{path}", data)  # noqa: S310 (our own hub)
        try:
            with self.opener.open(request, timeout=30) as answer:
                return answer.status, answer.read().decode(), answer.url
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode(), refused.url

    def log_in(self, name: str, password: str) -> tuple[int, str, str]:
        """Open the page and send its form."""
        self.ask("/hub/login")
        return self.ask("/hub/login?next=%2Fhub%2Fhome", username=name, password=password)


@contextmanager
def running_hub(folder: Path, **environment: str) -> Iterator[str]:
    """Start a hub with its database in a folder (see running_hub.py); give its address."""
    url = free_address()
    command = [sys.executable, "-m", "jupyterhub", "-f", str(CONFIG)]
    env = {**os.environ, **environment, "HUB_URL": url}
    with subprocess.Popen(command, cwd=folder, env=env) as process:
        try:
            await_hub(url, process)
            yield url
        finally:
            process.terminate()


def await_hub(url: str, process: "subprocess.Popen[Any]") -> None:
    """Return when the hub answers."""
    deadline = time.monotonic() + 60
    while not _answers(url):
        assert process.poll() is None, "the hub ended"
        assert time.monotonic() < deadline, "the hub does not answer"
        time.sleep(0.1)  # between two looks: a hub tells nobody that it listens


def free_address() -> str:
    """Find an address of this computer that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def _answers(url: str) -> bool:
    try:
        return Browser(url).ask("/hub/health")[0] == 200
    except OSError:
        return False
