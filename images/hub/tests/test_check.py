"""The check that the course answers: its way through, and what it says where that ends."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from course_stage import CODE, NAME, Course, certificate, serving
from semesterhub import check as module
from semesterhub import check_steps, words
from semesterhub.check_browser import AnswerError, Browser, trusting
from semesterhub.settings import Settings, parse_settings

Spoil = Callable[[Course], object]


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch, data: dict[str, Any]) -> list[tuple[str, str]]:
    """Have the hub's own side answer; list what it is asked."""
    asked: list[tuple[str, str]] = []

    async def ask(method: str, query: str = "") -> dict[str, Any]:
        asked.append((method, query))
        return {"name": NAME, "code": CODE, "others": 7}

    def settings() -> Settings:
        return parse_settings(json.dumps({**data, "publicUrl": "https://course.example.edu:8443"}))

    monkeypatch.setattr(module, "_ask_inside", ask)
    for each in (module, check_steps):
        monkeypatch.setattr(each, "load_settings", settings)
    monkeypatch.setattr(check_steps, "OPEN_SECONDS", 0)
    return asked


async def checked(
    course: Course, folder: Path, name: str = "course.example.edu", trust: str | None = None
) -> tuple[int, str]:
    files = certificate(folder, name)
    async with serving(course, files) as port:
        return await module.check("127.0.0.1", port, trust or files[0].read_text())


async def test_a_course_that_answers(tmp_path: Path, inside: list[tuple[str, str]]) -> None:
    course = Course()
    code, said = await checked(course, tmp_path)
    assert (code, said.partition(" in ")[0]) == (
        0,
        "https://course.example.edu:8443 answers: a new student was served",
    )
    assert inside == [("POST", ""), ("DELETE", f"?name={NAME}")]
    assert [path for path in course.asked if "kernels" in path] == [
        f"POST /user/{NAME}/api/kernels"
    ]


def kernel_says(*messages: tuple[str, dict[str, object]]) -> Spoil:
    return lambda course: setattr(course, "output", list(messages))


def set_to(**values: object) -> Spoil:
    return lambda course: [setattr(course, name, value) for name, value in values.items()]


ERROR = ("error", {"ename": "OSError", "evalue": "no file"})
IDLE = ("status", {"execution_state": "idle"})


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (set_to(login=503), "open the login page: /hub/login answered 503"),
        (set_to(last={"failed": True, "message": "Spawn failed: x"}), "start a server: Spawn fai"),
        (set_to(last={"progress": 5}), "start a server: the hub did not say"),
        (set_to(home="https://elsewhere.example.edu/?a=secret"), "open the server: "),
        (set_to(home="/hub/home"), f"open the server: /user/{NAME}/lab leads to /hub/home"),
        (set_to(kept=False), "save a file: check.txt has another content"),
        (kernel_says(ERROR, IDLE), "run a cell: the cell ended with OSError: no file"),
        (kernel_says(("stream", {"text": "41"}), IDLE), "run a cell: the cell printed '41'"),
    ],
)
async def test_the_step_that_fails_is_named(
    tmp_path: Path, inside: list[tuple[str, str]], spoil: Spoil, said: str
) -> None:
    course = Course()
    spoil(course)
    code, text = await checked(course, tmp_path)
    assert code == 1
    assert f"a new student could not {said}" in text
    assert "npm run " in text
    assert "secret" not in text
    assert inside[-1] == ("DELETE", f"?name={NAME}")


async def test_the_public_name_must_be_in_the_certificate(
    tmp_path: Path, inside: list[tuple[str, str]]
) -> None:
    code, text = await checked(Course(), tmp_path, name="other.example.edu")
    assert code == 1
    assert "open the login page: the certificate is not right for this address" in text
    assert inside[-1][0] == "DELETE"


async def test_an_issuer_that_is_not_known(tmp_path: Path, inside: list[tuple[str, str]]) -> None:
    # names and dates alone count
    assert (await checked(Course(), tmp_path, trust=module.SERVED))[0] == 0
    code, text = await checked(Course(), tmp_path, "other.example.edu", module.SERVED)
    assert (code, "certificate is not right" in text) == (1, True)
    (tmp_path / "other").mkdir()
    foreign = certificate(tmp_path / "other", "course.example.edu")[0].read_text()
    code, text = await checked(Course(), tmp_path, trust=foreign)
    assert (code, "certificate is not right" in text) == (1, True)
    assert len(inside) == 6


@pytest.mark.parametrize(("others", "code"), [(7, 3), (0, 1)])
async def test_a_full_course_is_told_of(
    tmp_path: Path,
    inside: list[tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    others: int,
    code: int,
) -> None:
    del inside

    async def ask(_method: str, _query: str = "") -> dict[str, Any]:
        return {"name": NAME, "code": CODE, "others": others}

    monkeypatch.setattr(module, "_ask_inside", ask)
    course = Course()
    course.before, course.last = [{"progress": 20, "message": words.NO_ROOM}], {}
    found, text = await checked(course, tmp_path)
    assert found == code
    assert ("is full: 7 servers run" if others else "no machine has room") in text


async def test_what_could_not_be_removed_is_told_of(
    tmp_path: Path, inside: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    del inside

    async def ask(method: str, _query: str = "") -> dict[str, Any]:
        if method == "DELETE":
            raise OSError("the hub is gone")
        return {"name": NAME, "code": CODE, "others": 0}

    monkeypatch.setattr(module, "_ask_inside", ask)
    code, text = await checked(Course(), tmp_path)
    assert code == 1
    assert f"{NAME}, could not be removed: the hub is gone The hub goes on trying" in text


def test_the_machine_is_the_default_routes_gateway(tmp_path: Path) -> None:
    routes = tmp_path / "route"
    routes.write_text(
        "Iface\tDestination\tGateway \tFlags\n"
        "eth1\t0000000A\t00000000\t0001\n"
        "eth0\t00000000\t010012AC\t0003\n"
    )
    assert module.gateway(routes) == "172.18.0.1"


async def test_a_server_that_has_a_name_of_its_own_is_asked_there() -> None:
    browser = Browser("https://course.example.edu:8443", "127.0.0.1", 8443, trusting(""))
    try:
        login = browser._within("https://course.example.edu:8443/hub/login?next=x", "/")
        assert (login, browser._origin("/user/a/")) == (
            "/hub/login?next=x",
            "https://course.example.edu:8443",
        )
        assert browser._within("https://a.course.example.edu:8443/user/a/lab", "/hub/x") == (
            "/user/a/lab"
        )
        assert browser._origin("/user/a/api/contents") == "https://a.course.example.edu:8443"
        assert browser._origin("/hub/home") == "https://course.example.edu:8443"
        for away in (
            "https://evil.example.net/user/a/",
            "https://a.course.example.edu:8443/hub/login",
            "https://xcourse.example.edu:8443/user/a/",
            "http://a.course.example.edu:8443/user/a/",
        ):
            with pytest.raises(AnswerError, match="leads away"):
                browser._within(away, "/hub/x")
    finally:
        browser.close()
