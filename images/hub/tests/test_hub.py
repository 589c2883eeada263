"""The application: who left the roster loses everything; groups are the roster's; routes stay."""

import asyncio
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from jupyterhub import orm
from jupyterhub.app import JupyterHub
from jupyterhub.proxy import ConfigurableHTTPProxy
from semesterhub import hub as module
from semesterhub import proxy, tokens
from semesterhub.auth import CourseDummyAuthenticator
from semesterhub.hub import SemesterHub
from semesterhub.roster import Roster
from semesterhub.spawner import SemesterSpawner
from tornado.web import HTTPError


@pytest.fixture
def hub(roster: Roster, monkeypatch: pytest.MonkeyPatch) -> SemesterHub:
    monkeypatch.setattr(module, "load_roster", lambda: roster)
    app = SemesterHub(db_url="sqlite://")
    app.authenticator = CourseDummyAuthenticator(allowed_users=set(roster.names))
    app.load_groups = {g: {"users": list(n)} for g, n in roster.all_groups.items()}
    app.init_db()
    return app


async def test_who_left_the_roster_loses_everything(hub: SemesterHub) -> None:
    await hub.init_role_creation()
    users = {name: orm.User(name=name) for name in ("ada", "left")}
    hub.db.add_all(users.values())
    hub.db.commit()
    for user in users.values():
        user.new_api_token(roles=[])
    cookies = {name: user.cookie_id for name, user in users.items()}
    await hub.init_users()
    assert hub.authenticator.blocked_users == {"left"}
    with pytest.raises(HTTPError, match="not on the class list"):
        await hub.authenticator.check_blocked_users("left", {})
    await hub.init_blocked_users()
    assert list(users["left"].api_tokens) == []
    assert users["left"].cookie_id != cookies["left"]
    assert users["left"].roles == []
    assert len(list(users["ada"].api_tokens)) == 1
    assert users["ada"].cookie_id == cookies["ada"]


async def test_groups_are_the_rosters(hub: SemesterHub) -> None:
    await hub.init_role_creation()
    old = orm.Group(name="old")
    students = orm.Group(name="students", users=[orm.User(name="teacher")])
    hub.db.add_all([old, students])
    hub.db.commit()
    await hub.init_groups()
    groups = {g.name: {u.name for u in g.users} for g in hub.db.query(orm.Group)}
    assert groups == {
        "lab-1": {"ada"},
        "students": {"ada", "grace"},
        "staff": {"teacher"},
        "graders": {"teacher"},
    }


async def test_servers_are_looked_for_once_the_engine_can_tell(
    hub: SemesterHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else those that run would be taken for dead, and removed."""
    can_tell, looked = asyncio.Event(), asyncio.Event()

    async def look(_: object) -> None:
        looked.set()

    monkeypatch.setattr(module, "shared_engine", lambda: SimpleNamespace(until_ready=can_tell.wait))
    monkeypatch.setattr(JupyterHub, "init_spawners", look)
    hub.spawner_class = SemesterSpawner
    begun = asyncio.create_task(hub.init_spawners())
    await asyncio.sleep(0.01)
    assert not looked.is_set()
    can_tell.set()
    async with asyncio.timeout(5):
        await begun
    assert looked.is_set()


def course_proxy(*, hosts: bool = False) -> proxy.CourseProxy:
    made = proxy.CourseProxy(
        auth_token="t", should_start=False, api_url="http://chp:8001", host_routing=hosts
    )
    spec = "hub.example.edu/" if hosts else "/"
    made.app = SimpleNamespace(hub=SimpleNamespace(routespec=spec))
    return made


async def test_the_proxys_idea_of_activity_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    async def routes(_: object) -> dict[str, Any]:
        return {"/user/ada/": {"data": {"user": "ada", "last_activity": "now"}}}

    monkeypatch.setattr(ConfigurableHTTPProxy, "get_all_routes", routes)
    assert await course_proxy().get_all_routes() == {"/user/ada/": {"data": {"user": "ada"}}}


@pytest.mark.parametrize(
    ("routes", "forgot", "hosts"),
    [
        ({}, True, False),
        ({"/": {"target": "http://hub:8081"}}, True, False),  # its own default route
        ({"/": {"target": "http://hub:8081", "jupyterhub": True}}, False, False),
        # each person's server has a name of its own, and the hub has the site's
        ({"/": {"target": "http://hub:8081"}}, True, True),
        ({"/hub.example.edu": {"target": "http://hub:8081", "jupyterhub": True}}, False, True),
        (aiohttp.ClientError("away"), False, False),
    ],
)
async def test_a_restarted_proxy_is_noticed(
    monkeypatch: pytest.MonkeyPatch, routes: object, *, forgot: bool, hosts: bool
) -> None:
    async def fetch(url: str, headers: dict[str, str]) -> Any:
        assert (url, headers) == ("http://chp:8001/api/routes", {"Authorization": "token t"})
        if isinstance(routes, Exception):
            raise routes
        return SimpleNamespace(json=lambda: asyncio.sleep(0, routes))

    monkeypatch.setattr(proxy, "fetch", fetch)
    assert await course_proxy(hosts=hosts).forgot_routes() is forgot


async def test_routes_are_added_to_a_restarted_proxy() -> None:
    checked = asyncio.Event()
    forgot = [False, True]

    async def forgot_routes() -> bool:
        return forgot.pop(0) if forgot else False

    async def check_routes(*_: object) -> None:
        checked.set()

    routes = SimpleNamespace(forgot_routes=forgot_routes, check_routes=check_routes)
    app = SimpleNamespace(proxy=routes, users=None, _service_map=None)
    keeper = asyncio.create_task(proxy.keep_routes(app, every=0.01))
    async with asyncio.timeout(5):
        await checked.wait()
    keeper.cancel()


async def test_whatever_the_proxy_answers_its_routes_are_looked_after(
    caplog: pytest.LogCaptureFixture,
) -> None:
    checked = asyncio.Event()
    answers: list[Any] = [AttributeError("a list has no get"), AttributeError("a list has no get")]
    answers += [ValueError("no JSON"), True]

    async def forgot_routes() -> bool:
        answer = answers.pop(0) if answers else False
        if isinstance(answer, Exception):
            raise answer
        return bool(answer)

    async def check_routes(*_: object) -> None:
        checked.set()

    routes = SimpleNamespace(forgot_routes=forgot_routes, check_routes=check_routes)
    app = SimpleNamespace(proxy=routes, users=None, _service_map=None)
    keeper = asyncio.create_task(proxy.keep_routes(app, every=0.01))
    async with asyncio.timeout(5):
        await checked.wait()
    keeper.cancel()
    # each failure once
    assert caplog.text.count("Looking after the proxy's routes failed") == 2


async def test_the_oldest_tokens_of_logins_end(hub: SemesterHub) -> None:
    await hub.init_role_creation()
    client = orm.OAuthClient(identifier="jupyterhub-user-ada")
    ada, grace = orm.User(name="ada"), orm.User(name="grace")
    hub.db.add_all([client, ada, grace])
    hub.db.commit()
    for n in range(8):
        for user in (ada, grace)[: 1 + (n < 3)]:
            hub.db.add(orm.APIToken(user=user, client_id=client.identifier, hashed=f"{user}{n}"))
    hub.db.add(orm.APIToken(user=ada, client_id="jupyterhub", hashed="own"))
    hub.db.commit()
    newest = [token.hashed for token in ada.api_tokens][-6:]
    assert tokens.end_oldest(hub.db, most=5) == 3
    hub.db.expire_all()
    assert [token.hashed for token in ada.api_tokens] == newest
    assert len(list(grace.api_tokens)) == 3
