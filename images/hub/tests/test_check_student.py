"""Who is made for a check: by the operator alone, in by a code that works once, and gone again."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer
from typing import Any

import pytest
from conftest import SETTINGS
from running import Browser, inner, running_hub

TOKEN = "0123456789abcdef0123456789abcdef"
DUMMY = {"LOGIN": '{"method": "dummy"}', "SECRET": '{"password": "pw"}', "OPERATOR_TOKEN": TOKEN}


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
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

    socket = tmp_path / "homes.sock"
    monkeypatch.setitem(SETTINGS, "homesUrl", f"unix://{socket}")
    with ThreadingUnixStreamServer(str(socket), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield state
        server.shutdown()


def operator(url: str, method: str, path: str, token: str = TOKEN) -> tuple[int, Any]:
    browser = Browser(inner(url))
    headers = {"Authorization": f"token {token}"}
    status, text, _ = browser.request(path, b"{}" if method == "POST" else None, headers, method)
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
    return {each["name"] for each in operator(url, "GET", "/hub/api/users")[1]}


def test_a_student_for_a_check(tmp_path: Path, homes: dict[str, Any]) -> None:
    with running_hub(tmp_path, **DUMMY) as url:
        # nobody but the operator makes one, or removes one
        assert operator(url, "POST", "/hub/api/course/check", "0" * 32)[0] == 403
        ada = Browser(url)
        assert ada.log_in("ada", "pw")[2].endswith("/hub/home")
        headers = as_page(ada)
        assert ada.request("/hub/api/course/check", b"{}", headers)[0] == 403

        status, made = operator(url, "POST", "/hub/api/course/check")
        assert (status, made["others"]) == (200, 0)
        name = made["name"]
        newcomer = Browser(url)
        newcomer.ask("/hub/login")
        assert newcomer.ask("/hub/course-check", code="guess")[0] == 403
        assert newcomer.ask("/hub/course-check", code=made["code"])[2].endswith("/hub/home")
        # the code works once
        again = Browser(url)
        again.ask("/hub/login")
        assert again.ask("/hub/course-check", code=made["code"])[0] == 403
        headers = as_page(newcomer)
        server = f"/hub/api/users/{name}/server"
        assert newcomer.request(server, b"{}", headers)[0] in {201, 202}
        # a student, and no more than that
        assert newcomer.request("/hub/course", None, {})[0] == 403
        assert newcomer.request("/hub/api/users/ada", None, {})[0] == 404

        assert operator(url, "DELETE", "/hub/api/course/check?name=ada")[0] == 400
        assert name in names(url)
        assert operator(url, "DELETE", f"/hub/api/course/check?name={name}")[0] == 204
        assert names(url) == {"ada", "teacher"}
        assert homes["removed"] == [name]
        assert "/hub/login" in newcomer.ask_once("/hub/home")[2]
        assert ada.ask("/hub/home")[0] == 200


def test_what_could_not_be_removed_goes_at_the_next_start(
    tmp_path: Path, homes: dict[str, Any]
) -> None:
    homes["status"] = 500
    with running_hub(tmp_path, **DUMMY) as url:
        name = operator(url, "POST", "/hub/api/course/check")[1]["name"]
        status, said = operator(url, "DELETE", f"/hub/api/course/check?name={name}")
        assert status == 500
        assert "The hub tries again by itself" in said["message"]
        assert name in names(url)
        left = operator(url, "POST", "/hub/api/course/check")[1]["name"]
    homes["status"] = 200
    with running_hub(tmp_path, **DUMMY, CHECK_EVERY="0.2") as url:
        deadline = time.monotonic() + 20
        while names(url) != {"ada", "teacher"}:
            assert time.monotonic() < deadline, "they are still there"
            time.sleep(0.1)  # between two looks: the hub tells nobody
    assert sorted(homes["removed"]) == sorted([name, left])


def test_the_limit_of_servers_does_not_hold_for_a_check(
    tmp_path: Path, homes: dict[str, Any]
) -> None:
    with running_hub(tmp_path, **DUMMY, ACTIVE_SERVERS="1") as url:
        made = operator(url, "POST", "/hub/api/course/check")[1]
        started = []
        for who in ("ada", "teacher", made["name"]):
            browser = Browser(url)
            if who == made["name"]:
                browser.ask("/hub/login")
                browser.ask("/hub/course-check", code=made["code"])
            else:
                browser.log_in(who, "pw")
            headers = as_page(browser)
            started.append(browser.request(f"/hub/api/users/{who}/server", b"{}", headers)[0])
        assert started[0] in {201, 202}
        assert started[1] == 429
        assert started[2] in {201, 202}
        assert operator(url, "DELETE", f"/hub/api/course/check?name={made['name']}")[0] == 204
    assert homes["removed"] == [made["name"]]
