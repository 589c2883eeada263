"""What the statistics service reads of a hub that runs, and nobody else."""

import json
import secrets
import time
from pathlib import Path
from typing import Any

from running import Browser, inner, running_hub
from semesterhub import statistics_api

ROSTER = {"students": ["ada"], "staff": ["teacher"], "groups": {}}
TOKEN = secrets.token_hex(16)
OPERATOR = secrets.token_hex(16)


def test_servers_and_starts_of_people_alone(tmp_path: Path) -> None:
    environment = {
        "LOGIN": '{"method": "dummy"}',
        "SECRET": '{"password": "x"}',
        "STATISTICS_TOKEN": TOKEN,
        "OPERATOR_TOKEN": OPERATOR,
        "STATISTICS_URL": "http://127.0.0.1:1",
    }
    with running_hub(tmp_path, ROSTER, **environment) as hub:

        def ask(after: int, token: str = TOKEN) -> tuple[int, Any]:
            door = Browser(inner(hub))
            path = f"/hub/api/course/statistics?after={after}"
            status, text, _ = door.request(path, None, {"Authorization": f"token {token}"})
            return status, json.loads(text)

        operator = {"Authorization": f"token {OPERATOR}"}
        _, made, _ = Browser(inner(hub)).request("/hub/api/course/check", b"{}", operator)
        student = json.loads(made)
        for name in ("ada", student["name"]):
            browser = Browser(hub)
            if name == "ada":
                browser.log_in(name, "x")
            else:
                browser.ask("/hub/login")
                browser.ask("/hub/course-check", code=student["code"])
            assert browser.ask_once(f"/hub/spawn/{name}")[0] == 302
        deadline = time.monotonic() + 30
        status, told = ask(0)
        while not told["servers"] or told["last"] < 2:
            assert time.monotonic() < deadline, told
            status, told = ask(0)
        assert status == 200
        assert [each["user"] for each in told["servers"]] == ["ada"]
        assert [(each["user"], each["result"]) for each in told["starts"]] == [("ada", "ready")]
        assert told["people"] == {"students": 1, "staff": 1}
        assert told["machines"] == {"count": 1, "memoryBytes": 8 * 2**30}
        assert told["last"] == 2
        assert ask(2)[1]["starts"] == []
        assert ask(0, "wrong")[0] == 403
        # of JupyterHub's own API it may see nothing
        other = Browser(inner(hub))
        headers = {"Authorization": f"token {TOKEN}"}
        assert other.request("/hub/api/users", None, headers)[0] == 403


def test_machines_that_take_servers() -> None:
    def node(state: str = "ready", availability: str = "active", role: str = "node") -> Any:
        labels = {"semesterhub.role.dev": role}
        return {
            "Status": {"State": state},
            "Spec": {"Availability": availability, "Labels": labels},
        }

    wanted = ["node.labels.semesterhub.role.dev==node"]
    assert statistics_api.takes_servers(node(), wanted)
    assert statistics_api.takes_servers(node(role="hub"), [])
    for other in (node("down"), node(availability="drain"), node(role="hub")):
        assert not statistics_api.takes_servers(other, wanted)
