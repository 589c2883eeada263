"""The image as a student's server: read-only root, an id without an entry, no hub but a fake."""

import json
import os
import re
import time

import pytest
from testing.kernel import Kernel
from testing.student import COURSE_GID, EXCHANGE, UID, Student, docker, image_under_test
from testing.websocket import WebSocket

pytestmark = pytest.mark.image

MEGABYTE = 2**20


def test_a_kernel_runs_code_with_the_courses_packages(student: Student) -> None:
    with Kernel(student) as kernel:
        printed = kernel.run(
            "import getpass, os, numpy, scipy, pandas, matplotlib, sklearn, ipywidgets\n"
            "print(getpass.getuser(), os.getuid(), os.getcwd(), numpy.arange(4).sum())"
        )
    assert printed == f"ada {UID} /home/ada 6\n"


def test_a_student_may_install_packages_of_their_own(student: Student) -> None:
    with Kernel(student) as kernel:
        assert kernel.run("import site; print(site.ENABLE_USER_SITE)") == "True\n"
        assert kernel.run("print(site.getusersitepackages())").startswith("/home/ada/.local/")


def test_what_a_student_installs_is_not_imported_by_the_server() -> None:
    break_it = (
        'd="$HOME/.local/lib/python3.13/site-packages"; mkdir -p "$d";'
        ' echo "raise SystemExit(7)" > "$d/tornado.py";'
        ' echo "raise SystemExit(7)" > "$HOME/json.py"; exec semesterhub-singleuser'
    )
    with Student(image_under_test(), command=["sh", "-c", break_it]) as student:
        student.wait_ready()
        assert student.get("lab").status == 200


def test_the_hub_is_told_what_is_used_and_tells_what_is_announced() -> None:
    news = {"id": "1", "text": "The exam is on Monday.", "ends": None}
    with Student(image_under_test()) as student:
        student.hub.announcement = news
        student.wait_ready()
        deadline = time.monotonic() + 20
        while student.get("semesterhub/news").json() != {"announcement": news}:
            assert time.monotonic() < deadline, student.hub.seen.usage
            time.sleep(0.1)  # between two looks: the page, too, asks again
        told = student.hub.seen.usage[0]
        assert student.get("semesterhub/news", token="").status in {302, 403}
    assert 10 * MEGABYTE < told["memory"] < 500 * MEGABYTE
    assert told["cpus"] >= 0


def test_a_terminal_opens_with_a_friendly_prompt(student: Student) -> None:
    # As from JupyterLab: with the pages loaded, which have an address of their own for terminals.
    assert student.get("lab").status == 200
    name = student.request("POST", "api/terminals").json()["name"]
    path = f"{student.prefix}terminals/websocket/{name}"
    with WebSocket(student.address, 8888, path, student.hub.browser_token) as terminal:
        terminal.send(["stdin", "echo $((40+2)) $(whoami) $(id -gn); which python\r"])
        shown = ""
        while "/usr/local/bin/python" not in shown:
            kind, *rest = terminal.receive()
            shown += rest[0] if kind == "stdout" else ""
    assert "42 ada ada" in shown
    assert "ada@ada" in shown
    assert "I have no name" not in shown


def test_git_commits_without_configuration(student: Student) -> None:
    with Kernel(student) as kernel:
        printed = kernel.run(
            "import subprocess\n"
            "subprocess.run('git init -q r && cd r && git commit -q --allow-empty -m first"
            " && git log --format=%an,%ae', shell=True, check=True)\n"
            "print(subprocess.run(['git', '-C', 'r', 'log', '--format=%an,%ae'],"
            " capture_output=True, text=True).stdout)"
        )
    assert "ada,ada@localhost" in printed


def test_a_large_file_is_uploaded_and_read_back(student: Student) -> None:
    text = os.urandom(22 * MEGABYTE).hex()
    model = {"type": "file", "format": "text", "content": text}
    made = student.request("PUT", "api/contents/large.txt", model)
    assert made.status == 201, made.body
    assert made.json()["size"] == 44 * MEGABYTE
    assert student.get("files/large.txt").body.decode() == text
    assert student.request("DELETE", "api/contents/large.txt").status == 204


def test_notebooks_are_saved_and_listed(student: Student) -> None:
    content = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    model = {"type": "notebook", "format": "json", "content": content}
    assert student.request("PUT", "api/contents/a.ipynb", model).status == 201
    listed = student.get("api/contents?content=1").json()["content"]
    assert "a.ipynb" in [entry["name"] for entry in listed]


def test_nbgraders_list_uses_the_courses_exchange(student: Student) -> None:
    answer = student.get("assignments?course_id=ds101").json()
    assert answer == {"success": True, "value": []}, answer
    assert student.get("nbgrader_version?version=0.9.6").json() == {"success": True}


def disabled_plugins(server: Student, page: str) -> set[str]:
    """Read which plugins a page's own configuration tells JupyterLab to leave out."""
    config = re.search(
        r'<script id="jupyter-config-data"[^>]*>(.*?)</script>',
        server.get(page).body.decode(),
        re.DOTALL,
    )
    assert config, f"{page} has no configuration"
    return set(json.loads(config[1])["disabledExtensions"])


@pytest.mark.parametrize("page", ["lab", "tree", "notebooks/a.ipynb"])
def test_panels_for_staff_are_shown_to_staff_only(
    student: Student, teacher: Student, page: str
) -> None:
    for_staff = {f"@jupyter/nbgrader:{panel}" for panel in ("create-assignment", "formgrader")}
    assert disabled_plugins(student, page) - disabled_plugins(teacher, page) == for_staff
    hidden = {name for name in disabled_plugins(teacher, page) if "nbgrader" in name}
    # It lists the courses of a hub with several; here it would stay empty.
    assert hidden == {"@jupyter/nbgrader:course-list"}


def test_what_stands_behind_the_panels_answers_staff_only(
    student: Student, teacher: Student
) -> None:
    assert student.get("formgrader/api/status").status == 404
    assert teacher.get("formgrader/api/status").status == 200
    assert teacher.get("formgraders").status == 404


def test_formgrader_in_a_frame_is_a_door_without_rights(teacher: Student) -> None:
    """No page of a server may be framed; this one has an origin of its own."""
    framed = teacher.get("formgrader", headers={"Sec-Fetch-Dest": "iframe"})
    policy = framed.headers["Content-Security-Policy"]
    assert "sandbox allow-scripts;" in policy
    assert "frame-ancestors 'self'" in policy
    assert b"Open Formgrader" in framed.body
    # In a tab it is nbgrader's own page, which wants a browser's login (test/browser sees it).
    whole = teacher.get("formgrader", headers={"Sec-Fetch-Dest": "document"})
    assert "frame-ancestors 'none'" in whole.headers["Content-Security-Policy"]
    assert b"Open Formgrader" not in whole.body


def test_an_assignment_goes_from_staff_to_students_and_back() -> None:
    """Two people with ids of their own on one exchange, as the deployment makes it."""
    course = {"SEMESTERHUB_COURSE": "ds101"}
    volume = docker("volume", "create")
    shared = ["--volume", f"{volume}:{EXCHANGE}"]
    try:
        docker(
            "run", "--rm", *shared, "--entrypoint", "sh", image_under_test(), "-c",
            f"chown 0:{COURSE_GID} {EXCHANGE} && chmod 3777 {EXCHANGE}",
        )  # fmt: skip
        staff = {**course, "SEMESTERHUB_STAFF": "1"}
        with (
            Student(image_under_test(), username="teacher", env=staff, options=shared) as teacher,
            Student(image_under_test(), env=course, options=shared) as ada,
        ):
            teacher.wait_ready()
            ada.wait_ready()
            teacher.execute(
                "sh", "-c",
                "mkdir -p source/ps1 && echo data > source/ps1/notes.txt && echo"
                ' \'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\''
                " > source/ps1/ps1.ipynb"
                " && nbgrader generate_assignment ps1 && nbgrader release_assignment ps1",
            )  # fmt: skip
            listed = ada.get("assignments?course_id=ds101").json()["value"]
            assert [(one["assignment_id"], one["status"]) for one in listed] == [
                ("ps1", "released")
            ]
            ada.execute("sh", "-c", "nbgrader fetch_assignment ps1 && nbgrader submit ps1")
            with pytest.raises(RuntimeError):
                ada.execute("mv", f"{EXCHANGE}/ds101", f"{EXCHANGE}/away")
            teacher.execute("nbgrader", "collect", "ps1")
            assert teacher.execute("cat", "submitted/ada/ps1/notes.txt") == "data"
    finally:
        docker("volume", "rm", "--force", volume)


def test_memory_is_shown_against_the_limit(student: Student) -> None:
    metrics = student.get("api/metrics/v1").json()
    assert metrics["limits"]["memory"]["rss"] == 2**30
    assert 0 < metrics["rss"] < 2**30


@pytest.mark.parametrize(
    "path",
    [
        *("lab", "tree", "lab/api/settings", "lab/api/translations/", "api/me"),
        *("api/kernelspecs", "api/sessions", "api/terminals", "lsp/status"),
        *("lab/extensions/@jupyter/nbgrader/static/style.js", "notebooks/a.ipynb", "courses"),
        "git-pull?repo=https://example.edu/x",
    ],
)
def test_pages_and_interfaces_answer(student: Student, path: str) -> None:
    assert student.get(path).status == 200


def test_the_front_page_is_jupyterlab(student: Student) -> None:
    assert student.get("").headers["Location"].startswith(f"{student.prefix}lab")


def test_a_stranger_is_sent_to_the_hub(student: Student) -> None:
    answer = student.get("lab", token="")
    assert answer.status == 302
    assert answer.headers["Location"].startswith("/hub/api/oauth2/authorize?")
    assert student.get("api/contents", token="wrong").status == 403


def test_the_hub_hears_of_activity(student: Student) -> None:
    deadline = time.monotonic() + 20
    while not student.hub.seen.activity and time.monotonic() < deadline:
        time.sleep(0.1)  # between two looks: the stand-in for the hub tells nobody
    assert "last_activity" in student.hub.seen.activity[0]["servers"][""]


def test_an_open_page_that_only_polls_is_not_activity(student: Student) -> None:
    before = student.get("api/status").json()["last_activity"]
    for path in ("api/metrics/v1", "api/kernels", "api/sessions", "api/terminals"):
        assert student.get(path).status == 200
    assert student.get("api/contents?content=1&hash=0").status == 200
    assert student.get("api/status").json()["last_activity"] == before
    assert student.get("api/contents/a.ipynb?type=notebook&content=1").status == 200
    assert student.get("api/status").json()["last_activity"] > before


def test_the_gate_holds_a_server_whose_network_is_open() -> None:
    with Student(image_under_test(), env={"SEMESTERHUB_FIREWALL": "1"}) as student:
        time.sleep(3)  # nothing is to happen: no event to wait for, only time in which it could
        assert docker("inspect", student.name, "-f", "{{.State.Running}}") == "true"
        with pytest.raises(OSError, match="refused"):
            student.get("api", token="", timeout=2)
        # as the firewall container closes it: from a container with a right that students lack
        rules = (
            "add table inet t; add chain inet t out { type filter hook output priority 0; }; "
            "add rule inet t out ip daddr 127.0.0.1 tcp dport 1 "
            "reject with icmpx type admin-prohibited"
        )
        docker(
            "run", "--rm", "--user", "0", "--cap-add", "NET_ADMIN",
            "--network", f"container:{student.name}", "--entrypoint", "nft",
            os.environ.get("SEMESTERHUB_FIREWALL_IMAGE", "semesterhub/firewall:test"), rules,
        )  # fmt: skip
        student.wait_ready()


def test_nothing_in_the_image_is_setuid() -> None:
    found = docker(
        "run", "--rm", "--entrypoint", "find", image_under_test(), "/", "-xdev", "-perm", "/6000",
        "-type", "f",
    )  # fmt: skip
    assert found == ""


def test_the_dns_trap_is_not_in_the_image() -> None:
    listed = docker(
        "run", "--rm", "--entrypoint", "python", image_under_test(), "-c",
        "import importlib.util as u; print([n for n in ('aiodns', 'pycares') if u.find_spec(n)])",
    )  # fmt: skip
    assert listed == "[]"
