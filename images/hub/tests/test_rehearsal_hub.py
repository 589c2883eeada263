"""The hub's part of a rehearsal: whom it makes, when it refuses, and that nobody is left."""

import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import SETTINGS
from operating import DUMMY, as_page, homes_at, names, operator
from running import Browser, running_hub

PLACE = "/hub/api/course/rehearsal"
PEOPLE = {"ada", "teacher"}


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    monkeypatch.setitem(SETTINGS, "homesUrl", f"unix://{tmp_path}/homes.sock")
    with homes_at(tmp_path / "homes.sock") as state:
        yield state


def begin(url: str, students: object, *, insist: bool = False) -> tuple[int, Any]:
    return operator(url, "POST", PLACE, body={"students": students, "insist": insist})


def start(url: str, made: dict[str, str]) -> int:
    browser = Browser(url)
    browser.ask("/hub/login")
    browser.ask("/hub/course-check", code=made["code"])
    place = f"/hub/api/users/{made['name']}/server"
    return browser.request(place, b"{}", as_page(browser))[0]


def until_gone(url: str) -> None:
    deadline = time.monotonic() + 20
    while names(url) != PEOPLE:
        assert time.monotonic() < deadline, "they are still there"
        time.sleep(0.1)  # between two looks: the hub tells nobody


def test_a_class_comes_and_goes(tmp_path: Path, homes: dict[str, Any]) -> None:
    with running_hub(tmp_path, **DUMMY, ACTIVE_SERVERS="2") as url:
        ada = Browser(url)
        assert ada.log_in("ada", "pw")[2].endswith("/hub/home")
        assert ada.request(PLACE, b'{"students": 3}', as_page(ada))[0] == 403
        for wrong in (0, 501, True, "3", None):
            assert begin(url, wrong)[0] == 400
        assert operator(url, "PUT", PLACE)[0] == 409

        status, told = begin(url, 3)
        assert (status, told["room"]) == (
            200,
            {"students": 32, "machines": 1, "people": 0, "most": 0},
        )
        made = told["students"]
        assert names(url) == PEOPLE | {each["name"] for each in made}
        # as people, they are under the limit of servers
        assert [start(url, each) in {201, 202} for each in made] == [True, True, False]
        assert operator(url, "PUT", PLACE) == (200, {"people": 0})
        on_anna = {each["name"]: "anna" for each in made[:2]}
        assert operator(url, "GET", PLACE) == (200, {"machines": on_anna})
        status, said = begin(url, 3, insist=True)
        assert (status, "under way" in said["message"]) == (409, True)

        assert operator(url, "DELETE", PLACE) == (200, {"removed": 3, "left": {}})
        assert names(url) == PEOPLE
        assert sorted(homes["removed"]) == sorted(each["name"] for each in made)
        assert operator(url, "DELETE", PLACE)[1]["removed"] == 0


def test_of_two_operators_one_is_refused(tmp_path: Path, homes: dict[str, Any]) -> None:
    del homes
    with (
        running_hub(tmp_path, **DUMMY, SERVER_SECONDS="0.5") as url,
        ThreadPoolExecutor() as operators,
    ):
        answers = list(operators.map(lambda wanted: begin(url, wanted), (1, 1)))
        assert sorted(status for status, _ in answers) == [200, 409]
        assert len(names(url) - PEOPLE) == 1


def test_people_at_work_and_a_class_too_large(tmp_path: Path, homes: dict[str, Any]) -> None:
    with running_hub(tmp_path, **DUMMY) as url:
        status, said = begin(url, 33)
        assert status == 409
        assert "room for 32 more servers" in said["message"]
        assert "--insist" in said["message"]
        ada = Browser(url)
        ada.log_in("ada", "pw")
        assert ada.request("/hub/api/users/ada/server", b"{}", as_page(ada))[0] in {201, 202}
        deadline = time.monotonic() + 20
        while (answer := begin(url, 2))[0] == 200:
            operator(url, "DELETE", PLACE)
            assert time.monotonic() < deadline, "ada's server is not seen"
        assert "Somebody has a server now" in answer[1]["message"]
        assert names(url) == PEOPLE
        assert begin(url, 2, insist=True)[0] == 200
        assert operator(url, "PUT", PLACE) == (200, {"people": 1})
        assert operator(url, "DELETE", PLACE)[1]["removed"] == 2
    assert len(homes["removed"]) >= 2


def test_what_a_killed_tool_leaves_goes_by_itself(tmp_path: Path, homes: dict[str, Any]) -> None:
    quick = {**DUMMY, "CHECK_EVERY": "0.2", "REHEARSAL_LEASE": "2"}
    with running_hub(tmp_path, **quick) as url:
        made = begin(url, 3)[1]["students"]
        assert operator(url, "PUT", PLACE)[0] == 200
        until_gone(url)
        assert sorted(homes["removed"]) == sorted(each["name"] for each in made)
        assert operator(url, "PUT", PLACE)[0] == 409


def test_the_next_run_removes_what_an_earlier_one_left(
    tmp_path: Path, homes: dict[str, Any]
) -> None:
    with running_hub(tmp_path, **DUMMY) as url:
        begin(url, 2)
        homes["status"] = 500
        _, told = operator(url, "DELETE", PLACE)
        assert (told["removed"], len(told["left"])) == (0, 2)
        homes["status"] = 200
        status, again = begin(url, 1)
        assert status == 200
        assert names(url) == PEOPLE | {again["students"][0]["name"]}


def test_reports_are_the_statistics_to_read(tmp_path: Path, homes: dict[str, Any]) -> None:
    del homes
    token = secrets.token_hex(16)
    more = {"STATISTICS_TOKEN": token, "STATISTICS_URL": "http://127.0.0.1:1"}
    with running_hub(tmp_path, **DUMMY, **more) as url:
        place = f"{PLACE}/report"
        assert operator(url, "POST", place, body={"students": 1})[0] == 400
        assert operator(url, "POST", place, token, {"began": 1})[0] == 403
        for began in range(25):
            assert operator(url, "POST", place, body={"began": began, "x": "é"})[0] == 204
        assert operator(url, "POST", place, body={"began": 1, "x": "y" * 600_000})[0] in {400, 413}
        _, told = operator(url, "GET", "/hub/api/course/statistics", token)
        assert [each["began"] for each in told["rehearsals"]] == list(range(5, 25))
