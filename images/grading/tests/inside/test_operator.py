"""What `npm run assignment` asks, through the socket."""

import asyncio
import json
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import performing
import pytest
from nbgrader.api import Gradebook
from semesterhub_grading import operator
from semesterhub_grading.jobs import Jobs
from semesterhub_grading.settings import Settings


@pytest.fixture
def place() -> Iterator[Path]:
    """Make a short path: a socket's may have 107 letters."""
    folder = Path(tempfile.mkdtemp(prefix="op-"))
    yield folder / "s"
    shutil.rmtree(folder)


def ask(settings: Settings, place: Path, *requests: dict[str, Any]) -> list[Any]:
    """Ask one thing after the other; steps don't end."""

    def post(request: dict[str, Any]) -> Any:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as one:
            one.settimeout(30)
            one.connect(str(place))
            body = json.dumps(request).encode()
            head = f"POST / HTTP/1.0\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
            one.sendall(head.encode() + body)
            answer = b""
            while part := one.recv(65536):
                answer += part
        return json.loads(answer.partition(b"\r\n\r\n")[2])

    async def whole() -> list[Any]:
        jobs = Jobs(settings, performing.once_told)
        server = operator.listen(settings, jobs, place)
        answers = [await asyncio.to_thread(post, request) for request in requests]
        jobs.close()
        server.stop()
        async with asyncio.timeout(30):
            await asyncio.gather(*(job.finished.wait() for job in jobs.all()))
        return answers

    return asyncio.run(whole())


def test_the_socket_is_its_users_alone(settings: Settings, place: Path) -> None:
    server = operator.listen(settings, Jobs(settings), place)
    assert place.stat().st_mode & 0o777 == 0o600
    server.stop()


def test_autograding_all_is_a_job_for_each_submission(
    settings: Settings, root: Path, place: Path
) -> None:
    for student in ("ada", "eve"):
        (root / f"course/submitted/{student}/ps1").mkdir(parents=True)
    run = {"do": "run", "kind": "autograde", "assignment": "ps1"}
    queued, told, one, cancelled = ask(
        settings, place, run, {"do": "jobs"}, {**run, "student": "ADA"}, {"do": "cancel"}
    )
    assert [job["student"] for job in queued] == ["ada", "eve"]
    assert {job["id"] for job in told} == {job["id"] for job in queued}
    assert one[0]["student"] == "ada"
    assert cancelled["cancelled"] >= 2


def test_what_is_released_is_not_made_anew_unasked(
    settings: Settings, root: Path, place: Path
) -> None:
    (root / "exchange/c1/outbound/ps1").mkdir()
    run = {"do": "run", "assignment": "ps1"}
    for kind in ("generate", "release"):
        (answer,) = ask(settings, place, {**run, "kind": kind})
        assert "npm run assignment unrelease ps1" in answer["error"]
    queued, _ = ask(settings, place, {**run, "kind": "unrelease"}, {"do": "cancel"})
    assert [job["kind"] for job in queued] == ["unrelease"]


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        ({"do": "run", "kind": "rm", "assignment": "ps1"}, "no step rm"),
        ({"do": "run", "kind": "release", "assignment": "ps9"}, "no assignment ps9"),
        ({"do": "run", "kind": "release", "assignment": "../x"}, "no assignment"),
        ({"do": "run", "kind": "autograde", "assignment": "ps1", "student": "bob"}, "nobody"),
        ({"do": "log", "job": "x"}, "no job x"),
        ({"do": "grades", "form": "pdf"}, "plain, canvas, moodle"),
        ({"do": "deadline", "assignment": "ps1", "due": "soon"}, "2026-12-01T23:59"),
        ({"do": "deadline", "assignment": "ps1", "due": None, "late": "no"}, "accept or close"),
        (
            {"do": "deadline", "assignment": "ps1", "due": "2026-12-01T23:59", "who": "@lab-9"},
            "no group lab-9",
        ),
        ({"do": "deadline", "assignment": "ps1", "due": None, "who": "ada"}, "needs a time"),
        ({"do": "deadline", "assignment": "ps9", "due": "2026-12-01T23:59"}, "no assignment ps9"),
        ({"do": "nonsense"}, "nonsense"),
        ({"what": 1}, "do"),
    ],
)
def test_a_mistake_is_said(
    settings: Settings, place: Path, request_: dict[str, Any], word: str
) -> None:
    [answer] = ask(settings, place, request_)
    assert word in answer["error"]


def test_deadlines_reach_the_file_and_the_gradebook(settings: Settings, place: Path) -> None:
    base = {"do": "deadline", "assignment": "ps1"}
    set_, extended, status = ask(
        settings,
        place,
        {**base, "due": "2026-12-01T23:59", "late": "close"},
        {**base, "due": "2026-12-03T23:59", "who": "@lab-1"},
        {"do": "status"},
    )
    assert set_["due"] == "2026-12-01 23:59 CET"
    assert extended["due"] == "2026-12-03 23:59 CET"
    [one] = status["assignments"]
    assert (status["zone"], one["late"], one["extensions"]) == ("Europe/Berlin", "close", 1)
    assert one["due"] == "2026-12-01T22:59:00+00:00"
    with Gradebook(settings.gradebook, settings.course) as gradebook:
        assert gradebook.find_assignment("ps1").duedate.isoformat() == "2026-12-01T22:59:00"


def test_who_asks_every_second_does_not_load_the_service() -> None:
    """A second of a processor for each question would be half of what grading a class costs."""
    code = "import sys, semesterhub_grading.cli; print(*(n.partition('.')[0] for n in sys.modules))"
    words = [sys.executable, "-c", code]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    assert {"nbgrader", "sqlalchemy", "tornado"}.isdisjoint(said.split())
