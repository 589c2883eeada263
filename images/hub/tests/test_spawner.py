"""Starting and stopping, with Swarm in memory and a real little server on this machine."""

import asyncio
import contextlib
import dataclasses
from typing import Any

import pytest
import requests
from fakes import api_error, task
from jupyterhub.spawner import SpawnException
from semesterhub import spawner as module
from semesterhub import words
from semesterhub.homes import Home, HomesError
from semesterhub.roster import Roster
from semesterhub.settings import Settings
from spawning import make, messages, server

pytestmark = pytest.mark.usefixtures("roster", "quick_looks")
NAME = "semesterhub-dev-student-ada"
FULL = "no suitable node (insufficient resources on 1 node)"


async def test_a_start(settings: Settings) -> None:
    async with server() as port:
        spawner, engine = make(
            settings,
            [],
            [task("new", "preparing", address="127.0.0.1")],
            [task("new", "running", address="127.0.0.1")],
            port=port,
        )
        assert await spawner.start() == f"http://127.0.0.1:{port}"
    assert [spec["name"] for spec in engine.created] == [NAME]
    env = engine.created[0]["task_template"]["ContainerSpec"]["Env"]
    assert {"JUPYTERHUB_USER=ada", "HOME=/home/ada"} <= set(env)
    assert engine.removed == []
    assert messages(spawner)[-1] == "Your server is ready"
    # remembered before it was ready, for a hub that restarts meanwhile
    assert spawner.orm_spawner.state == {"object_id": "new", "object_name": NAME}
    assert spawner.commits == 1
    assert [(each.username, each.result, each.reason) for each in spawner.starts] == [
        ("ada", "ready", "")
    ]
    assert await spawner.poll() is None


@pytest.mark.parametrize(
    ("look", "words"),
    [
        (
            task("new", "rejected", err="bind source path does not exist: /data/homes/ada"),
            "The folder /data/homes/ada is missing on the machine",
        ),
        (task("new", "rejected", err="No such image: x:1"), "notebook image is missing"),
        (task("new", "rejected", err="cgroup trouble"), "cgroup trouble"),
        (
            task("new", "failed", ContainerStatus={"ExitCode": 3}),
            "ended while it was starting. Please tell the course's staff: exit code 3",
        ),
    ],
)
async def test_a_task_that_never_runs_is_told_at_once(
    settings: Settings, look: dict[str, Any], words: str
) -> None:
    spawner, engine = make(settings, [look])
    async with asyncio.timeout(5):
        with pytest.raises(SpawnException) as caught:
            await spawner.start()
    assert words in caught.value.message
    assert engine.removed == ["new"]
    assert spawner.object_id == ""


async def test_a_server_that_dies_before_it_answers(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    running = task("new", "running", address="127.0.0.1")
    dead = task("new", "failed", err="task: non-zero exit (1)", address="127.0.0.1")
    spawner, engine = make(settings, [running], [running], [dead], port=1)
    engine.words = "the firewall did not close this server's network"
    with caplog.at_level("WARNING"):
        async with asyncio.timeout(5):
            with pytest.raises(SpawnException, match="non-zero exit"):
                await spawner.start()
    assert engine.removed == ["new"]
    # its log goes with the service; the hub's stays
    assert engine.words in caplog.text


async def test_full_machines_are_told_while_waiting(settings: Settings) -> None:
    async with server() as port:
        full = task("new", "pending", err=FULL)
        running = task("new", "running", address="127.0.0.1")
        spawner, _ = make(settings, [full], [full], [running], port=port)
        await spawner.start()
    assert messages(spawner).count(words.NO_ROOM) == 1


async def test_the_time_out_tells_the_last_reason(settings: Settings) -> None:
    full = task("new", "pending", err=FULL)
    spawner, engine = make(settings, [full], spawn={"timeout_seconds": 0.1})
    with pytest.raises(SpawnException, match="machines are full right now"):
        await spawner.start()
    assert engine.removed == ["new"]
    assert [(each.result, each.reason) for each in spawner.starts] == [("failed", "full")]


async def test_a_leftover_service_is_replaced(settings: Settings) -> None:
    async with server() as port:
        spawner, engine = make(
            settings,
            [task("old", "running", address="10.0.0.1")],
            [task("new", "running", address="127.0.0.1")],
            port=port,
        )
        engine.existing = {NAME: "old", f"{NAME}-b": "other"}
        await spawner.start()
    assert engine.removed == ["old"]
    assert engine.existing == {NAME: "new", f"{NAME}-b": "other"}


async def test_two_tasks_do_not_confuse(settings: Settings) -> None:
    async with server() as port:
        dead = task("new", "failed", desired="shutdown", created="2026-11-21T12:00:09Z")
        running = task("new", "running", address="127.0.0.1")
        stranger = task("other", "running", address="10.0.0.1")
        spawner, _ = make(settings, [dead, running, stranger], port=port)
        assert await spawner.start() == f"http://127.0.0.1:{port}"
        assert await spawner.get_ip_and_port() == ("127.0.0.1", port)
        assert await spawner.poll() is None


async def test_a_cancelled_start_leaves_nothing(settings: Settings) -> None:
    spawner, engine = make(settings, [task("new", "preparing")])
    start = asyncio.create_task(spawner.start())
    await asyncio.sleep(0.05)
    assert await spawner.poll() is None
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert engine.removed == ["new"]
    assert engine.existing == {}


async def test_a_hub_that_ends_leaves_what_is_starting(settings: Settings) -> None:
    spawner, engine = make(settings, [task("new", "preparing")])
    start = asyncio.create_task(spawner.start())
    await asyncio.sleep(0.05)
    engine.closing = True
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert engine.removed == []


async def test_a_restarted_hub_finds_a_server(settings: Settings) -> None:
    starting = task("kept", "starting", address="10.12.0.7")
    running = task("kept", "running", address="10.12.0.7")
    spawner, engine = make(settings, [starting], [starting], [running])
    engine.existing = {NAME: "kept"}
    spawner.load_state({"object_id": "kept", "object_name": NAME})
    assert await spawner.poll() is None
    assert await spawner.get_url() == "http://10.12.0.7:8888/user/ada/"


async def test_poll(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    spawner, engine = make(settings, [task("kept", "failed", err="out of memory")])
    assert await spawner.poll() == 0
    spawner.load_state({"object_id": "kept", "object_name": NAME})
    assert await spawner.poll() == 0
    engine.existing = {NAME: "kept"}
    assert await spawner.poll() == "out of memory"

    async def away(_: list[str]) -> list[dict[str, Any]]:
        raise requests.ConnectionError("refused")

    with monkeypatch.context() as patch:
        patch.setattr(engine, "tasks", away)
        # nobody can tell: a server that runs is not taken for dead
        assert await spawner.poll() is None
    # JupyterHub does not stop what is dead already: its service must go all the same
    await spawner.run_post_stop_hook()
    assert engine.removed == ["kept"]


async def test_stop_waits_until_the_container_ended(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    spawner, engine = make(settings)
    spawner.load_state({"object_id": "kept", "object_name": NAME})
    left = [[task("kept", "running")], [task("kept", "shutdown")], []]

    async def listing(names: list[str]) -> list[dict[str, Any]]:
        assert names == [NAME]
        return left.pop(0)

    monkeypatch.setattr(engine, "tasks", listing)
    await spawner.stop()
    assert left == []
    assert engine.removed == ["kept"]
    assert "object_id" not in spawner.get_state()


async def test_swarms_refusal_and_no_home(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    spawner, engine = make(settings)
    engine.refuse = api_error(400, "invalid memory value")
    with pytest.raises(SpawnException, match="invalid memory value"):
        await spawner.start()

    async def no_home(*_: object, **__: object) -> Home:
        raise HomesError("the disk is full")

    monkeypatch.setattr(module, "fetch_home", no_home)
    with pytest.raises(SpawnException, match="the disk is full"):
        await spawner.start()
    assert engine.removed == []


async def test_a_server_is_for_the_groups_that_the_roster_has_now(
    settings: Settings,
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked: list[tuple[str, ...]] = []

    async def fetch_home(_url: str, _name: str, folders: tuple[str, ...]) -> Home:
        asked.append(folders)
        return dataclasses.replace(home, folders={"lab-1": "/data/groups/lab-1"})

    monkeypatch.setattr(module, "fetch_home", fetch_home)
    for groups in ({"lab-1": ("ada",), "lab-2": ("ada",)}, {"lab-1": (), "lab-2": ()}):
        roster = Roster(("ada",), (), groups, folders=("lab-1", "lab-2"))
        monkeypatch.setattr(module, "load_roster", lambda now=roster: now)
        spawner, _ = make(settings, [task("new", "rejected")])
        with pytest.raises(SpawnException):
            await spawner.start()
    assert asked == [("lab-1", "lab-2"), ()]
    assert "no folder of lab-2" in caplog.text


async def test_progress_yields_what_is_told(settings: Settings) -> None:
    full = task("new", "pending", err=FULL)
    spawner, _ = make(settings, [full])
    start = asyncio.create_task(spawner.start())
    seen = []
    async with asyncio.timeout(5):
        async for event in spawner.progress():
            seen.append(event)
            if event["message"] == words.NO_ROOM:
                break
    start.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await start
    assert [event["progress"] for event in seen] == [5, 15, 20]


async def test_an_engine_that_was_away_finds_a_start_soon(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pause after a look grows with the time that it took, but not with an outage."""
    async with server() as port:
        spawner, engine = make(settings, [task("new", "running", address="127.0.0.1")], port=port)
        listing = engine.tasks
        back = asyncio.get_running_loop().time() + 3

        async def away(names: list[str]) -> list[dict[str, Any]]:
            if asyncio.get_running_loop().time() < back:
                # as long as a connection to a machine that restarts may take
                await asyncio.sleep(0.7)
                raise requests.ConnectionError("refused")
            return await listing(names)

        monkeypatch.setattr(engine, "tasks", away)
        async with asyncio.timeout(10):
            await spawner.start()
        assert asyncio.get_running_loop().time() - back < 3


async def test_options_that_fill_the_database_are_refused(settings: Settings) -> None:
    spawner, engine = make(settings)
    spawner.user_options = spawner.orm_spawner.user_options = {"x": "y" * 5000}
    with pytest.raises(SpawnException, match="too long"):
        await spawner.start()
    assert (spawner.orm_spawner.user_options, engine.created) == ({}, [])
