"""What fails for one person, or for one course elsewhere, keeps nobody else waiting."""

import asyncio
import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from semesterhub import engine as engine_module
from semesterhub import enrolment, gradebook_link, lms_members, workshop
from semesterhub.engine import Engine
from semesterhub.probe import until_answer
from semesterhub.workshop import WorkshopHandler
from tornado.httpclient import HTTPClientError


class User:
    """Somebody with a server that runs."""

    def __init__(self, name: str, stopped: list[str], *, broken: bool = False) -> None:
        self.name = name
        self.spawners = {"": SimpleNamespace(pending=None, active=True)}
        self._stopped = stopped
        self._broken = broken

    async def stop(self, _server: str) -> None:
        """Stop it, or fail as nobody foresaw."""
        if self._broken:
            raise RuntimeError("it does not stop")
        self._stopped.append(self.name)


async def test_who_left_is_stopped_whoever_else_can_not_be(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stopped: list[str] = []
    users = {0: User("ada", stopped, broken=True), 1: User("alan", stopped)}

    async def delete_user(*_: object) -> None:
        pass

    app = SimpleNamespace(
        users=users,
        authenticator=SimpleNamespace(blocked_users={"ada", "alan"}),
        proxy=SimpleNamespace(delete_user=delete_user),
    )
    await enrolment.stop_blocked(app)
    assert stopped == ["alan"]
    assert "does not stop" in caplog.text


async def test_a_guest_who_can_not_be_removed_is_told_of(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workshop, "load_settings", lambda: settings)

    async def stop(_name: str) -> None:
        raise RuntimeError("the engine said what nobody foresaw")

    handler: Any = SimpleNamespace(_stop=stop, log=logging.getLogger("test"))
    said = await WorkshopHandler._remove(handler, "guest", asyncio.Semaphore(1))
    assert said == "the engine said what nobody foresaw"


class Gradebooks:
    """One that takes grades, one that is gone, one of another host."""

    asked: list[str]

    def __init__(self) -> None:
        self.asked = []

    async def item(self, place: str, _assignment: str, _most: float) -> str:
        """Find a column."""
        self.asked.append(place)
        if place == "gone":
            raise HTTPClientError(404)
        if place == "elsewhere":
            raise ValueError("elsewhere is not on the platform's own host")
        return f"{place}/1"

    async def score(self, item: str, subject: str, given: float, most: float) -> None:
        """Write a grade."""
        assert (item, given <= most) == ("here/1", True)
        if subject == "s-alan":
            raise HTTPClientError(422)


async def test_a_gradebook_that_is_gone_keeps_nobody_elses_grades() -> None:
    def member(name: str, place: str) -> Any:
        return SimpleNamespace(username=name, line_items=place, subject=f"s-{name}")

    members = [
        member("eve", "gone"),
        member("eva", "gone"),
        member("mallory", "elsewhere"),
        member("ada", "here"),
        member("alan", "here"),
        member("grace", "here"),
    ]
    gradebooks: Any = Gradebooks()
    scores = dict.fromkeys(("eve", "eva", "mallory", "ada", "alan", "grace"), 1.0)
    sent, refused = await gradebook_link.send(gradebooks, members, scores, "ps1", 2.0)
    assert sent == 2
    assert set(refused) == {"eve", "eva", "mallory", "alan"}
    assert gradebooks.asked == ["gone", "elsewhere", "here"], "each once"


@pytest.mark.parametrize("part", [None, [], "text", 7])
def test_a_launch_whose_parts_are_none_is_a_launch(part: object) -> None:
    database: Any = None  # not touched
    names = (lms_members.CLAIM, lms_members.CONTEXT, lms_members.LINK, gradebook_link.ENDPOINT)
    launch = {**dict.fromkeys(names, part), "sub": "s"}
    lms_members.remember(database, launch)
    gradebook_link.remember(database, "ada", launch)


@pytest.mark.parametrize("first", [b"x" * 200_000, b"HTTP/1.1 " + b"9" * 5000 + b" \r\n", b"\r\n"])
async def test_a_server_that_answers_nonsense_is_asked_again(first: bytes) -> None:
    answers = [first, b"HTTP/1.1 200 OK\r\n\r\n"]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answers.pop(0))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server, asyncio.timeout(20):
        await until_answer("127.0.0.1", server.sockets[0].getsockname()[1], "/")
    assert answers == []


async def test_last_words_that_can_not_be_read_hold_up_no_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> Callable[[], None]:
        raise AttributeError("a stream without what was looked for")

    monkeypatch.setattr(engine_module, "LAST_WORDS_SECONDS", 5)
    client = SimpleNamespace(service_logs=fail)
    assert await Engine(lambda: client, threads=1).last_words("service") == ""
