"""Servers beside the usual one: by a hub that runs, and whatever a student calls them."""

import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from conftest import SETTINGS
from jupyterhub.spawner import SpawnException
from operating import DUMMY, as_page, operator
from running import Browser, running_hub
from semesterhub.named_servers import TAKEN, can_be_name, check_start, client_id
from semesterhub.settings import Settings
from spawning import make

ROSTER = {"students": ["ada", "alan", "ada--b"], "staff": ["teacher"], "groups": {}}
HOSTILE = [
    *("..", ".", "-b", "b-", "b--c", "B", "b%20c", "b%2Fc", "b%5Cc", "b%00", "b%0A", "%C3%BC"),
    *("b%22onload=x", "%3Cscript%3E", "b%E2%80%AEc", "b" * 31, "b" * 255, "b.c", "b:c"),
    *sorted(TAKEN),
]


def limits(named: int) -> dict[str, Any]:
    return {"limits": {**SETTINGS["limits"], "namedServers": named}}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("named")
    with running_hub(folder, ROSTER, limits(2), **DUMMY) as address:
        yield address


class Person:
    """Somebody before the hub's pages and its API."""

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self.browser = Browser(url)
        self.browser.log_in(name, "pw")

    def call(self, method: str, path: str, body: object = None, whose: str = "") -> tuple[int, str]:
        """Ask the API about somebody's servers."""
        data = None if body is None else json.dumps(body).encode()
        place = f"/hub/api/users/{whose or self.name}{path}"
        answer = self.browser.request(place, data, as_page(self.browser), method)
        return answer[0], answer[1]

    def servers(self) -> dict[str, Any]:
        """Tell which run."""
        found: dict[str, Any] = json.loads(self.call("GET", "")[1])["servers"]
        return found

    def start(self, server: str) -> None:
        """Start one and wait until it runs."""
        path = f"/servers/{server}" if server else "/server"
        assert self.call("POST", path)[0] in {201, 202}
        until(lambda: self.servers().get(server, {}).get("ready"))

    def remove(self, *servers: str) -> None:
        """Delete some."""
        for server in servers:
            assert self.call("DELETE", f"/servers/{server}", {"remove": True})[0] in {202, 204}
        until(lambda: not set(servers) & set(self.servers()))


def until(check: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.05)  # between two looks: the hub's API tells nobody


def test_a_person_has_so_many_and_no_more(url: str) -> None:
    ada = Person(url, "ada")
    for server in ("", "a", "b"):
        ada.start(server)
    status, said = ada.call("POST", "/servers/c")
    assert (status, "maximum of 2" in said) == (400, True)
    assert ada.call("PUT", "/servers/c")[0] == 400
    # what is stopped counts as long as it is there
    assert ada.call("DELETE", "/servers/b")[0] in {202, 204}
    until(lambda: "b" not in ada.servers())
    assert ada.call("PUT", "/servers/c")[0] == 400
    ada.remove("a", "b")
    assert ada.call("DELETE", "/server")[0] in {202, 204}
    assert ada.call("PUT", "/servers/c", {"display_name": "Übung 3 <b>"})[0] == 201
    home = ada.browser.ask("/hub/home")[1]
    assert 'data-server-name="c"' in home
    assert "Übung 3 &lt;b&gt;" in home
    assert "Übung 3 <b>" not in home
    ada.remove("c")
    assert 'data-server-name="c"' not in ada.browser.ask("/hub/home")[1]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_is_no_name_leaves_nothing(url: str, name: str) -> None:
    alan = Person(url, "alan")
    for method in ("PUT", "POST"):
        assert alan.call(method, f"/servers/{name}")[0] in {400, 404}
    assert alan.browser.ask_once(f"/hub/spawn/alan/{name}")[0] in {400, 404}
    assert "data-server-name" not in alan.browser.ask("/hub/home")[1]


def test_a_link_makes_no_server_and_changes_none(url: str) -> None:
    alan = Person(url, "alan")
    assert alan.browser.ask_once("/hub/spawn/alan/work")[0] == 404
    assert alan.browser.ask("/hub/spawn/alan/work", profile="x")[0] == 404
    assert alan.servers() == {}
    assert alan.call("PUT", "/servers/work")[0] == 201
    assert alan.browser.ask_once("/hub/spawn/alan/work")[0] in {302, 303}
    until(lambda: alan.servers().get("work", {}).get("ready"))
    # the second is the usual server's address, too
    for path in ("/server", "/servers/", "/servers/work"):
        assert alan.call("PATCH", path, {"name": "other"})[0] == 405
    alan.remove("work")


def test_what_a_request_says_is_bounded(url: str) -> None:
    alan = Person(url, "alan")
    for title in ("", "x" * 61, " x", "a\u202eb", "a\nb"):
        status, _ = alan.call("PUT", "/servers/w", {"display_name": title or " "})
        assert status == 400
    assert alan.call("PUT", "/servers/w", {"user_options": {"x": "y" * 9000}})[0] == 413
    assert alan.call("POST", "/server", {"x": "y" * 9000})[0] == 413
    assert alan.call("PUT", "/servers/w")[0] == 201
    assert alan.call("POST", "/servers/w", {"display_name": "x" * 61})[0] == 400
    alan.remove("w")


def test_nobody_reaches_anothers(url: str) -> None:
    ada, alan = Person(url, "ada"), Person(url, "alan")
    assert ada.call("PUT", "/servers/mine")[0] == 201
    for method in ("GET", "PUT", "POST", "DELETE"):
        assert alan.call(method, "/servers/mine", whose="ada")[0] == 404
    assert alan.browser.ask_once("/hub/spawn/ada/mine")[0] == 404
    ada.remove("mine")


def test_no_server_is_the_oauth_client_of_anothers(tmp_path: Path) -> None:
    people = {**ROSTER, "students": ["ada", "ada-b", "ada!b"]}
    with running_hub(tmp_path, people, limits(1), **DUMMY) as url:
        Person(url, "ada").start("b")
        Person(url, "ada-b").start("")
        with sqlite3.connect(tmp_path / "jupyterhub.sqlite") as database:
            found = {row[0] for row in database.execute("SELECT identifier FROM oauth_clients")}
    assert {"jupyterhub-user-ada!b", "jupyterhub-user-ada-b"} <= found
    assert client_id("ada", "b") != f"jupyterhub-user-{quote('ada!b')}"


def test_names_that_look_alike_are_two_servers(url: str) -> None:
    """`ada--b`, the usual server, and ada's server b."""
    ada, other = Person(url, "ada"), Person(url, "ada--b")
    ada.start("b")
    other.start("")
    ada.remove("b")
    assert other.servers()[""]["ready"]
    assert other.call("DELETE", "/server")[0] in {202, 204}


def test_staff_see_each_server_and_stop_one_of_them(url: str) -> None:
    ada, teacher = Person(url, "ada"), Person(url, "teacher")
    for server in ("", "a"):
        ada.start(server)
    scopes = ["users:activity!user=ada", "access:servers!server=ada/a"]
    made = ada.call("POST", "/tokens", {"scopes": scopes})[1]
    headers = {"Authorization": f"token {json.loads(made)['token']}"}
    report = json.dumps({"memory": 300 * 2**20, "cpus": 0.5}).encode()
    assert Browser(url).request("/hub/api/course/news", report, headers)[0] == 200
    page = teacher.browser.ask("/hub/course")[1]
    assert "On line: 1 of 3 students" in page
    rows = [row for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL) if "<td>ada" in row]
    assert ["300 MB" in row for row in rows] == [False, True]
    form = {"action": "stop", "name": "ada", "server": "a"}
    for wrong in ("b", "../x", "ada"):
        assert teacher.browser.ask("/hub/course", **{**form, "server": wrong})[0] == 409
    assert "The server a of ada is stopped" in teacher.browser.ask("/hub/course", **form)[1]
    assert set(ada.servers()) == {""}
    ada.start("a")
    said = teacher.browser.ask("/hub/course", action="stop-all")[1]
    assert "servers of students are being stopped" in said
    until(lambda: not ada.servers())
    ada.remove("a")


def test_what_the_course_has_no_more_is_stopped_and_does_not_start(tmp_path: Path) -> None:
    with running_hub(tmp_path, ROSTER, limits(2), **DUMMY) as url:
        ada = Person(url, "ada")
        ada.start("a")
        assert ada.call("PUT", "/servers/b")[0] == 201
    with running_hub(tmp_path, ROSTER, limits(0), **DUMMY) as url:
        ada = Person(url, "ada")
        assert "named-servers" not in ada.browser.ask("/hub/home")[1]
        assert ada.call("POST", "/servers/b")[0] == 400
        assert operator(url, "DELETE", "/hub/api/users/ada/servers/a")[0] in {202, 204}
        until(lambda: not ada.servers())


def test_a_start_counts_what_runs() -> None:
    def spawners(*running: str) -> Any:
        known = {name: SimpleNamespace(active=name in running) for name in ("", "a", "b", "c")}
        return SimpleNamespace(spawners=known)

    check_start(spawners("", "a", "b"), "", 0)
    check_start(spawners("", "a"), "b", 2)
    check_start(spawners("a", "b"), "b", 2)
    for most, running in ((0, ()), (0, ("a",)), (1, ("a",)), (2, ("a", "c"))):
        with pytest.raises(SpawnException):
            check_start(spawners(*running), "b", most)
    for name in ("lab", "..", "B"):
        with pytest.raises(SpawnException):
            check_start(spawners(), name, 2)


@pytest.mark.usefixtures("roster", "quick_looks")
async def test_a_service_of_somebody_elses_is_left_alone(settings: Settings) -> None:
    spawner, engine = make(settings)
    name = "semesterhub-dev-student-ada"
    engine.existing = {name: "other"}
    for labels in (
        {**engine.labels, "semesterhub.student": "alan"},
        {**engine.labels, "semesterhub.server": "b"},
    ):
        engine.labels = labels
        with pytest.raises(SpawnException, match="Another service has your server's name"):
            await spawner.start()
    assert (engine.existing, engine.removed) == ({name: "other"}, [])


def test_names() -> None:
    assert all(can_be_name(name) for name in ("a", "long-computation", "b2", "a-1", "x" * 30))
    assert not any(can_be_name(name) for name in ("", "a\n", "a-", "é", "git-pull"))
