"""The course's face on the hub's pages: there, and never more than text."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any, get_args

import pytest
from running import Browser, running_hub
from semesterhub.face import login_words
from semesterhub.pages import explain
from semesterhub.settings import Login, Method, Settings, parse_settings

HOSTILE = "</title><script>alert('x')</script>{{ 7 * 7 }}&amp;"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
FACE = {
    "welcome": [HOSTILE],
    "links": [{"label": HOSTILE, "url": "https://example.edu/"}],
    "footer": HOSTILE,
    "logo": {"type": "image/svg+xml", "data": base64.b64encode(SVG).decode()},
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a hub whose configuration is as hostile as it can be."""
    folder: Path = tmp_path_factory.mktemp("face")
    secret = json.dumps({"password": "only for tests"})
    changes = {"title": HOSTILE, "face": FACE}
    with running_hub(
        folder, changes=changes, LOGIN='{"method": "dummy"}', SECRET=secret
    ) as address:
        yield address


@pytest.mark.parametrize("path", ["/hub/login", "/hub/home", "/hub/token", "/hub/nothing"])
def test_what_the_configuration_says_is_text(url: str, path: str) -> None:
    browser = Browser(url)
    if path != "/hub/login":
        browser.log_in("ada", "only for tests")
    _, text, _ = browser.ask(path)
    assert escape(HOSTILE, quote=False).replace("'", "&#39;") in text
    assert "<script>alert" not in text
    assert "49" not in text.partition("<body>")[2].replace(HOSTILE, ""), "a template in a template"


def test_the_logo_is_a_picture_and_runs_nothing(url: str) -> None:
    browser = Browser(url)
    _, page, _ = browser.ask("/hub/login")
    address = page.partition('<img src="')[2].partition('"')[0]
    assert address.startswith("/hub/course-logo?v=")
    with browser.opener.open(f"{url}{address}") as answer:
        assert answer.read() == SVG
        assert answer.headers["Content-Type"] == "image/svg+xml"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "immutable" in answer.headers["Cache-Control"]


def test_a_course_without_a_logo_has_none(tmp_path: Path) -> None:
    secret = json.dumps({"password": "only for tests"})
    with running_hub(tmp_path, LOGIN='{"method": "dummy"}', SECRET=secret) as url:
        assert "course-logo" not in Browser(url).ask("/hub/login")[1]
        assert Browser(url).ask("/hub/course-logo")[0] == 404


def test_each_login_method_has_words_of_its_own(settings: Settings) -> None:
    said = {
        method: login_words(
            replace(
                settings,
                contact="Grace Hopper",
                login=Login(
                    method, hosted_domains=("a.edu", "b.edu"), identity_providers=("c.edu",)
                ),
            )
        )
        for method in get_args(Method)
    }
    assert "@a.edu or @b.edu" in said["google"]
    assert "Grace Hopper" in said["github"]
    assert said["globus"] == "Use your Globus account of c.edu."
    assert "university" in said["cilogon"]


def test_a_full_course_says_so_in_its_own_words() -> None:
    message = "Active user limit exceeded. Try again in a few minutes."
    said = explain(429, message, "Data Science 101", "Grace Hopper")
    assert said.title == "All places are taken"
    assert "Data Science 101" in said.text
    assert "Grace Hopper" in said.text
    assert explain(429, "Wait 20 seconds.", "T", "G").text == "Wait 20 seconds."


def test_a_face_that_is_no_face_is_refused(data: dict[str, Any]) -> None:
    data["face"] = {"colour": "#fff"}
    with pytest.raises(ValueError, match=r"unknown key face\.colour"):
        parse_settings(json.dumps(data))
