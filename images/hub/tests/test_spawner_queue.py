"""Servers that start at the same time, and wait in line."""

import asyncio

import pytest
from fakes import FakeEngine, LoneSpawner, task
from semesterhub import spawner as module
from semesterhub.settings import Settings
from spawning import make, messages, server

pytestmark = pytest.mark.usefixtures("roster", "quick_looks")


async def test_more_than_may_start_at_once_wait_in_line(settings: Settings) -> None:
    places = asyncio.Semaphore(64)
    most = 0

    class Counting(LoneSpawner):
        async def _start(self, settings: Settings) -> str:
            nonlocal most
            most = max(most, 64 - places._value)
            await asyncio.sleep(0.05)
            return "http://ready"

    spawners = [Counting(settings=settings, engine=FakeEngine(), places=places) for _ in range(70)]
    starts = [asyncio.create_task(each.start()) for each in spawners]
    async with asyncio.timeout(5):
        assert await asyncio.gather(*starts) == ["http://ready"] * 70
    assert most == 64
    waited = [each for each in spawners if module.QUEUED in messages(each)]
    assert waited == spawners[64:]


async def test_the_line_is_no_part_of_a_starts_time(settings: Settings) -> None:
    places = asyncio.Semaphore(0)
    async with server() as port:
        looks = [task("new", "running", address="127.0.0.1")]
        spawner, _ = make(settings, looks, port=port, places=places, spawn={"timeout_seconds": 1})
        start = asyncio.create_task(spawner.start())
        await asyncio.sleep(1.5)
        assert not start.done()
        places.release()
        async with asyncio.timeout(5):
            assert await start == f"http://127.0.0.1:{port}"
