"""What somebody meets who asks for what is not there or not theirs: the course's words."""

import html
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import Browser, running_hub
from semesterhub.pages import explain

ROSTER = {"students": ["ada", "alan"], "staff": ["teacher"], "groups": {}}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("refusals")
    secret = json.dumps({"password": "x"})
    with running_hub(folder, ROSTER, LOGIN='{"method": "dummy"}', SECRET=secret) as url:
        yield url


def main_part(page: str) -> str:
    return html.unescape(page.partition("<main")[2].partition("</main>")[0])


@pytest.mark.parametrize(
    ("who", "path", "status", "said"),
    [
        ("ada", "/hub/nothing-here", 404, "There is nothing here"),
        ("ada", "/hub/spawn/alan", 404, "There is nothing here"),
        ("ada", "/hub/course", 403, "This page is for the course's staff"),
        ("teacher", "/hub/spawn-pending/teacher/x%2Fy", 404, "There is nothing here"),
    ],
)
def test_an_error_is_told_in_the_courses_words(
    hub: str, who: str, path: str, status: int, said: str
) -> None:
    browser = Browser(hub)
    browser.log_in(who, "x")
    answered, page, _ = browser.ask(path)
    text = main_part(page)
    assert (answered, said in text) == (status, True), text
    assert "Grace Hopper" in text  # whom to ask
    for word in ("scope", f"{status} :", "None", "Traceback"):
        assert word not in text


@pytest.mark.parametrize(
    "message",
    [
        "Action is not authorized with current scopes; requires any of [access:servers]",
        "Missing or invalid credentials.",
        "",
    ],
)
def test_a_message_for_programs_is_told_to_nobody(message: str) -> None:
    said = explain(403, message, "Data Science 101", "Grace Hopper")
    assert said.title == "This is not for you"
    assert "Grace Hopper" in said.text
    assert not message or message not in said.text


def test_staff_are_offered_what_they_may_do(hub: str) -> None:
    """JupyterHub's own page of administration offers what its scopes refuse."""
    teacher = Browser(hub)
    teacher.log_in("teacher", "x")
    status, page, where = teacher.ask("/hub/admin")
    assert (status, where) == (200, f"{hub}/hub/course")
    for label in ("Shutdown Hub", "Add Users", "Access Server", "Spawn Page", "/hub/admin"):
        assert label not in page
    ada = Browser(hub)
    ada.log_in("ada", "x")
    assert ada.ask("/hub/admin")[0] == 403
