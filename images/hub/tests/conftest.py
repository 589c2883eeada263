"""Tests of the hub's Python.

How to run them, from the repository's root:

    python3 -m venv .venv && .venv/bin/pip install -r images/hub/requirements.txt \
        -r images/hub/tests/requirements.txt
    .venv/bin/python -m pytest images/hub/tests

Python 3.11 or newer; no engine and no network. Coroutine tests run in a loop of their own.
"""

import asyncio
import copy
import inspect
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HUB = Path(__file__).parent.parent
sys.path.insert(0, str(HUB))
# Last, since both have a conftest: how the homes service is started, and a stack's authority.
sys.path.append(str(HUB.parent / "homes" / "tests"))

from semesterhub import roster as roster_module  # noqa: E402 (after the path is set)
from semesterhub import spawner, tasks  # noqa: E402 (likewise)
from semesterhub.homes import Home  # noqa: E402 (after the path is set)
from semesterhub.roster import Roster  # noqa: E402 (likewise)
from semesterhub.settings import Settings, parse_settings  # noqa: E402 (likewise)

SETTINGS: dict[str, Any] = {
    "stack": "dev",
    "title": "Data Science 101",
    "publicUrl": "https://localhost:8443",
    "subdomains": False,
    "databaseUrl": "sqlite:////srv/hub/jupyterhub.sqlite",
    "homesUrl": "unix:///run/semesterhub/homes.sock",
    "keepsDatabase": False,
    "courseNetwork": "semesterhub-dev-course",
    "chpApiUrl": "http://chp:8001",
    "hubUrl": "http://hub:8081",
    "servicePrefix": "semesterhub-dev-student",
    "firewall": True,
    "notebook": {"image": "semesterhub/notebook:abc", "interface": "lab"},
    "gradingUrl": "http://grading:8000",
    "statisticsUrl": "http://statistics:8000",
    "storage": {"exchange": "/data/exchange", "shared": "/data/shared", "course": "/data/course"},
    "limits": {
        "memoryBytes": 1073741824,
        "memoryReservedBytes": 268435456,
        "cpus": 1,
        "cpusReserved": 0,
        "pids": 512,
        "tokens": 100,
        "namedServers": 0,
    },
    "spawn": {"concurrent": 64, "timeoutSeconds": 120, "activeServers": 0},
    "cull": {
        "idleMinutes": 60,
        "kernelIdleMinutes": 30,
        "busyMinutes": 1440,
        "maxAgeHours": 0,
        "everyMinutes": 10,
    },
    "login": {"method": "dummy"},
    "staffMayEnterServers": False,
}
ROSTER = {"students": ["Ada", "grace"], "staff": ["teacher"], "groups": {"lab-1": ["ada"]}}

Change = Callable[..., Settings]


def make_settings(**sections: dict[str, Any]) -> Settings:
    """Make settings that differ from those above in some values of a section."""
    changed = {name: {**SETTINGS[name], **values} for name, values in sections.items()}
    return parse_settings(json.dumps({**SETTINGS, **changed}))


def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run coroutine tests without a plugin."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture
def data() -> dict[str, Any]:
    """Give a valid hub.json, to be spoilt."""
    return copy.deepcopy(SETTINGS)


@pytest.fixture
def settings() -> Settings:
    return parse_settings(json.dumps(SETTINGS))


@pytest.fixture
def roster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Roster:
    """Give the roster that holds, in a file."""
    file = tmp_path / "the-roster.json"
    file.write_text(json.dumps(ROSTER))
    monkeypatch.setattr(roster_module, "roster_file", roster_module.RosterFile(file))
    return roster_module.load_roster()


@pytest.fixture
def home() -> Home:
    return Home(slug="ada", uid=20000, gid=20000, groups=(19999,), path="/data/homes/ada")


@pytest.fixture
def quick_looks(monkeypatch: pytest.MonkeyPatch, home: Home) -> None:
    """Have the spawner look at Swarm without pauses, and get a home at once."""

    async def fetch_home(*_: object, **__: object) -> Home:
        return home

    monkeypatch.setattr(tasks, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(spawner, "fetch_home", fetch_home)


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """Make the folders of a storage tree that the homes service needs."""
    for name in ("homes", "hub", "uids", "run"):
        (tmp_path / "storage" / name).mkdir(parents=True, mode=0o711)
    return tmp_path / "storage"
