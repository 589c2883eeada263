"""What Swarm says is understood, and asked for once for everybody."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
import requests
from fakes import NETWORK, FakeClient, FakeEngine, api_error, task
from semesterhub import engine as engine_module
from semesterhub import tasks
from semesterhub.engine import Engine
from semesterhub.tasks import TaskWatcher, choose, observe


def test_the_address_is_the_one_on_the_courses_network() -> None:
    seen = observe(task("s", "running", address="10.12.3.4"), NETWORK)
    assert (seen.address, seen.running, seen.dead) == ("10.12.3.4", True, False)
    assert observe(task("s", "new"), NETWORK).address == ""


@pytest.mark.parametrize("state", ["failed", "rejected", "complete", "shutdown", "orphaned"])
def test_dead_states(state: str) -> None:
    assert observe(task("s", state), NETWORK).dead


@pytest.mark.parametrize("state", ["new", "pending", "assigned", "preparing", "starting"])
def test_states_on_the_way(state: str) -> None:
    seen = observe(task("s", state), NETWORK)
    assert not seen.dead
    assert not seen.waits_for_room


def test_the_task_that_shall_run_counts_then_the_newest() -> None:
    old = task("s", "failed", desired="shutdown", created="2026-11-21T12:00:02Z")
    new = task("s", "running", created="2026-11-21T12:00:01Z")
    assert choose([old, new]) is new
    assert choose([task("s", "failed", desired="shutdown"), old]) is old
    assert choose([]) is None


async def test_one_listing_serves_all_who_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "TICK_SECONDS", 0.01)
    engine = FakeEngine([[task(f"id{n}", "running") for n in range(50)]])
    engine.existing = {f"s{n}": f"id{n}" for n in range(50)}
    watcher = TaskWatcher(engine)

    async def wait(n: int) -> str:
        with watcher.watch(f"s{n}", f"id{n}") as looks:
            [found] = await looks.next()
            return str(found["ServiceID"])

    assert await asyncio.gather(*map(wait, range(50))) == [f"id{n}" for n in range(50)]
    assert engine.listings == 1
    assert len(engine.asked) == 50
    await asyncio.sleep(0.05)
    listings = engine.listings
    await asyncio.sleep(0.05)
    assert engine.listings == listings, "nobody waits, so nothing may be asked"


async def test_a_failing_listing_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(tasks, "AWAY_SECONDS", 0.01)
    engine = FakeEngine([[]])
    # and what nobody foresaw: without the next look everybody would wait for ever
    failures = [api_error(404, "odd"), requests.ConnectionError(), KeyError("ServiceID")]
    listing = engine.tasks

    async def flaky(names: list[str]) -> list[dict[str, object]]:
        if failures:
            raise failures.pop()
        return await listing(names)

    monkeypatch.setattr(engine, "tasks", flaky)
    async with asyncio.timeout(5):
        await TaskWatcher(engine).gone("s", "id")


async def test_an_engine_that_is_away_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "RETRY_WAIT_SECONDS", 0.01)
    client = FakeClient(requests.ConnectionError(), api_error(503, "no leader"))
    engine = Engine(lambda: client, threads=1)
    assert await engine.remove("gone") is False
    assert await engine.tasks(["a", "b"]) == [{"name": ["a.", "b."]}]


async def test_a_hub_waits_for_its_engine(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(engine_module, "RETRY_WAIT_SECONDS", 0.001)
    # longer than any other call is tried again
    client = FakeClient(*[requests.ConnectionError("refused")] * 200, api_error(503, "no leader"))
    await Engine(lambda: client, threads=1).until_ready()
    assert client.failures == []
    assert caplog.text.count("Waiting for the engine: refused") == 1


async def test_a_service_is_made_in_spite_of_a_moment_without_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine_module, "RETRY_WAIT_SECONDS", 0.01)
    client = FakeClient(requests.ConnectionError("reset"))
    assert await Engine(lambda: client, threads=1).create({"name": "s"}) == "made"


async def test_an_engine_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "LISTING_SECONDS", 0.05)
    ended = threading.Event()

    class Client:
        def tasks(self, **_: object) -> list[object]:
            ended.wait(5)
            return []

    try:
        with pytest.raises(TimeoutError):
            await Engine(Client, threads=1).tasks(["a"])
    finally:
        ended.set()


async def test_a_wrong_request_is_not_repeated() -> None:
    client = FakeClient(api_error(400, "bad"), AssertionError("asked twice"))
    with pytest.raises(engine_module.APIError, match="bad"):
        await Engine(lambda: client, threads=1).tasks(["a"])


async def test_last_words_are_what_the_engine_can_say() -> None:
    client = FakeClient(api_error(500, "no such task"), requests.ConnectionError())
    engine = Engine(lambda: client, threads=1)
    assert [await engine.last_words("new") for _ in range(3)] == ["", "", "one\ntwo \ufffd"]


async def test_last_words_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []

    class Client:
        def service_logs(self, *_: object, **__: object) -> Iterator[bytes]:
            for n in range(320):
                read.append(n)
                yield b"x" * 2**16
            yield b"the end"

    assert await Engine(Client, threads=1).last_words("new") == "x" * 2000
    assert len(read) < 20, "20 MB of a student's were read"

    class Short:
        def service_logs(self, *_: object, **__: object) -> Iterator[bytes]:
            yield b"y" * 5000 + b"\x1b[2J[E 2026-11-30 JupyterHub] not the hub's\r\nlast line"

    words = await Engine(Short, threads=1).last_words("new")
    assert len(words) == 2000
    assert words.endswith(" [2J[E 2026-11-30 JupyterHub] not the hub's \nlast line")


async def test_last_words_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "LAST_WORDS_SECONDS", 0.01)
    ended = threading.Event()

    class Client:
        def service_logs(self, *_: object, **__: object) -> Iterator[bytes]:
            ended.wait(5)
            yield b"too late"

    try:
        assert await Engine(Client, threads=1).last_words("new") == ""
    finally:
        ended.set()


async def test_calls_run_in_parallel() -> None:
    meet = threading.Barrier(8, timeout=5)

    class Client:
        def tasks(self, filters: object) -> list[object]:
            meet.wait()
            return [filters]

    engine = Engine(Client, threads=8)
    assert len(await asyncio.gather(*(engine.tasks(["a"]) for _ in range(8)))) == 8
