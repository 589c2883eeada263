"""nbgitpuller in the real server, with a repository that git finds in the student's own home."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest
from testing.student import Student

pytestmark = pytest.mark.image

REPOSITORY = "https://git.example.edu/ds101/week-1.git"
LINK = {"repo": REPOSITORY, "branch": "main", "targetpath": "week-1", "urlpath": "lab/tree/week-1"}
MAKE = f"""
git init -q -b main ~/origin && cd ~/origin && echo 1 > a.txt && git add .
git -c user.name=ada -c user.email=ada@localhost commit -q -m first
git config --global url.file://$HOME/origin.insteadOf {REPOSITORY}
"""


@pytest.fixture(scope="module", autouse=True)
def repository(student: Student) -> None:
    """Make it, where the student's git finds it at its address."""
    student.execute("sh", "-c", MAKE)


def address(more: dict[str, str]) -> str:
    return f"git-pull?{urlencode({**LINK, **more})}"


def test_a_link_brings_its_folder_after_the_student_agreed(student: Student) -> None:
    asked = student.get(address({}))
    assert asked.status == 200
    assert "default-src 'none'" in asked.headers["Content-Security-Policy"]
    page = asked.body.decode()
    assert "Get these files?" in page
    fields = re.findall(r'name="(.*?)" value="(.*?)"', page)
    agreed = {name: unescape(value) for name, value in fields}
    assert "Synchronizing" in student.get(address(agreed)).body.decode()
    work = urlencode({key: LINK[key] for key in ("repo", "branch", "targetpath")})
    done = student.get(f"git-pull/api?{work}").body.decode()
    assert '"phase": "finished"' in done
    assert student.execute("cat", "/home/ada/week-1/a.txt") == "1"
    # the next time it is brought up to date, and nobody is asked
    assert "Synchronizing" in student.get(address({})).body.decode()


def test_a_clone_made_by_hand_is_merged_into_after_a_question(student: Student) -> None:
    student.execute("sh", "-c", f"git clone -q {REPOSITORY} ~/by-hand")
    by_hand = {"targetpath": "by-hand"}
    asked = student.get(address(by_hand)).body.decode()
    assert "brings what is new in" in asked
    link = {**LINK, **by_hand}
    work = urlencode({key: link[key] for key in ("repo", "branch", "targetpath")})
    assert student.get(f"git-pull/api?{work}").status == 400
    fields = re.findall(r'name="(.*?)" value="(.*?)"', asked)
    agreed = {name: unescape(value) for name, value in fields}
    assert "Synchronizing" in student.get(address(agreed)).body.decode()
    assert '"phase": "finished"' in student.get(f"git-pull/api?{work}").body.decode()


def test_a_hostile_link_is_told_of_and_changes_nothing(student: Student) -> None:
    for more in ({"targetpath": ".ipython"}, {"urlpath": "<script>alert(1)</script>"}):
        refused = student.get(address(more))
        page = refused.body.decode()
        assert refused.status == 400
        assert "What it says" in page or "that is visible" in page
        assert "<script" not in page
    direct = student.get(f"git-pull/api?{urlencode({'repo': REPOSITORY, 'targetpath': '.x'})}")
    assert direct.status == 400
    assert student.get("git-sync?repo=x&urlpath=<script>").headers["Location"].startswith("/user/")
    assert ".x" not in student.execute("ls", "-A", "/home/ada").split()
