"""Native login by a hub that runs: sign-up, approval, login."""

import http.cookiejar
import os
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

CONFIG = Path(__file__).parent / "native_hub.py"
PASSWORD = "correct horse battery"


class Browser:
    """Somebody with cookies of their own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def ask(self, path: str, **form: str) -> tuple[int, str, str]:
        """Ask for a page, or send a form; answer status, text and where it ended."""
        if form:
            form["_xsrf"] = next(each.value or "" for each in self.cookies if each.name == "_xsrf")
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


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "jupyterhub", "-f", str(CONFIG)]
    with subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "HUB_URL": url}) as process:
        try:
            deadline = time.monotonic() + 60
            while not _answers(url):
                assert process.poll() is None, "the hub ended"
                assert time.monotonic() < deadline, "the hub does not answer"
                time.sleep(0.1)
            yield url
        finally:
            process.terminate()


def _answers(url: str) -> bool:
    try:
        return Browser(url).ask("/hub/health")[0] == 200
    except OSError:
        return False


def test_sign_up_approval_and_login(hub: str, tmp_path: Path) -> None:
    ada = Browser(hub)
    ada.ask("/hub/signup")
    form = {"signup_password": PASSWORD, "signup_password_confirmation": PASSWORD}
    assert ada.ask("/hub/signup", username="ada", **form)[0] == 200
    assert "not been authorized" in ada.log_in("ada", PASSWORD)[1]
    # what `semesterhub-admin approve ada` does
    with sqlite3.connect(tmp_path / "jupyterhub.sqlite") as database:
        database.execute("UPDATE users_info SET is_authorized = 1 WHERE username = 'ada'")
    assert "Invalid username or password" in Browser(hub).log_in("ada", "wrong password")[1]
    status, _, where = Browser(hub).log_in("ada", PASSWORD)
    assert (status, where) == (200, f"{hub}/hub/home")
