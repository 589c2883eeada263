"""A spawner with Swarm in memory, and a little server for it to find."""

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

from fakes import FakeEngine, LoneSpawner
from semesterhub.settings import Settings
from semesterhub.tasks import TaskWatcher


@contextlib.asynccontextmanager
async def server() -> AsyncIterator[int]:
    """Answer HTTP as a student's server would."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1]


def make(
    settings: Settings, *looks: list[dict[str, Any]], **more: Any
) -> tuple[LoneSpawner, FakeEngine]:
    """Make one, and the engine that answers with these looks one after the other."""
    engine = FakeEngine(list(looks))
    spawn = dataclasses.replace(settings.spawn, **more.pop("spawn", {}))
    spawner = LoneSpawner(
        settings=dataclasses.replace(settings, spawn=spawn),
        engine=engine,
        watcher=TaskWatcher(engine),
        **{"places": asyncio.Semaphore(spawn.concurrent), **more},
    )
    return spawner, engine


def messages(spawner: LoneSpawner) -> list[str]:
    """Get what the page was told."""
    return [event["message"] for event in spawner._events]
