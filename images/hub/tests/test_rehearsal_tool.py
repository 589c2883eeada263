"""A rehearsal from end to end, at a little course with a hub that makes three students."""

import asyncio
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from course_stage import Course, certificate, serving
from semesterhub import check_steps
from semesterhub.check_browser import AnswerError
from semesterhub.rehearsal import cell, plan, student, tool
from semesterhub.rehearsal import hub as hub_module
from semesterhub.rehearsal.plan import Plan
from semesterhub.settings import Settings, parse_settings

NAMES = [f"course-check-00000000{number}" for number in range(3)]
ROOM = {"students": 30, "machines": 1, "people": 2, "most": 0}
HAPPY = {"assignment": "ps1", "error": None}


class Asked:
    """The hub's own side: what it was asked, and what it answers."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.reports: list[dict[str, Any]] = []
        self.people = ROOM["people"]
        self.refusal = ""
        self.gone = False

    async def ask(
        self, _hub: object, method: str, body: Any, _seconds: float = 0, place: str = ""
    ) -> Any:
        """Answer."""
        self.calls.append((method, place))
        if self.gone and method == "PUT":
            raise AnswerError("the hub answered 409: The hub knows of no rehearsal.", 409)
        if place:
            self.reports.append(body)
            return None
        if method == "POST":
            if self.refusal:
                raise AnswerError(f"the hub answered 409: {self.refusal}", 409)
            made = [{"name": name, "code": name[::-1]} for name in NAMES]
            return {"students": made, "room": ROOM}
        return {"people": self.people, "removed": 3, "left": {}, "machines": {}}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, data: dict[str, Any]) -> Asked:
    """Have the hub's own side answer, and time pass quickly."""
    found = Asked()

    def settings() -> Settings:
        return parse_settings(json.dumps({**data, "publicUrl": "https://course.example.edu:8443"}))

    async def ask(*given: Any, **more: Any) -> Any:
        return await found.ask(*given, **more)

    monkeypatch.setattr(hub_module.Hub, "_ask", ask)
    for each in (tool, student, check_steps):
        monkeypatch.setattr(each, "load_settings", settings)
    monkeypatch.setattr(check_steps, "OPEN_SECONDS", 0)
    monkeypatch.setattr(plan, "THINK_LEAST", 0.1)
    monkeypatch.setattr(plan, "THINK_MOST", 0.2)
    monkeypatch.setattr(tool, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(tool, "TELL_SECONDS", 0.2)
    return found


def staged() -> Course:
    """Make a course in which made-up students can work and hand in."""
    course = Course()
    course.codes = {name[::-1]: name for name in NAMES}
    course.functions = {
        "compute": lambda: {"seconds": 0.01, "facts": cell.facts()},
        "submit": lambda: HAPPY,
    }
    return course


@contextlib.contextmanager
def at_second(event: asyncio.Event, seconds: float) -> Iterator[None]:
    handle = asyncio.get_running_loop().call_later(seconds, event.set)
    try:
        yield
    finally:
        handle.cancel()


async def rehearsed(
    course: Course, folder: Path, minutes: float = 0.03, *, insist: bool = False, stop: float = 60
) -> int:
    files = certificate(folder, "course.example.edu")
    stopping = asyncio.Event()
    with at_second(stopping, stop):
        async with asyncio.timeout(40), serving(course, files) as port:
            reach = tool.Reach("127.0.0.1", port, files[0].read_text())
            return await tool.rehearse(Plan(3, minutes), reach, stopping, insist=insist)


async def test_a_class_that_can_work(
    tmp_path: Path, asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    course = staged()
    assert await rehearsed(course, tmp_path) == 0
    said = capsys.readouterr().out
    assert "3 servers started" in said
    assert "all 3 got a server" in said or "meets a limit" in said  # this computer may be busy
    [report] = asked.reports
    assert (report["started"], report["refused"], report["failed"]) == (3, 0, 0)
    assert report["submitted"] == 3
    assert report["steps"]["run a cell"]["count"] >= 3
    assert report["machines"][0]["name"] == "the hub's machine"
    assert report["plot"]["servers"][-1] == 3
    # removed before the report is told
    assert [each for each in asked.calls if each[0] != "PUT"] == [
        ("POST", ""),
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/report"),
    ]


async def test_who_is_turned_away_and_what_fails(
    tmp_path: Path, asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    course = staged()
    course.refused = {NAMES[2]: 429}
    late = {"assignment": "ps1", "error": "no receipt came within 90 s"}
    answers = iter([HAPPY, late])
    course.functions["submit"] = lambda: next(answers)
    assert await rehearsed(course, tmp_path) == 0
    [report] = asked.reports
    assert (report["started"], report["refused"], report["failed"]) == (2, 1, 1)
    assert report["errors"] == [["hand in: no receipt came within 90 s", 1]]
    assert report["limit"] == "places"
    assert "spawn.activeServers: 5 or more" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ({"people": 3}, "somebody came to work"),
        ({"gone": True}, "The hub knows of no rehearsal"),
    ],
)
async def test_it_stops_and_cleans_up(
    tmp_path: Path,
    asked: Asked,
    capsys: pytest.CaptureFixture[str],
    spoil: dict[str, Any],
    said: str,
) -> None:
    for name, value in spoil.items():
        setattr(asked, name, value)
    assert await rehearsed(staged(), tmp_path, minutes=5) == tool.STOPPED_CODE
    assert said in capsys.readouterr().out
    assert asked.calls[-1] == ("DELETE", "")
    assert asked.reports == []


async def test_an_operator_who_goes_ends_it(
    tmp_path: Path, asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await rehearsed(staged(), tmp_path, minutes=5, stop=0.5) == tool.STOPPED_CODE
    assert "interrupted" in capsys.readouterr().out
    assert asked.calls[-1] == ("DELETE", "")


async def test_who_comes_meanwhile_is_no_reason_to_stop_for_who_insists(
    tmp_path: Path, asked: Asked
) -> None:
    asked.people = 9
    assert await rehearsed(staged(), tmp_path, insist=True) == 0


async def test_a_hub_that_refuses(
    tmp_path: Path, asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    asked.refusal = "7 people have servers now."
    assert await rehearsed(staged(), tmp_path) == tool.REFUSED_CODE
    assert capsys.readouterr().out == "No rehearsal: 7 people have servers now.\n"
    assert asked.calls == [("POST", "")]


@pytest.mark.parametrize("wrong", [["--students", "501"], ["--minutes", "61"], ["--minutes", "0"]])
def test_it_is_bounded(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    usual = {"--students": "3", "--minutes": "1", wrong[0]: wrong[1]}
    words = [word for pair in usual.items() for word in pair]
    with pytest.raises(SystemExit, match="2"):
        tool.main(["gateway", "443", *words])
    assert "is not between" in capsys.readouterr().err


async def test_the_end_of_the_input_is_the_end() -> None:
    reader, stop = asyncio.StreamReader(), asyncio.Event()
    task = asyncio.create_task(tool._from_input(reader, stop))
    await asyncio.sleep(0)
    assert not stop.is_set()
    reader.feed_eof()
    await task
    assert stop.is_set()
