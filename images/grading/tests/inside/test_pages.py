"""The pages: who gets them, and what they let a browser do."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.server_extensions.formgrader import apihandlers, handlers
from semesterhub_grading.pages import replaced
from semesterhub_grading.settings import Settings
from semesterhub_grading.shared import Shared
from service import Service

PAGES = [
    *("/formgrader/manage_assignments", "/formgrader/manage_submissions/ps1"),
    *("/formgrader/gradebook", "/formgrader/gradebook/ps1", "/formgrader/gradebook/ps1/p1"),
    *("/formgrader/manage_students", "/formgrader/manage_students/ada"),
    *(
        "/formgrader/manage_students/ada/ps1",
        "/overview",
        "/work",
        "/grades.csv",
        "/grades.csv?form=moodle",
    ),
    *("/formgrader/api/status", "/formgrader/api/assignments", "/formgrader/api/assignment/ps1"),
    *("/formgrader/api/notebooks/ps1", "/formgrader/api/submissions/ps1"),
    *("/formgrader/api/submission/ps1/ada", "/formgrader/api/submitted_notebooks/ps1/p1"),
    *("/formgrader/api/students", "/formgrader/api/student/ada"),
    *("/formgrader/api/student_submissions/ada",),
    *("/formgrader/api/student_notebook_submissions/ada/ps1",),
]
STEPS = [
    *("assignment/ps1/assign", "assignment/ps1/release", "assignment/ps1/unrelease"),
    *("assignment/ps1/collect", "submission/ps1/ada/autograde"),
    *("assignment/ps1/generate_feedback", "assignment/ps1/release_feedback"),
    *("assignment/ps1/ada/generate_feedback", "assignment/ps1/ada/release_feedback"),
]
BREAKOUT = "%22;parent.x=1;//"


@pytest.fixture
def service(graded: Settings) -> Iterator[Service]:
    with Service(graded) as running:
        yield running


def submission(service: Service) -> str:
    found = service.ask("/formgrader/api/submitted_notebooks/ps1/p1").json()
    [one] = [one for one in found if one["student"] == "ada"]
    return str(one["id"])


def scripts(text: str) -> list[str]:
    """Return the tags of a page's scripts."""
    return re.findall(r"<script\b[^>]*>", text)


def test_every_handler_of_nbgraders_is_ours() -> None:
    """A new version's handler without the additions would be a hole."""
    for _, handler, *_ in (*handlers.default_handlers, *apihandlers.default_handlers):
        if issubclass(handler, handlers.BaseHandler):
            assert issubclass(replaced(handler), Shared), handler
    writing = {
        handler
        for _, handler, *_ in apihandlers.default_handlers
        for name in ("post", "put", "delete", "patch")
        if name in vars(handler)
    }
    plain = {h.__name__ for h in writing if not {"post", "put"} & set(vars(replaced(h)))}
    # These two change neither a grade nor a file.
    assert plain == {"FlagSubmissionHandler", "StudentHandler"}


def test_graders_alone_get_pages_and_none_may_be_framed(service: Service) -> None:
    for path in PAGES:
        answer = service.ask(path)
        assert answer.status == 200, (path, answer.text[-500:])
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        for who in ("ada", "nobody", None):
            refused = service.ask(path, who)
            assert refused.status in {302, 403}, (path, who)
            assert "ps1" not in refused.text, (path, who)
    for path in STEPS:
        for who in ("ada", "nobody", None):
            assert service.ask(f"/formgrader/api/{path}", who, "POST").status == 403, (path, who)
    assert service.ask("/health", None).json()["status"] == "ok"
    assert service.jobs.all() == []


@pytest.mark.parametrize(
    "path",
    [
        *("/api/contents", "/api/kernels", "/terminals", "/files/course", "/tree", "/lab"),
        *("/nbconvert/html/course/source/ps1/p1.ipynb", "/view/a", "/nope", "/formgrader/nope"),
    ],
)
def test_nothing_else_of_jupyters_answers(service: Service, path: str) -> None:
    assert service.ask(path).status == 404


@pytest.mark.parametrize(
    "path",
    [
        f"/formgrader/manage_submissions/{BREAKOUT.replace('/', '%2F')}",
        "/formgrader/manage_submissions/%22;parent.x=1;%22",
        "/formgrader/gradebook/%3C%2Fscript%3E%3Cscript%3Eparent.x=1%3C%2Fscript%3E",
        "/formgrader/gradebook/ps1/%22+parent.x+%22",
        "/formgrader/manage_students/%5C",
        "/formgrader/manage_students/ada/%0A",
        "/formgrader/manage_students/%E2%80%A8",
    ],
)
def test_a_link_with_script_for_a_name_is_answered_by_no_page(service: Service, path: str) -> None:
    answer = service.ask(path)
    assert answer.status == 404
    assert "parent.x" not in answer.text


def test_names_are_escaped_where_they_stand(service: Service) -> None:
    """The second lock: what the first lets through can't end a string or a tag."""
    answer = service.ask("/formgrader/manage_submissions/a%20b")
    assert 'var assignment_id = "a b"' in answer.text
    environment = service.app.settings["nbgrader_jinja2_env"]
    made = environment.get_template("manage_submissions.tpl").render(assignment_id='";x=1//<x>')
    assert '";x=1' not in made
    assert "<x>" not in made


def test_in_a_submissions_page_only_our_scripts_have_the_nonce(service: Service) -> None:
    page = service.ask(f"/formgrader/submissions/{submission(service)}/")
    assert page.status == 200
    policy = page.headers["Content-Security-Policy"]
    nonce = re.search(r"script-src 'nonce-([\w-]+)' 'strict-dynamic'", policy)
    assert nonce, policy
    assert "unsafe-inline" not in policy
    ours, _, theirs = page.text.partition('id="notebook-container"')
    assert len(scripts(ours)) > 8
    assert all(f'nonce="{nonce[1]}"' in tag for tag in scripts(ours))
    assert scripts(theirs) == []
    assert nonce[1] not in theirs
    assert "parent.x" not in re.sub(r"&lt;script&gt;parent.x", "", theirs)
    other = service.ask(f"/formgrader/submissions/{submission(service)}/")
    assert nonce[1] not in other.text


def test_the_attributes_that_the_policy_lets_run_are_the_pages_own(service: Service) -> None:
    """The eye shows the student's name; its hash is in the policy."""
    page = service.ask(f"/formgrader/submissions/{submission(service)}/")
    found = set(re.findall(r'\son\w+="([^"]*)"', page.text))
    assert found == {"toggle_name(true);", "toggle_name(false);"}
    assert page.headers["Content-Security-Policy"].count("sha256-") == 2


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("evil.html", "application/octet-stream"),
        ("p1.ipynb", "application/octet-stream"),
        ("a.png", "image/png"),
        ("d.csv", "text/csv"),
    ],
)
def test_a_file_has_no_scripts_and_no_origin(service: Service, name: str, kind: str) -> None:
    answer = service.ask(f"/formgrader/submissions/{submission(service)}/{name}")
    assert answer.status == 200
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["Content-Type"] == kind
    assert (answer.headers["Content-Disposition"] == "attachment") == ("octet" in kind)


@pytest.mark.parametrize(
    "path",
    [
        *("../../../source/ps1/p1.ipynb", "..%2f..%2f..%2fsource%2fps1%2fp1.ipynb"),
        *("%2fetc%2fpasswd", "../../../../grading/gradebook.db"),
    ],
)
def test_no_file_outside_of_the_course_folder(service: Service, path: str) -> None:
    answer = service.ask(f"/formgrader/submissions/{submission(service)}/{path}")
    assert "root:" not in answer.text
    assert "SQLite" not in answer.text
    for header in ("Content-Security-Policy",):
        assert answer.headers[header]


@pytest.mark.parametrize("name", ["..", "*", "ps%3F", "%2e%2e%2fsource", "a%00b", "%5Bp%5Ds1"])
def test_a_step_of_a_pattern_is_refused(service: Service, name: str) -> None:
    answer = service.ask(f"/formgrader/api/assignment/{name}/release", method="POST")
    assert answer.status in {400, 404}
    assert service.jobs.all() == []


def test_no_configuration_comes_by_a_request(service: Service, root: Path) -> None:
    (root / "nbgrader_config.py").write_text(f"open({str(root / 'ran')!r}, 'w')\n")
    answer = service.ask(f"/formgrader?path={root}")
    assert answer.status == 302
    assert service.ask("/formgrader/manage_assignments").status == 200
    assert not (root / "ran").exists()


def test_the_forms_deadline_is_by_the_courses_clock(service: Service, root: Path) -> None:
    body = {"duedate_notimezone": "2026-12-01T23:59", "duedate_timezone": "+0200"}
    answer = service.ask("/formgrader/api/assignment/ps1", method="PUT", body=body)
    assert answer.status == 200
    kept = json.loads((root / "grading/deadlines.json").read_text())
    assert kept["ps1"]["due"] == "2026-12-01T22:59:00+00:00"
    assert "23:59" in answer.json()["display_duedate"]
    wrong = service.ask(
        "/formgrader/api/assignment/ps1", method="PUT", body={"duedate_notimezone": "soon"}
    )
    assert wrong.status == 400
    assert "2026-12-01T23:59" in wrong.text


def test_the_overview_escapes_what_students_wrote(service: Service, root: Path) -> None:
    folder = "<img src=x onerror=parent.x=1>"
    line = {"time": "t", "student": "eve", "folder": folder, "reason": "another's name"}
    (root / "received/refused.jsonl").write_text(json.dumps(line) + '\n{"time": "half')
    page = service.ask("/overview")
    assert page.status == 200
    assert "<img" not in page.text
    assert "another&#x27;s name" in page.text
    assert "script-src 'none'" in page.headers["Content-Security-Policy"]


def test_another_site_can_change_nothing(service: Service) -> None:
    assert service.ask("/overview").status == 200
    service.app.settings["xsrf_cookies"] = True
    for path in STEPS:
        answer = service.ask(f"/formgrader/api/{path}", method="POST")
        assert answer.status == 403, path
    assert service.jobs.all() == []
