"""A class list that changes while the hub runs and people work."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from running import Browser, running_hub

PASSWORD = "course-pw"
MOST_SECONDS = 30


def rewrite(folder: Path, **roster: Any) -> None:
    """Put another class list in its place, as a machine's file is written."""
    new = folder / "roster.json.new"
    new.write_text(json.dumps({"staff": ["teacher"], "groups": {}, **roster}))
    new.rename(folder / "roster.json")


def until(what: Callable[[], bool]) -> None:
    """Return when something is so."""
    deadline = time.monotonic() + MOST_SECONDS
    while not what():
        assert time.monotonic() < deadline, f"not within {MOST_SECONDS} s"
        time.sleep(0.2)  # between two looks: the hub tells nobody that it read its list


def running(browser: Browser, name: str) -> bool:
    """Whether somebody's server runs, as the operator sees it."""
    status, text, _ = browser.request(
        f"/hub/api/users/{name}", None, {"Authorization": f"token {os.environ['TOKEN']}"}
    )
    return status == 200 and bool(json.loads(text)["servers"])


def test_who_comes_gets_in_and_who_left_is_out(
    tmp_path: Path, monkeypatch: Any, capfd: Any
) -> None:
    monkeypatch.setenv("TOKEN", "0123456789abcdef")
    environment = {
        "LOGIN": '{"method": "dummy"}',
        "SECRET": json.dumps({"password": PASSWORD}),
        "OPERATOR_TOKEN": os.environ["TOKEN"],
    }
    first = {"students": ["ada", "grace"], "staff": ["teacher"], "groups": {}}
    with running_hub(tmp_path, first, **environment) as hub:
        people = {name: Browser(hub) for name in ("ada", "grace", "eve")}
        anybody = Browser(hub)
        for name in ("ada", "grace"):
            assert people[name].log_in(name, PASSWORD)[0] == 200
            people[name].ask("/hub/spawn")
            until(lambda name=name: running(anybody, name))
        assert people["eve"].log_in("eve", PASSWORD)[0] == 403

        # ada leaves, eve comes and is in a group
        began = time.monotonic()
        rewrite(tmp_path, students=["grace", "eve"], groups={"lab-1": ["eve"]})
        until(lambda: people["eve"].log_in("eve", PASSWORD)[0] == 200)
        until(lambda: not running(anybody, "ada"))
        assert time.monotonic() - began < MOST_SECONDS
        model = json.loads(people["eve"].ask("/hub/api/user")[1])
        assert set(model["groups"]) == {"students", "lab-1"}
        assert people["ada"].ask("/hub/api/user")[0] == 403
        again = Browser(hub)
        assert again.log_in("ada", PASSWORD)[0] == 403
        # grace noticed nothing: the same login, the same server
        assert people["grace"].ask("/hub/api/user")[0] == 200
        assert running(anybody, "grace")

        # a list that can't be read changes nothing, and is told once
        (tmp_path / "roster.json").write_text('{"students": ["grace"')
        until(lambda: "Looking after the roster failed" in capfd.readouterr().err)
        assert people["eve"].ask("/hub/api/user")[0] == 200

        # ada is back, and eve teaches
        rewrite(tmp_path, students=["grace", "ada"], staff=["teacher", "eve"])
        until(lambda: again.log_in("ada", PASSWORD)[0] == 200)
        assert people["eve"].ask("/hub/course")[0] == 200
        assert people["ada"].ask("/hub/api/user")[0] == 403
