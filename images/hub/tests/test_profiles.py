"""Kinds of servers: who may have which, whatever a form or a program sends."""

import asyncio
import dataclasses
from types import SimpleNamespace
from typing import Any

import pytest
from fakes import FakeEngine, LoneSpawner, task
from jupyterhub.spawner import SpawnException
from semesterhub import profiles
from semesterhub.roster import Roster
from semesterhub.settings import Profile, Settings
from semesterhub.tasks import TaskWatcher

GIB = 1024**3
USUAL = Profile("usual", "Usual", "semesterhub/notebook:abc", GIB, 0, 1.0, 0)
BIG = Profile("big", "Big <data>", "semesterhub/environment:b", 4 * GIB, GIB, 2.0, 0.5, ("lab-1",))
TEACH = Profile("teach", "Teaching", "semesterhub/notebook:abc", 2 * GIB, 0, 1.5, 0, ("staff",))
PEOPLE = Roster(("ada", "alan"), ("grace",), {"lab-1": ("ada",)})


@pytest.fixture
def offered(settings: Settings) -> Settings:
    return dataclasses.replace(settings, profiles=(USUAL, BIG, TEACH))


@pytest.mark.parametrize(
    ("name", "slugs"),
    [("ada", ["usual", "big"]), ("alan", ["usual"]), ("grace", ["usual", "teach"])],
)
def test_people_are_offered_what_their_groups_may_have(
    offered: Settings, name: str, slugs: list[str]
) -> None:
    assert [one.slug for one in profiles.allowed(offered, PEOPLE, name)] == slugs


def test_who_has_no_choice_sees_no_form(offered: Settings) -> None:
    assert profiles.form(profiles.allowed(offered, PEOPLE, "alan"), None) == ""
    form = profiles.form(profiles.allowed(offered, PEOPLE, "ada"), "big")
    assert 'value="big" checked' in form
    assert "Big &lt;data&gt;" in form
    assert "4 GB of memory, 2 processors" in form
    assert form.count("checked") == 1


def test_a_profiles_gpus_are_said_and_reserved(offered: Settings) -> None:
    gpu = dataclasses.replace(BIG, gpus=1)
    assert "2 processors, 1 GPU</small>" in profiles.form((USUAL, gpu), None)
    assert profiles.applied(offered, gpu).limits.gpus == 1
    assert profiles.applied(offered, USUAL).limits.gpus == 0


def test_without_a_word_the_first_is_taken(offered: Settings) -> None:
    assert profiles.choose(offered, PEOPLE, "grace", {}) == USUAL
    without = dataclasses.replace(offered, profiles=())
    assert profiles.choose(without, PEOPLE, "ada", {"profile": "big"}) is None


@pytest.fixture
def people(roster: Roster, monkeypatch: pytest.MonkeyPatch) -> Roster:
    """Have the course's people be these."""
    assert roster
    monkeypatch.setattr("semesterhub.choosing.load_roster", lambda: PEOPLE)
    return PEOPLE


def spawner(settings: Settings, options: dict[str, Any], name: str = "ada") -> Any:
    engine = FakeEngine([])
    one = LoneSpawner(
        settings=settings,
        engine=engine,
        watcher=TaskWatcher(engine),
        places=asyncio.Semaphore(1),
    )
    one.user.name = name
    one.orm_spawner.user_options = options
    one.user_options = options
    return one


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("wanted", ["big", "teach", "gone", ["usual"], {"a": 1}, ""])
async def test_a_forged_choice_is_refused_on_the_hub_and_forgotten(
    offered: Settings, wanted: Any
) -> None:
    one = spawner(offered, {"profile": wanted}, "alan")
    with pytest.raises(SpawnException, match="not for you") as told:
        await one.start()
    assert told.value.status_code == 403
    assert one.engine.created == []
    # the next start, which would take the last options again, is as usual
    assert one.orm_spawner.user_options == {}


def test_a_choice_changes_image_and_limits_and_nothing_else(offered: Settings) -> None:
    changed = profiles.applied(offered, BIG)
    assert changed.notebook.image == "semesterhub/environment:b"
    assert changed.limits == dataclasses.replace(
        offered.limits,
        memory_bytes=4 * GIB,
        memory_reserved_bytes=GIB,
        cpus=2.0,
        cpus_reserved=0.5,
    )
    assert changed.notebook.interface == offered.notebook.interface


@pytest.mark.usefixtures("people")
async def test_a_start_runs_what_was_chosen(
    offered: Settings, home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fetch_home(*_: object, **__: object) -> Any:
        return home

    monkeypatch.setattr("semesterhub.spawner.fetch_home", fetch_home)
    one = spawner(offered, {"profile": "big"})
    # what it was made from is looked at; that it runs is another test's
    one.engine.looks = [[task("new", "rejected")]]
    with pytest.raises(SpawnException, match="refused to start"):
        await one.start()
    made = one.engine.created[0]["task_template"]
    assert made["ContainerSpec"]["Image"] == "semesterhub/environment:b"
    assert made["Resources"]["Limits"]["MemoryBytes"] == 4 * GIB
    assert f"MEM_LIMIT={4 * GIB}" in made["ContainerSpec"]["Env"]


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("state", "other"),
    [("active", "gpu"), ("active", None), ("stopped", "gpu"), ("active", "gone")],
)
async def test_one_person_has_one_server_with_gpus(
    offered: Settings, state: str, other: str | None
) -> None:
    gpu = dataclasses.replace(BIG, slug="gpu", gpus=1)
    one = spawner(dataclasses.replace(offered, profiles=(USUAL, gpu)), {"profile": "gpu"})
    options = {"profile": other} if other else None
    beside = SimpleNamespace(active=state == "active", user_options=options)
    one.user.spawners = {"": one, "b": beside}
    if (state, other) != ("active", "gpu"):
        assert one.checked_choice().limits.gpus == 1
        return
    with pytest.raises(SpawnException, match="one such server at a time"):
        one.checked_choice()


@pytest.mark.usefixtures("people")
async def test_the_forms_answer_is_a_word(offered: Settings) -> None:
    one = spawner(offered, {})
    assert one.run_options_from_form({"profile": ["big"]}) == {"profile": "big"}
    assert 'value="big"' in await one.get_options_form()
