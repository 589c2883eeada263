"""Files into homes whose owners are honest, and into others'."""

import base64
import json
import os
import sqlite3
from pathlib import Path

import pytest
from semesterhub_homes.making import Homes
from semesterhub_intake import hand_out
from semesterhub_intake.hand_out import RequestError

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="acts as several users: needs root")

ADA, EVE = 20001, 20002


def give(**files: str) -> dict[str, object]:
    return {
        "do": "give",
        "files": [
            {
                "path": path.replace("__", "/"),
                "content": base64.b64encode(text.encode()).decode(),
                "executable": path.endswith("_sh"),
            }
            for path, text in files.items()
        ],
    }


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a storage tree with the homes of ada and eve, and a name without one."""
    for folder in [tmp_path, *tmp_path.parents]:  # owners reach their homes
        if folder.owner() == "root" and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    (tmp_path / "homes").mkdir(mode=0o711)
    (tmp_path / "uids").mkdir()
    with sqlite3.connect(tmp_path / "uids" / "uids.sqlite") as db:
        db.execute("CREATE TABLE people (username, slug, uid)")
        rows = [("ada@uni.edu", "ada", ADA), ("eve@uni.edu", "eve", EVE), ("new", "new", 20003)]
        db.executemany("INSERT INTO people VALUES (?, ?, ?)", rows)
    for slug, uid in (("ada", ADA), ("eve", EVE)):
        home = tmp_path / "homes" / slug
        home.mkdir(mode=0o700)
        os.chown(home, uid, uid)
    roster = tmp_path / "roster.json"
    names = {"students": ["ada@uni.edu", "eve@uni.edu", "new"], "staff": [], "groups": {}}
    roster.write_text(json.dumps(names))
    monkeypatch.setattr(hand_out.read_people, "__defaults__", (roster,))
    return tmp_path


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def outcome(answer: dict[str, object], username: str) -> tuple[int, int, str]:
    people: list[dict[str, object]] = answer["people"]  # type: ignore[assignment]
    found = next(one for one in people if one["username"] == username)
    return found["given"], found["kept"], found["problem"]  # type: ignore[return-value]


def test_everybody_gets_the_files_as_their_own(storage: Path) -> None:
    said = hand_out.answer(give(week3__data="1", go_sh="#!/bin/sh"), storage)
    assert outcome(said, "ada@uni.edu") == (2, 0, "")
    for slug, uid in (("ada", ADA), ("eve", EVE)):
        home = storage / "homes" / slug
        for path, mode in (("week3", 0o755), ("week3/data", 0o644), ("go_sh", 0o755)):
            status = (home / path).lstat()
            assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (uid, uid, mode)
        assert (home / "week3/data").read_text() == "1"
        assert names_in(home) == ["go_sh", "week3"]
    # who has no home yet is no error
    assert len(said["people"]) == 2  # type: ignore[arg-type]


def test_what_is_there_stays(storage: Path) -> None:
    own = storage / "homes" / "ada" / "data"
    own.write_text("ada's own")
    said = hand_out.answer(give(data="ours"), storage)
    assert outcome(said, "ada@uni.edu") == (0, 1, "")
    assert own.read_text() == "ada's own"
    again = hand_out.answer(give(data="newer"), storage)
    assert outcome(again, "eve@uni.edu") == (0, 1, "")
    assert (storage / "homes" / "eve" / "data").read_text() == "ours"


@pytest.mark.parametrize("kind", ["folder", "file", "dangling", "pipe"])
def test_no_link_of_a_student_is_followed(storage: Path, kind: str) -> None:
    ada, eve = storage / "homes" / "ada", storage / "homes" / "eve"
    if kind == "folder":
        (eve / "week3").symlink_to(ada)
    elif kind == "file":
        (ada / "data").write_text("ada's")
        (eve / "week3").mkdir()
        os.chown(eve / "week3", EVE, EVE)
        (eve / "week3" / "data").symlink_to(ada / "data")
    elif kind == "dangling":
        (eve / "week3").symlink_to(storage / "homes" / "ada" / "week3-of-eve")
    else:
        os.mkfifo(eve / "week3")
    said = hand_out.answer(give(week3__data="1"), storage)
    given, kept, problem = outcome(said, "eve@uni.edu")
    assert given == 0
    assert (kept, problem) == (1, "") if kind == "file" else "something else there" in problem
    assert not (ada / "week3-of-eve").exists()
    if kind == "file":
        assert (ada / "data").read_text() == "ada's"
    # nobody else is worse off
    assert outcome(said, "ada@uni.edu")[0] == 1


def test_what_the_owner_could_not_write_is_not_written(storage: Path) -> None:
    """With root's rights a folder of somebody else's, reached by any trick, would be written to."""
    theirs = storage / "homes" / "eve" / "week3"
    theirs.mkdir(mode=0o755)  # root's
    said = hand_out.answer(give(week3__data="1"), storage)
    assert outcome(said, "eve@uni.edu") == (0, 0, "week3/data: Permission denied")
    assert names_in(theirs) == []


def test_a_home_of_somebody_else_is_left_alone(storage: Path) -> None:
    os.chown(storage / "homes" / "eve", ADA, ADA)
    said = hand_out.answer(give(data="1"), storage)
    assert "can't be opened" in outcome(said, "eve@uni.edu")[2]
    assert names_in(storage / "homes" / "eve") == []


def test_homes_that_are_made_later_have_the_files(storage: Path, tmp_path: Path) -> None:
    skeleton = tmp_path / "skel"
    (skeleton / "week3").mkdir(parents=True)
    (skeleton / "week3" / "notes").write_text("of the skeleton")
    (skeleton / "data").write_text("of the skeleton")
    hand_out.answer(give(week3__data="1", go_sh="x", data="ours"), storage)
    homes = Homes(storage / "homes", skeleton, storage / hand_out.STORE)
    assert homes.ensure("new", 20003)
    home = storage / "homes" / "new"
    assert (home / "week3" / "data").read_text() == "1"
    assert (home / "week3" / "notes").read_text() == "of the skeleton"
    # what was handed out later than the skeleton was written wins over nothing, as everywhere
    assert (home / "data").read_text() == "of the skeleton"
    for path in home.rglob("*"):
        assert path.lstat().st_uid == 20003
    assert (home / "go_sh").stat().st_mode & 0o777 == 0o755


def test_a_file_is_forgotten(storage: Path) -> None:
    hand_out.answer(give(week3__data="1", other="2"), storage)
    said = hand_out.answer({"do": "forget", "path": "week3/data"}, storage)
    assert said == {"kept": ["other"]}
    assert hand_out.answer({"do": "list"}, storage) == {"kept": ["other"]}
    with pytest.raises(RequestError, match="not handed out"):
        hand_out.answer({"do": "forget", "path": "week3/data"}, storage)


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "", "a//b", ".", "a\0b"])
def test_a_path_leads_down(storage: Path, path: str) -> None:
    files = [{"path": path, "content": "", "executable": False}]
    with pytest.raises(RequestError, match="no path below a home"):
        hand_out.answer({"do": "give", "files": files}, storage)
    with pytest.raises(RequestError, match="no path below a home"):
        hand_out.answer({"do": "forget", "path": path}, storage)


def test_what_is_too_large_is_refused_before_anything_is_given(
    storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hand_out, "MOST_BYTES", 3)
    with pytest.raises(RequestError, match="/srv/shared"):
        hand_out.answer(give(data="1234"), storage)
    assert names_in(storage / "homes" / "ada") == []
