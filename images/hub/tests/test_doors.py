"""The hub's two doors, and how much comes through them."""

import html
import json
import os
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from running import Browser, inner, running_hub

DUMMY = {"LOGIN": '{"method": "dummy"}', "SECRET": '{"password": "x"}'}
PASSWORDS = json.dumps({"auth": {"username": "ada", "password": "x"}}).encode()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[str]:
    with running_hub(tmp_path, **DUMMY) as url:
        yield url


def test_the_api_tries_no_passwords(hub: str) -> None:
    for door in (hub, inner(hub)):
        status, text, _ = Browser(door).request("/hub/api/users/ada/tokens", PASSWORDS, {})
        assert (status, "login page only" in text) == (403, True)


def test_servers_reach_the_api_and_no_page(hub: str) -> None:
    server = Browser(inner(hub))
    assert server.ask("/hub/api/")[0] == 200
    assert server.ask("/hub/api/health")[0] == 200
    for path in ("/hub/login", "/hub/signup", "/hub/home", "/", "/hub/api/../login", "/hub//login"):
        assert server.ask(path)[0] == 404, path
    form = {"username": "ada", "password": "x", "_xsrf": "x"}
    assert server.send("/hub/login", form)[0] == 404
    # where a request says that it comes from counts at the front door only: it is in the log
    assert Browser(hub).send("/hub/api/user", {}, **{"X-Real-IP": "192.0.2.1"})[0] == 403


def test_a_server_can_not_say_where_it_comes_from(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with running_hub(tmp_path, **DUMMY) as hub:
        headers = {"X-Real-IP": "192.0.2.1", "X-Forwarded-For": "192.0.2.2"}
        Browser(inner(hub)).send("/hub/api/users/inner", {}, **headers)
        Browser(hub).send("/hub/api/users/front", {}, **headers)
    said = capfd.readouterr().err
    assert "GET /hub/api/users/inner (127.0.0.1)" in said
    assert "GET /hub/api/users/front (192.0.2.1)" in said


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("door", [str, inner])
def test_large_bodies_are_refused(hub: str, door: type, *, declared: bool) -> None:
    place = urlsplit(door(hub))
    body = b"x" * (2 * 2**20)
    with socket.create_connection((place.hostname, place.port or 0), timeout=20) as connection:
        head = b"POST /hub/api/users/ada/tokens HTTP/1.1\r\nHost: hub\r\n"
        if declared:
            connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body))
        else:
            connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
            with pytest.raises(OSError, match=r"reset|[Bb]roken pipe"):
                for _ in range(200):
                    connection.sendall(b"10000\r\n" + body[: 2**16] + b"\r\n")
            return
        answer = connection.recv(4096)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"no more than 1 MB" in answer


def test_tokens_of_one_person_are_bounded(hub: str, tmp_path: Path) -> None:
    ada = Browser(hub)
    ada.log_in("ada", "x")
    path = f"/hub/api/users/ada/tokens?_xsrf={ada.xsrf}"
    headers = {"Content-Type": "application/json", "Referer": f"{hub}/hub/token"}

    def ask(**body: str) -> tuple[int, str]:
        status, text, _ = ada.request(path, json.dumps(body).encode(), headers)
        return status, html.unescape(text)

    assert ask(note="my laptop")[0] == 201
    status, text = ask(note="x" * 201)
    assert (status, "200 letters" in text) == (400, True)
    with sqlite3.connect(tmp_path / "jupyterhub.sqlite") as database:
        database.executemany(
            "INSERT INTO api_tokens (user_id, client_id, hashed, prefix)"
            " SELECT id, 'jupyterhub', ?, 'p' FROM users WHERE name = 'ada'",
            [(os.urandom(8).hex(),) for _ in range(99)],
        )
    status, text = ask(note="one more")
    assert (status, "You have 100 tokens" in text) == (403, True)
