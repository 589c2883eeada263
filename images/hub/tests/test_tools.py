"""The operator's and the culler's commands."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from semesterhub import admin, cull
from semesterhub.settings import Settings

TOKEN = "0123abcd"
ROOT = Path(__file__).parent.parent


class FakeApi(admin.Api):
    """Two pages of users."""

    def __init__(self) -> None:
        super().__init__(TOKEN)
        self.calls: list[tuple[Any, ...]] = []

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Answer from memory."""
        self.calls.append((method, path) if body is None else (method, path, body))
        if path == "/course/people":
            waits = {"name": "ada", "role": "student", "state": "waits", "linkEnds": None}
            linked = {**waits, "name": "eve", "state": "none", "linkEnds": "2026-09-01T10:00:00Z"}
            return {"people": [waits, linked], "csv": "username,link\r\n", "said": ["done"]}
        if method == "DELETE":
            return None
        server = {"ready": True, "pending": None, "started": "s", "last_activity": "l"}
        pages = [{"name": "ada", "servers": {"": server}}, {"name": "grace", "servers": {}}]
        if path.startswith("/users/"):
            return {"servers": {"": server, "b c": server}}
        offset = int(path.rpartition("offset=")[2])
        more = {"url": "x"} if offset == 0 else None
        return {"items": [pages[offset]], "_pagination": {"next": more}}


def test_status() -> None:
    facts = admin.status(FakeApi())
    assert facts["users"] == 2
    assert facts["online"] == ["ada"]
    assert [(s["user"], s["ready"]) for s in facts["servers"]] == [("ada", True)]
    assert facts["versions"]["jupyterhub"]


def test_commands(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    api = FakeApi()
    monkeypatch.setattr(admin, "secret", lambda name: {"operator-token": TOKEN}[name])
    monkeypatch.setattr(admin, "Api", lambda token: api if token == TOKEN else None)
    admin.main(["status", "--json"])
    assert json.loads(capsys.readouterr().out)["online"] == ["ada"]
    admin.main(["status"])
    assert "1 of 2 people on line" in capsys.readouterr().out
    admin.main(["stop-server", "ada b"])
    assert api.calls[-2:] == [
        ("DELETE", "/users/ada%20b/servers/b%20c"),
        ("DELETE", "/users/ada%20b/server"),
    ]
    admin.main(["stop-all"])
    assert [path for method, path in api.calls if method == "DELETE"][2:] == [
        "/users/ada/servers/b%20c",
        "/users/ada/server",
        "/users/grace/servers/b%20c",
        "/users/grace/server",
    ]


def test_people(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    api = FakeApi()
    monkeypatch.setattr(admin, "secret", lambda _: TOKEN)
    monkeypatch.setattr(admin, "Api", lambda _: api)
    admin.main(["people"])
    assert capsys.readouterr().out == (
        "ada (student): waits for approval\neve (student): no password yet, link until 2026-09-01\n"
    )
    admin.main(["people", "--json"])
    assert json.loads(capsys.readouterr().out)[1]["name"] == "eve"
    admin.main(["approve", "ada", "eve"])
    admin.main(["refuse", "ada"])
    admin.main(["links", "--days", "3", "ada"])
    assert capsys.readouterr().out == "done\ndone\ndone\nusername,link\r\n"
    asked = [call[2] for call in api.calls if call[0] == "POST"]
    assert asked == [
        {"action": "approve", "names": ["ada"]},
        {"action": "approve", "names": ["eve"]},
        {"action": "refuse", "names": ["ada"]},
        {"action": "links", "names": ["ada"], "days": 3},
    ]


def test_an_api_that_is_not_there_is_told() -> None:
    with pytest.raises(SystemExit, match="the hub does not answer"):
        admin.Api(TOKEN, "http://127.0.0.1:1").call("GET", "/users")


def test_the_cullers_token_is_in_its_environment_only(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[Any] = []
    monkeypatch.setattr(cull, "load_settings", lambda: settings)
    monkeypatch.setattr(cull, "secret", lambda name: {"cull-token": TOKEN}[name])
    monkeypatch.setattr(cull.os, "execve", lambda *args: ran.append(args))
    cull.main()
    [(program, command, environment)] = ran
    assert program == sys.executable
    assert command[1:] == [
        "-m",
        "jupyterhub_idle_culler",
        "--url=http://hub:8081/hub/api",
        "--timeout=3600",
        "--cull-every=600",
        "--max-age=0",
    ]
    assert TOKEN not in " ".join(command)
    assert environment["JUPYTERHUB_API_TOKEN"] == TOKEN


def test_the_cullers_health(tmp_path: Path) -> None:
    script = (ROOT / "bin" / "semesterhub-cull-health").read_text()
    check = ["bash", "-c", script.replace("/proc", str(tmp_path))]
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "cmdline").write_bytes(b"grep\0-qs\0[j]upyterhub_idle_culler\0")
    assert subprocess.run(check, check=False).returncode == 1
    (tmp_path / "8").mkdir()
    (tmp_path / "8" / "cmdline").write_bytes(b"python\0-m\0jupyterhub_idle_culler\0--url=x\0")
    assert subprocess.run(check, check=False).returncode == 0
