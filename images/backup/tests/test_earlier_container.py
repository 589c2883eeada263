"""Earlier versions in the real container: a student asks, and takes one back."""

import os

import pytest
from box import Box, docker, needed
from students import Students

pytestmark = needed


@pytest.fixture
def students(box: Box) -> Students:
    """Have two backups made, between which ada's notebook was spoiled, and requests answered."""
    home = box.storage / "homes" / "ada"
    for text in ("good", "spoiled"):
        (home / "hw.ipynb").write_text(text)
        os.chown(home / "hw.ipynb", 20000, 20000)
        box.run("now")
    docker("exec", "--detach", box.name, "semesterhub-backup", "earlier")
    return Students(box)


def test_a_student_takes_back_what_they_spoiled(box: Box, students: Students) -> None:
    home = box.storage / "homes" / "ada"
    newest, oldest = students.states("hw.ipynb", 2)
    assert (newest["bytes"], oldest["bytes"]) == (7, 4)
    wish = {"do": "restore", "path": "hw.ipynb", "backup": oldest["backup"], "name": "hw (1).ipynb"}
    for name in ("hw (1).ipynb", "hw (1) 2.ipynb"):
        assert students.ask(20000, "ada", **wish) == {"ok": True, "name": name}
        assert (home / name).read_text() == "good"
        assert (home / name).stat().st_uid == 20000
    assert (home / "hw.ipynb").read_text() == "spoiled"
    # Another student has neither the path nor a way to it.
    assert students.ask(20001, "grace-h-1", do="list", path="hw.ipynb")["states"] == []
    refused = students.ask(20001, "grace-h-1", **wish)
    assert not refused["ok"]
    for path in ("../ada/hw.ipynb", "/etc/passwd", "a/../../ada/hw.ipynb", "\ud800"):
        assert not students.ask(20001, "grace-h-1", **{**wish, "path": path})["ok"]
        assert not students.ask(20001, "grace-h-1", do="list", path=path)["ok"]
    assert not (box.storage / "homes" / "grace-h-1" / "hw (1).ipynb").exists()


def test_a_folder_comes_back_with_its_owners_rights_alone(box: Box, students: Students) -> None:
    home = box.storage / "homes" / "ada"
    (state,) = students.states("work", 1)
    wish = {"do": "restore", "path": "work", "backup": state["backup"], "name": "work (1)"}
    assert students.ask(20000, "ada", **wish)["ok"]
    came = home / "work (1)"
    assert (came / "grüße ☺.txt").read_text() == "ü"
    assert (came / "random").read_bytes() == (home / "work" / "random").read_bytes()
    assert (came / "random").stat().st_mode & 0o7777 == 0o751
    # A folder that became a link leads nowhere, and a name with a slash is none.
    (home / "work").rename(home / "away")
    (home / "work").symlink_to("../grace-h-1/work")
    before = sorted((box.storage / "homes" / "grace-h-1" / "work").iterdir())
    inside = {**wish, "path": "work/random", "name": "random (1)"}
    assert "not there any more" in students.ask(20000, "ada", **inside)["message"]
    assert not students.ask(20000, "ada", **{**wish, "name": "../x"})["ok"]
    assert sorted((box.storage / "homes" / "grace-h-1" / "work").iterdir()) == before
    assert not (box.storage / "backup" / "earlier" / "staging").exists()
    log = docker("logs", box.name, check=False)
    assert "correct horse" not in log.stdout + log.stderr


def test_what_is_gone_is_named(box: Box, students: Students) -> None:
    students.states("hw.ipynb", 2)
    (box.storage / "homes" / "ada" / "hw.ipynb").unlink()
    box.run("now")
    students.states(".", 3)
    names = students.ask(20000, "ada", do="list", path="")["names"]
    assert {"hw.ipynb", "work", "nobody-may"} <= {each["name"] for each in names}
    assert names[-1]["name"] == "hw.ipynb"
