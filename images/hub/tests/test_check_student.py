"""Who is made for a check: by the operator alone, in by a code that works once, and gone again."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import SETTINGS
from operating import DUMMY, as_page, homes_at, names, operator
from running import Browser, running_hub


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    monkeypatch.setitem(SETTINGS, "homesUrl", f"unix://{tmp_path}/homes.sock")
    with homes_at(tmp_path / "homes.sock") as state:
        yield state


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
