"""The course page, announcements, and what servers report."""

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from running import Browser, inner, running_hub
from semesterhub.announcements import Announcement, read_end, read_text
from semesterhub.course import size
from semesterhub.paging import page_of
from semesterhub.usage import BOOK, Book, Usage, read_usage
from tornado.web import HTTPError

OPERATOR = "operator-token-of-the-tests-000000"
PASSWORD = "only for tests"
LOGIN = {"LOGIN": '{"method": "dummy"}', "SECRET": json.dumps({"password": PASSWORD})}
ROSTER = {"students": ["ada", "alan"], "staff": ["teacher", "tutor"], "groups": {}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("course")


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    """Run a hub with two students and two staff."""
    with running_hub(folder, ROSTER, OPERATOR_TOKEN=OPERATOR, **LOGIN) as address:
        yield address


def logged_in(url: str, name: str) -> Browser:
    browser = Browser(url)
    browser.log_in(name, PASSWORD)
    return browser


def api(
    url: str, method: str, path: str, token: str, body: object = None
) -> tuple[int, dict[str, Any]]:
    """Ask the API as a program does, by the inner door."""
    headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310 (our own hub)
        f"{inner(url)}/hub/api{path}", data, headers, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 (our own hub)
            return answer.status, json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read() or b"{}")


def server_token(browser: Browser, name: str, *scopes: str) -> str:
    """Make a token with the scopes of a server's own."""
    body = json.dumps({"scopes": list(scopes), "note": "a server's"}).encode()
    headers = {"Content-Type": "application/json", "X-XSRFToken": browser.xsrf}
    referer = {"Referer": f"{browser.url}/hub/token"}
    path = f"/hub/api/users/{name}/tokens"
    status, text, _ = browser.request(path, body, {**headers, **referer})
    assert status == 201, text
    return str(json.loads(text)["token"])


def test_staff_announce_and_everybody_reads_it_as_text(url: str) -> None:
    teacher = logged_in(url, "teacher")
    hostile = "Exam <script>alert(1)</script> & {{ 7 * 7 }}"
    said = teacher.ask("/hub/course", action="announce", text=hostile, hours="24")[1]
    assert "Announced." in said
    for browser in (Browser(url), logged_in(url, "ada")):
        text = browser.ask("/hub/login")[1] + browser.ask("/hub/nothing")[1]
        [found, *_] = re.findall(r'id="news">(.*?)</p>', text, re.DOTALL)
        assert "<" not in found
        assert unescape(found) == hostile
    teacher.ask("/hub/course", action="clear")
    assert 'id="news"' not in Browser(url).ask("/hub/login")[1]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"text": " ", "hours": "1"}, "is empty"),
        ({"text": "x" * 501, "hours": "1"}, "501 letters"),
        ({"text": "a\u202eb", "hours": "1"}, "control character"),
        ({"text": "x", "hours": "5"}, "is no time"),
        ({"text": "x", "hours": "<script>"}, "is no time"),
    ],
)
def test_what_can_be_no_announcement_is_refused(url: str, form: dict[str, str], said: str) -> None:
    status, text, _ = logged_in(url, "teacher").ask("/hub/course", action="announce", **form)
    assert (status, said in unescape(text)) == (400, True)
    assert "<script>" not in text.partition("<main")[2].partition("</main>")[0]


def test_students_announce_nothing(url: str) -> None:
    ada = logged_in(url, "ada")
    for action in ("announce", "clear", "stop", "stop-all"):
        status, text, _ = ada.ask("/hub/course", action=action, name="alan", text="x", hours="1")
        assert status == 403
        assert "for the course's staff" in unescape(text)
    token = server_token(ada, "ada", "users:activity!user=ada")
    for method, body in (("GET", None), ("POST", {"text": "x"}), ("DELETE", None)):
        assert api(url, method, "/course/announcement", token, body)[0] == 403


def test_an_operator_announces_until_a_time(url: str, folder: Path) -> None:
    until = (datetime.now(UTC) + timedelta(hours=2)).isoformat(timespec="seconds")
    body = {"text": "Maintenance\n tonight", "until": until}
    status, answer = api(url, "POST", "/course/announcement", OPERATOR, body)
    assert (status, answer["announcement"]["text"]) == (200, "Maintenance\ntonight")
    assert api(url, "GET", "/course/announcement", OPERATOR)[1] == answer
    for bad in ("tomorrow", "2026-01-01T00:00Z", "2199-01-01T00:00Z", "2026-12-01T18:00", 7):
        assert api(url, "POST", "/course/announcement", OPERATOR, {**body, "until": bad})[0] == 400
    # a server's own token reads it, as it reports what it uses
    ada = logged_in(url, "ada")
    token = server_token(ada, "ada", "users:activity!user=ada")
    usage = {"memory": 300 * 2**20, "cpus": 0.5}
    status, news = api(url, "POST", "/course/news", token, usage)
    assert (status, news) == (200, answer)


def test_an_announcement_survives_the_hubs_restart(tmp_path: Path) -> None:
    with running_hub(tmp_path, ROSTER, OPERATOR_TOKEN=OPERATOR, **LOGIN) as url:
        api(url, "POST", "/course/announcement", OPERATOR, {"text": "The exam is on Monday."})
    with running_hub(tmp_path, ROSTER, OPERATOR_TOKEN=OPERATOR, **LOGIN) as url:
        assert "The exam is on Monday." in Browser(url).ask("/hub/login")[1]


def test_reports_are_of_servers_and_within_bounds(url: str) -> None:
    ada = logged_in(url, "ada")
    token = server_token(ada, "ada", "users:activity!user=ada")
    for bad in ([], {}, {"memory": -1, "cpus": 0}, {"memory": 1, "cpus": "1"}, {"memory": True}):
        assert api(url, "POST", "/course/news", token, bad)[0] == 400
    weak = server_token(ada, "ada", "read:users:name!user=ada")
    assert api(url, "POST", "/course/news", weak, {"memory": 1, "cpus": 0})[0] == 403
    assert api(url, "POST", "/course/news", OPERATOR, {"memory": 1, "cpus": 0})[0] == 403
    assert api(url, "POST", "/course/news", "0" * 32, {"memory": 1, "cpus": 0})[0] == 403
    for number in ("NaN", "Infinity", "1e400"):
        with pytest.raises(HTTPError):
            read_usage(json.loads(f'{{"memory": 1, "cpus": {number}}}'))


def test_servers_what_they_use_and_how_they_are_stopped(url: str) -> None:
    ada, alan, tutor = (logged_in(url, name) for name in ("ada", "alan", "tutor"))
    for browser, name in ((ada, "ada"), (alan, "alan"), (tutor, "tutor")):
        browser.ask_once(f"/hub/spawn/{name}")
        _until(lambda b=browser, n=name: _server_ready(b, n))
    token = server_token(ada, "ada", "users:activity!user=ada")
    api(url, "POST", "/course/news", token, {"memory": 300 * 2**20, "cpus": 0.5})
    teacher = logged_in(url, "teacher")
    page = unescape(teacher.ask("/hub/course")[1])
    assert "On line: 3 of 2 students and 2 staff" in page
    assert "300 MB of memory and 0.5 processors" in page
    assert "Stop the server of ada" in page
    assert "Stop the server of tutor" not in page
    found = teacher.ask("/hub/course?search=AD")[1]
    assert ("<td>ada</td>" in found, "<td>alan</td>" in found) == (True, False)
    assert teacher.ask("/hub/course", action="stop", name="tutor")[0] == 409
    assert (
        "The server of alan is stopped" in teacher.ask("/hub/course", action="stop", name="alan")[1]
    )
    assert (
        "1 server of a student is being stopped" in teacher.ask("/hub/course", action="stop-all")[1]
    )
    _until(lambda: not _server_ready(ada, "ada"))
    assert _server_ready(tutor, "tutor")


def _server_ready(browser: Browser, name: str) -> bool:
    model = json.loads(browser.send(f"/hub/api/users/{name}", {}, Referer=browser.url)[1])
    return bool(model.get("servers", {}).get("", {}).get("ready"))


def _until(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.05)  # between two looks: the hub's API tells nobody


def test_the_page_offers_services_only_to_who_may_open_them(url: str) -> None:
    assert 'id="course-links"' not in logged_in(url, "teacher").ask("/hub/course")[1]


def test_hundreds_of_names_are_found_a_page_at_a_time(tmp_path: Path) -> None:
    many = [f"student-{n:04}@example.edu" for n in range(400)]
    roster = {"students": [*many, "ada"], "staff": ["teacher"], "groups": {}}
    environment = {"LOGIN": '{"method": "native"}', "SECRET": "{}", "OPERATOR_TOKEN": OPERATOR}
    with running_hub(tmp_path, roster, **environment) as url:
        answer = api(
            url, "POST", "/course/people", OPERATOR, {"action": "links", "names": ["teacher"]}
        )
        link = answer[1]["csv"].splitlines()[1].split(",")[1].partition("/hub")[2]
        teacher = Browser(url)
        teacher.ask(f"/hub{link}")
        form = {"signup_password": "four unrelated long words"}
        form["signup_password_confirmation"] = form["signup_password"]
        teacher.ask("/hub/welcome", code=link.partition("code=")[2], **form)
        page = teacher.ask("/hub/course")[1]
        assert "Page 1 of 9" in page
        assert len(page) < 100_000
        assert page.count('value="link"') == 50
        page = teacher.ask("/hub/course?search=student-0234")[1]
        assert re.findall(r"<td>(student-.*?)</td>", page) == ["student-0234@example.edu"]
        # what a button does keeps the search
        page = teacher.ask("/hub/course?search=student-0234", action="link", name="ada")[1]
        assert re.findall(r"<td>(student-.*?)</td>", page) == ["student-0234@example.edu"]


def test_pages_are_the_nearest_that_there_is() -> None:
    items = [f"n{number}" for number in range(120)]
    numbers = {
        text: page_of(items, text, "", str).number for text in ("1", "3", "99", "0", "x", "²")
    }
    assert numbers == {"1": 1, "3": 3, "99": 3, "0": 1, "x": 1, "²": 1}
    assert page_of(items, "2", "n11", str).items == [
        "n11",
        *(f"n11{number}" for number in range(10)),
    ]
    assert page_of([], "1", "", str).pages == 1


def test_a_report_counts_for_two_minutes() -> None:
    now = [0.0]
    book = Book(now=lambda: now[0])
    assert book.of("ada", "") is None
    book.note("ada", "", Usage(1, 0.0))
    now[0] = 120
    assert book.of("ada", "") == Usage(1, 0.0)
    now[0] = 121
    assert book.of("ada", "") is None
    assert BOOK.of("ada", "") is None


def test_an_announcement_has_a_mark_of_its_own() -> None:
    ends = read_end((datetime.now(UTC) + timedelta(days=1)).isoformat())
    assert Announcement("a").id != Announcement("b").id != Announcement("b", ends).id
    assert read_text(" a \r\n b ") == "a\nb"


def test_sizes_as_people_read_them() -> None:
    assert [size(n) for n in (0, 300 * 2**20, 1.5 * 2**30)] == ["0 MB", "300 MB", "1.5 GB"]
