"""Native login by a hub that runs: sign-up, approval, links, passwords and their limits."""

import csv
import html
import json
import re
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from running import Browser, running_hub

PASSWORD = "correct horse battery"
OTHER = "seven yellow submarines"
TOKEN = "0123456789abcdef"
NATIVE = {"LOGIN": '{"method": "native"}', "SECRET": "{}", "OPERATOR_TOKEN": TOKEN}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[str]:
    with running_hub(tmp_path, **NATIVE) as url:
        yield url


def sign_up(hub: str, name: str, password: str = PASSWORD, path: str = "/hub/signup") -> Any:
    browser = Browser(hub)
    browser.ask(path)
    form = {"signup_password": password, "signup_password_confirmation": password}
    status, text, where = browser.ask(path.partition("?")[0], username=name, **form)
    return status, html.unescape(text), where


def operator(hub: str, method: str = "GET", **body: Any) -> tuple[int, Any]:
    """Ask as `npm run people` does."""
    data = json.dumps(body).encode() if body else None
    headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
    status, text, _ = Browser(hub).request("/hub/api/course/people", data, headers)
    assert (data is None) is (method == "GET")
    return status, json.loads(text)


def states(hub: str) -> dict[str, str]:
    return {each["name"]: each["state"] for each in operator(hub)[1]["people"]}


def links(hub: str, *names: str) -> dict[str, str]:
    status, answer = operator(hub, "POST", action="links", names=list(names))
    assert status == 200
    return {row["username"]: row["link"] for row in csv.DictReader(answer["csv"].splitlines())}


def log_in(hub: str, name: str, password: str, **headers: str) -> tuple[int, str, str]:
    browser = Browser(hub)
    browser.send("/hub/login", {}, **headers)
    form = {"username": name, "password": password, "_xsrf": browser.xsrf}
    status, text, where = browser.send("/hub/login?next=%2Fhub%2Fhome", form, **headers)
    return status, html.unescape(text), where


def test_sign_up_approval_and_login(hub: str) -> None:
    assert sign_up(hub, "ada")[0] == 200
    assert states(hub) == {"ada": "waits", "teacher": "none"}
    status, text, _ = log_in(hub, "ada", PASSWORD)
    assert (status, "has to confirm that it was you" in text) == (403, True)
    assert operator(hub, "POST", action="approve", names=["ada"])[0] == 200
    status, text, _ = log_in(hub, "ada", "wrong password")
    assert (status, "Names are written as in the class list" in text) == (403, True)
    assert log_in(hub, "ada", PASSWORD)[::2] == (200, f"{hub}/hub/home")
    # who is not there is told so, and cannot have a name that somebody has
    assert sign_up(hub, "mallory")[0] == 403
    assert sign_up(hub, "ada", OTHER)[0] == 409
    assert operator(hub, "POST", action="approve", names=["teacher"])[0] == 409
    assert operator(hub, "POST", action="refuse", names=["mallory"])[0] == 404


def test_a_squatted_name_is_refused_or_taken_by_a_link(hub: str) -> None:
    sign_up(hub, "ada", OTHER)
    assert operator(hub, "POST", action="refuse", names=["ada"])[0] == 200
    assert states(hub)["ada"] == "none"
    sign_up(hub, "ada", OTHER)
    operator(hub, "POST", action="approve", names=["ada"])
    squatter = Browser(hub)
    squatter.log_in("ada", OTHER)
    assert squatter.ask("/hub/api/user")[0] == 200

    link = links(hub, "ada")["ada"]
    code = link.partition("/hub/welcome")[2]
    assert link.startswith(f"{hub}/hub/welcome?code=")
    # to look at it, as a mail program does, does not use it
    assert Browser(hub).ask(f"/hub/welcome{code}")[0] == 200
    ada = Browser(hub)
    ada.ask(f"/hub/welcome{code}")
    form = {"signup_password": PASSWORD, "signup_password_confirmation": PASSWORD}
    # the link's name counts, whatever the form says
    status, _, where = ada.ask("/hub/welcome", code=code[6:], username="teacher", **form)
    assert (status, where) == (200, f"{hub}/hub/home")
    assert json.loads(ada.ask("/hub/api/user")[1])["name"] == "ada"
    # the squatter is out, and the link is used
    assert squatter.ask("/hub/api/user")[0] == 403
    assert log_in(hub, "ada", OTHER)[0] == 403
    assert log_in(hub, "ada", PASSWORD)[0] == 200
    status, text, _ = Browser(hub).ask(f"/hub/welcome{code}")
    assert (status, "used already" in text, "Grace Hopper" in text) == (410, True, True)


def test_a_newer_link_replaces_the_older_and_one_ends(hub: str, tmp_path: Path) -> None:
    first, second = (links(hub)["ada"].partition("/hub")[2] for _ in range(2))
    assert Browser(hub).ask(f"/hub{first}")[0] == 410
    assert Browser(hub).ask(f"/hub{second}")[0] == 200
    with sqlite3.connect(tmp_path / "jupyterhub.sqlite") as database:
        [digest] = database.execute("SELECT digest FROM semesterhub_links").fetchone()
        assert digest not in second
        database.execute("UPDATE semesterhub_links SET ends = '2020-01-01 00:00:00.000000'")
    assert Browser(hub).ask(f"/hub{second}")[0] == 410
    # everybody without a password, in one file
    assert set(links(hub)) == {"ada", "teacher"}


def test_the_course_page_lets_people_in(hub: str) -> None:
    path = links(hub, "teacher")["teacher"].removeprefix(hub)
    teacher = Browser(hub)
    teacher.ask(path)
    form = {"signup_password": OTHER, "signup_password_confirmation": OTHER}
    assert teacher.ask("/hub/welcome", code=path.partition("code=")[2], **form)[0] == 200
    sign_up(hub, "ada")
    page = teacher.ask("/hub/course")[1]
    assert "waits for approval" in page
    said = teacher.ask("/hub/course", action="approve", name="ada")[1]
    assert "ada can log in now." in said
    reset = teacher.ask("/hub/course", action="link", name="ada")[1]
    [link] = re.findall(r'<code id="link">(.*?)</code>', reset)
    assert sign_up(hub, "ada", OTHER, link.removeprefix(hub))[0] in {400, 410}  # no code sent
    status, text, _ = teacher.ask("/hub/course", action="links", name="")
    assert (status, text.splitlines()[0]) == (200, "username,link,valid_until")

    ada = Browser(hub)
    ada.log_in("ada", PASSWORD)
    status, text, _ = ada.ask("/hub/course")
    assert (status, "for the course's staff" in html.unescape(text)) == (403, True)
    assert ada.ask("/hub/course", action="approve", name="ada")[0] == 403
    assert ada.ask("/hub/api/course/people")[0] == 403


def test_passwords_that_are_taken_and_that_are_not(hub: str) -> None:
    long = "a long pass phrase of eighty-three letters, to be typed by somebody who has patience"
    assert len(long) > 72
    for weak in ("short", "1234567890", "qwertyuiop12", "Data Science 101", "ada ada ada"):
        assert sign_up(hub, "ada", weak)[0] == 400, weak
    assert sign_up(hub, "ada", long)[0] == 200
    operator(hub, "POST", action="approve", names=["ada"])
    assert log_in(hub, "ada", long)[0] == 200
    # all of it counts, not its first 72 bytes
    assert log_in(hub, "ada", long[:-1])[0] == 403

    ada = Browser(hub)
    ada.log_in("ada", long)
    new = {"signup_password": OTHER, "signup_password_confirmation": OTHER}
    ada.ask("/hub/change-password")
    assert ada.ask("/hub/change-password", old_password="wrong", **new)[0] == 403
    assert ada.ask("/hub/change-password", old_password=long, **new)[0] == 200
    assert log_in(hub, "ada", OTHER)[0] == 200


def test_a_password_of_an_earlier_version(hub: str, tmp_path: Path) -> None:
    old = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4))
    with sqlite3.connect(tmp_path / "jupyterhub.sqlite") as database:
        row = ("ada", old, True)
        database.execute(
            "INSERT INTO users_info (username, password, is_authorized) VALUES (?, ?, ?)", row
        )
    assert log_in(hub, "ada", PASSWORD)[0] == 200
    with sqlite3.connect(tmp_path / "jupyterhub.sqlite") as database:
        [[kept]] = database.execute("SELECT password FROM users_info").fetchall()
    assert kept.startswith(b"sha256$")
    assert log_in(hub, "ada", PASSWORD)[0] == 200


def test_wrong_passwords_are_slowed_by_person_and_address(hub: str) -> None:
    for name in ("ada", "teacher"):
        path = links(hub, name)[name].removeprefix(hub)
        browser = Browser(hub)
        browser.ask(path)
        form = {"signup_password": PASSWORD, "signup_password_confirmation": PASSWORD}
        browser.ask("/hub/welcome", code=path.partition("code=")[2], **form)
    known = Browser(hub)
    known.log_in("ada", PASSWORD)
    known.forget_login()

    with ThreadPoolExecutor(20) as threads:
        tries = [threads.submit(log_in, hub, "ada", f"guess {n}") for n in range(20)]
        statuses = sorted(each.result()[0] for each in tries)
    # many at once are no way past it
    assert statuses == [403] * 5 + [429] * 15
    status, text, _ = log_in(hub, "ada", PASSWORD)
    assert (status, "too many wrong passwords" in text, "Try again in" in text) == (429, True, True)
    # another person at that address, that person at another one, and in a browser of theirs
    assert log_in(hub, "teacher", PASSWORD)[0] == 200
    assert log_in(hub, "ada", PASSWORD, **{"X-Real-IP": "192.0.2.7"})[0] == 200
    assert known.log_in("ada", PASSWORD)[0] == 200
    # a link from staff is a way in at once
    path = links(hub, "ada")["ada"].removeprefix(hub)
    ada = Browser(hub)
    ada.ask(path)
    form = {"signup_password": OTHER, "signup_password_confirmation": OTHER}
    assert ada.ask("/hub/welcome", code=path.partition("code=")[2], **form)[0] == 200
    assert log_in(hub, "ada", OTHER)[0] == 200


def test_the_hub_answers_while_passwords_are_checked(hub: str, tmp_path: Path) -> None:
    """Twenty people with hashes that take half a second each."""
    slow = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(12))
    with sqlite3.connect(tmp_path / "jupyterhub.sqlite") as database:
        row = ("ada", slow, True)
        database.execute(
            "INSERT INTO users_info (username, password, is_authorized) VALUES (?, ?, ?)", row
        )
    with ThreadPoolExecutor(20) as threads:
        addresses = [f"192.0.2.{n}" for n in range(20)]
        tries = [
            threads.submit(log_in, hub, "ada", "wrong", **{"X-Real-IP": each}) for each in addresses
        ]
        slowest = 0.0
        while not all(each.done() for each in tries):
            begin = time.monotonic()
            assert Browser(hub).ask("/hub/health")[0] == 200
            slowest = max(slowest, time.monotonic() - begin)
        assert {each.result()[0] for each in tries} == {403}
    # all of them together take seconds
    assert slowest < 1.5
