"""The statistics' pages before a hub that runs: staff see the course, a student their own alone."""

import json
import os
import secrets
import sqlite3
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running import Browser, free_address, inner, running_hub
from semesterhub_statistics import database, series
from semesterhub_statistics.deadlines import read_deadlines
from semesterhub_statistics.names import People
from semesterhub_statistics.recorder import Recorder
from semesterhub_statistics.reports import harmless
from semesterhub_statistics.sources import Machine

PREFIX = "/services/statistics/"
TOKEN = secrets.token_hex(16)
KEY = secrets.token_hex(32)
ROSTER = {"students": ["ada", "=eve"], "staff": ["teacher"], "groups": {}}
PLOTS = {"uPlot.iife.min.js": "plot", "uPlot.min.css": "css"}
HUB = Path(__file__).parent.parent
REHEARSAL = {
    "students": 60,
    "minutes": 10,
    "started": 58,
    "refused": 2,
    "failed": 0,
    "submitted": 57,
    "start": {"p50": 2.0, "p95": 4.0, "most": 7.5},
    "limit": "places",
    "findings": [["2 of 60 found <no> machine", "student.memoryReserved: 204M"]],
    "plot": {"time": [1, 2], "servers": [20, 58], "cpu": [50, 60], "memory": [40, None]},
}


def record(path: Path) -> None:
    """Record an hour with two people on line, and two starts."""
    now = time.time() - 3600
    live = database.open_to_write(path)
    recorder = Recorder(live, People("names", bytes.fromhex(KEY)), 100, lambda: now, time.monotonic)
    begin = int(now)
    for step in range(12):
        servers = [
            {"user": name, "name": "", "started": begin, "active": int(now)}
            for name in ("ada", "=eve")[: 1 + step % 2]
        ]
        start = {"id": 1, "user": "ada", "began": begin, "waited": 0, "seconds": 4.2}
        failed = {**start, "id": 2, "user": "=eve", "result": "failed", "reason": "full"}
        told = {
            "people": {"students": 2, "staff": 1},
            "servers": servers,
            "starts": [{**start, "result": "ready", "reason": ""}, failed],
            "last": 2,
            "machines": None,
            "reservedBytes": 1,
            "rehearsals": [REHEARSAL | {"began": begin}],
        }
        recorder.record(told, Machine(1, 2, 3, 4))
        now += 300
    live.close()


class Visitor(Browser):
    """A browser that finds hub and service at one address, as the proxy has them."""

    def __init__(self, hub: str, service: str) -> None:
        super().__init__(hub)
        self.hub = hub
        self._service = service

    def see(self, path: str, **headers: str) -> tuple[int, str]:
        """Open a page, through the hub's login for services where it asks for that."""
        status, text = 302, ""
        for _ in range(8):
            self.url = self._service if path.startswith(PREFIX) else self.hub
            opened = self.ask_once(path) if not headers else self.request(path, None, headers)
            status, text, where = opened
            if status != 302:
                break
            parts = urllib.parse.urlsplit(where)
            path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return status, text


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("course")
    service = f"http://127.0.0.1:{free_address().rpartition(':')[2]}"
    environment = {
        "LOGIN": '{"method": "dummy"}',
        "SECRET": '{"password": "x"}',
        "STATISTICS_TOKEN": TOKEN,
        "STATISTICS_URL": service,
    }
    record(folder / "statistics.sqlite")
    for name, text in PLOTS.items():
        (folder / name).write_text(text)
    (folder / "deadlines.json").write_text(json.dumps({"ps1": "2001-01-01T00:00:00+00:00"}))
    (folder / "statistics-token").write_text(TOKEN)
    (folder / "statistics-key").write_text(KEY)
    with running_hub(folder, ROSTER, **environment) as hub:
        settings = {
            "title": "Data Science 101",
            "timezone": "Europe/Berlin",
            "prefix": PREFIX,
            "hubApiUrl": f"{inner(hub)}/hub/api",
            "names": "names",
            "keepNamesDays": 200,
        }
        (folder / "statistics.json").write_text(json.dumps(settings))
        env = {
            **os.environ,
            "PYTHONPATH": str(HUB),
            "SEMESTERHUB_SETTINGS": str(folder),
            "SEMESTERHUB_SECRETS": str(folder),
            "STATISTICS_PORT": service.rpartition(":")[2],
            "STATISTICS_DATA": str(folder),
            "STATISTICS_KEPT": str(folder / "none"),
            "STATISTICS_DEADLINES": str(folder / "deadlines.json"),
            "STATISTICS_PLOTS": str(folder),
        }
        command = [sys.executable, "-m", "semesterhub_statistics"]
        with subprocess.Popen(command, env=env) as process:
            try:
                deadline = time.monotonic() + 60
                health = HUB / "bin" / "semesterhub-statistics-health"
                while subprocess.run([health], env=env, check=False).returncode:
                    assert process.poll() is None, "the service ended"
                    assert time.monotonic() < deadline, "the service does not answer"
                    time.sleep(0.1)  # between two looks, as Docker has them
                yield {"hub": hub, "service": service}
            finally:
                process.terminate()
                assert process.wait(10) == 0


def visitor(course: dict[str, Any], name: str) -> Visitor:
    found = Visitor(course["hub"], course["service"])
    found.log_in(name, "x")
    return found


def test_staff_see_the_course(course: dict[str, Any]) -> None:
    teacher = visitor(course, "teacher")
    status, page = teacher.see(PREFIX)
    assert status == 200, page
    assert "People on line" in page
    assert "the machines were full" in page
    plots = json.loads(page.partition('id="plots">')[2].partition("</script>")[0])
    assert max(plots["online"]["running"]) == 2
    assert plots["starts"]["p95"] == [4.2]
    assert "2 of 60 found &lt;no&gt; machine. To change: student.memoryReserved: 204M." in page
    assert plots["rehearsal"]["servers"] == [20, 58]
    assert "60,10.0,58,2,0,57,7.5,places" in teacher.see(f"{PREFIX}rehearsals.csv")[1]
    status, text = teacher.see(f"{PREFIX}people.csv")
    assert [line.split(",")[0] for line in text.splitlines()] == ["person", "'=eve", "ada"]
    for name in ("samples", "starts", "sessions"):
        assert teacher.see(f"{PREFIX}{name}.csv")[0] == 200


def test_the_file_is_a_database_with_the_table_of_2015(
    course: dict[str, Any], tmp_path: Path
) -> None:
    teacher = visitor(course, "teacher")
    assert teacher.see(PREFIX)[0] == 200
    with teacher.opener.open(f"{course['service']}{PREFIX}statistics.sqlite") as answer:
        (tmp_path / "s.sqlite").write_bytes(answer.read())
    found = sqlite3.connect(tmp_path / "s.sqlite").execute(
        "SELECT user, max(active) FROM activity GROUP BY user ORDER BY 1"
    )
    assert found.fetchall() == [("=eve", 1), ("ada", 1)]


def test_a_student_sees_their_own_and_nothing_else(course: dict[str, Any]) -> None:
    ada = visitor(course, "ada")
    status, page = ada.see(PREFIX)
    assert status == 200
    assert "What is recorded of ada" in page
    assert "eve" not in page
    status, text = ada.see(f"{PREFIX}mine.csv")
    assert [len(line.split(",")) for line in text.splitlines()] == [2, 2]
    tables = ("samples.csv", "starts.csv", "sessions.csv", "people.csv", "statistics.sqlite")
    tables = (*tables, "rehearsals.csv")
    assert {ada.see(f"{PREFIX}{name}")[0] for name in tables} == {403}


def test_nobody_else_sees_anything(course: dict[str, Any]) -> None:
    stranger = Browser(course["service"])
    for name in ("", "mine", "people.csv", "statistics.sqlite"):
        status, _, where = stranger.ask_once(f"{PREFIX}{name}")
        assert status == 302
        assert "/hub/api/oauth2/authorize" in where


def test_another_pages_script_gets_nothing(course: dict[str, Any]) -> None:
    teacher = visitor(course, "teacher")
    assert teacher.see(PREFIX)[0] == 200
    fetched = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}
    assert teacher.see(f"{PREFIX}people.csv", **fetched)[0] == 403


def test_policy_and_no_cache(course: dict[str, Any]) -> None:
    teacher = visitor(course, "teacher")
    assert teacher.see(PREFIX)[0] == 200
    with teacher.opener.open(f"{course['service']}{PREFIX}") as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"


def test_percentiles() -> None:
    assert series.percentile([], 50) is None
    assert series.percentile([4.0], 95) == 4.0
    assert series.percentile([float(n) for n in range(1, 101)], 95) == 95.0


def test_a_spreadsheet_takes_no_name_for_a_formula() -> None:
    assert [harmless(each) for each in ("=1", "@x", "ada", 3)] == ["'=1", "'@x", "ada", 3]


def test_broken_deadlines_are_none(tmp_path: Path) -> None:
    path = tmp_path / "deadlines.json"
    for text in ("", "[]", '{"ps1": "tomorrow"}', '{"ps1": "2026-12-01T10:00"}'):
        path.write_text(text)
        assert read_deadlines(path) == {}
