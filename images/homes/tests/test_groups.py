"""Folders of groups, made in a real folder, as root; and what their members can do with them."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from semesterhub_homes import groups
from semesterhub_homes.service import HomesService
from semesterhub_homes.table import FIRST_GROUP, LAST_GROUP, TableError, UidTable
from test_homes import settings

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="giving folders away takes root")

ADA, GRACE, ALAN = 20000, 20001, 20002
COURSE = 19999
Asked = dict[str, Any]


@pytest.fixture
def service(storage: Path) -> Iterator[HomesService]:
    for folder in (storage, *storage.parents[:3]):
        folder.chmod(0o755)
    made = HomesService(settings(storage))
    yield made
    made.close()


def ask(service: HomesService, name: str, *folders: str) -> Asked:
    answer = service.home({"username": name, "folders": list(folders)})
    assert answer.status == 200, answer
    return answer.body


def run_as(uid: int, gids: list[int], code: str, folder: Path) -> str:
    """Run Python as a student does, in a folder: the umask lets others read and not write.

    Answers `done`, or the name of what was raised.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        answer = "done"
        try:
            os.chdir(folder)
            os.umask(0o022)
            os.setgroups([COURSE, *gids])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            exec(code, {"os": os})  # noqa: S102 (the tests' own)
        except BaseException as error:  # noqa: BLE001 (told to the test)
            answer = type(error).__name__
        os.write(writing, answer.encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as answers:
        return answers.read()


def test_a_groups_folder_comes_with_a_members_home(service: HomesService, storage: Path) -> None:
    body = ask(service, "ada", "lab-1")
    assert body["groups"] == [19999, FIRST_GROUP]
    assert body["folders"] == {"lab-1": "/machine/groups/lab-1"}
    status = (storage / "groups" / "lab-1").stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o7777) == (0, FIRST_GROUP, 0o2770)
    # who is struck from the group gets neither folder nor GID, and the folder stays
    assert ask(service, "ada")["groups"] == [19999]
    assert ask(service, "ada")["folders"] == {}
    assert (storage / "groups" / "lab-1").is_dir()
    # another group has another GID, and the first its own for good
    assert ask(service, "ada", "lab-2", "lab-1")["groups"] == [19999, FIRST_GROUP + 1, FIRST_GROUP]


def test_members_work_on_the_same_files_and_others_see_nothing(
    service: HomesService, storage: Path
) -> None:
    for name in ("ada", "grace", "alan"):
        ask(service, name)
    gid = ask(service, "ada", "lab-1")["groups"][1]
    folder = storage / "groups" / "lab-1"
    made = "os.makedirs('a/b'); open('a/b/x', 'w').write('1')"
    assert run_as(ADA, [gid], made, folder) == "done"
    changed = f"open('{folder}/a/b/x', 'a').write('2'); os.mkdir('{folder}/a/c')"
    assert run_as(GRACE, [gid], changed, Path("/")) == "done"
    assert (folder / "a/b/x").read_text() == "12"
    for attempt in (
        f"os.listdir('{folder}')",
        f"open('{folder}/a/b/x')",
        f"os.listdir('{folder.parent}')",
    ):
        assert run_as(ALAN, [], attempt, Path("/")) == "PermissionError"


def test_no_member_opens_moves_or_replaces_the_folder(service: HomesService, storage: Path) -> None:
    gid = ask(service, "ada", "lab-1")["groups"][1]
    folder = storage / "groups" / "lab-1"
    attempts = (
        "os.chmod('.', 0o777)",
        f"os.chown('.', -1, {COURSE})",
        "os.setxattr('.', 'system.posix_acl_default', b'')",
        f"os.rename('{folder}', '{folder}-2')",
        f"os.symlink('/etc', '{folder}-2')",
        f"os.rmdir('{folder}')",
    )
    for attempt in attempts:
        assert run_as(ADA, [gid], attempt, folder) == "PermissionError", attempt


def test_what_members_leave_there_is_never_followed_or_opened(
    service: HomesService, storage: Path
) -> None:
    gid = ask(service, "ada", "lab-1")["groups"][1]
    folder = storage / "groups" / "lab-1"
    hostile = (
        "os.symlink('/etc/shadow', 'link'); os.mkfifo('pipe'); open('run', 'w').close();"
        "os.chmod('run', 0o2775)\nfor _ in range(300): os.mkdir('d'); os.chdir('d')"
    )
    assert run_as(ADA, [gid], hostile, folder) == "done"
    assert ask(service, "grace", "lab-1")["folders"] == {"lab-1": "/machine/groups/lab-1"}
    restarted = HomesService(settings(storage))
    restarted.close()
    assert sorted(path.name for path in folder.iterdir()) == ["d", "link", "pipe", "run"]


def test_a_whole_group_that_comes_at_once_gets_one_folder(
    service: HomesService, storage: Path
) -> None:
    bodies: list[Asked] = []
    names = [f"s{number}" for number in range(12)]
    threads = [
        threading.Thread(target=lambda name=name: bodies.append(ask(service, name, "lab-1")))
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {tuple(body["groups"]) for body in bodies} == {(19999, FIRST_GROUP)}
    assert [path.name for path in (storage / "groups").iterdir()] == ["lab-1"]


def test_a_folder_outlives_its_row(storage: Path) -> None:
    first = HomesService(settings(storage))
    ask(first, "ada", "lab-1", "lab-2")
    first.close()
    # an older copy of the table was put back
    (storage / "uids" / "uids.sqlite").unlink()
    again = HomesService(settings(storage))
    assert ask(again, "ada", "new", "lab-2")["groups"] == [19999, FIRST_GROUP + 2, FIRST_GROUP + 1]
    again.close()


@pytest.mark.parametrize("spoil", ["file", "link", "gid", "mode"])
def test_what_is_in_the_place_of_a_folder_costs_nobody_the_home(
    service: HomesService, storage: Path, spoil: str, caplog: pytest.LogCaptureFixture
) -> None:
    place = storage / "groups" / "lab-1"
    if spoil == "file":
        place.touch()
    elif spoil == "link":
        place.symlink_to("/etc")
    else:
        ask(service, "ada", "lab-1")
        place.chmod(0o2777) if spoil == "mode" else os.chown(place, 0, COURSE)
    body = ask(service, "ada", "lab-1", "lab-2")
    assert list(body["folders"]) == ["lab-2"]
    assert len(body["groups"]) == 2
    assert "the folder of lab-1 is left out" in caplog.text


def test_a_crash_leaves_nothing_half_made(
    service: HomesService, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "no disk")

    with monkeypatch.context() as patch:
        patch.setattr(groups.os, "setxattr", fail)
        body = ask(service, "ada", "lab-1")
        assert (body["folders"], body["groups"]) == ({}, [COURSE])
    assert not (storage / "groups" / "lab-1").exists()
    assert ask(service, "ada", "lab-1")["folders"] == {"lab-1": "/machine/groups/lab-1"}
    assert [path.name for path in (storage / "groups").iterdir()] == ["lab-1"]


def test_trouble_with_the_disk_costs_nobody_the_home(
    service: HomesService, storage: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ask(service, "ada")
    (storage / "groups").rmdir()
    assert ask(service, "ada", "lab-1")["folders"] == {}
    (storage / "groups").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(UidTable, "register_group", refuse_for_want_of_space)
        assert ask(service, "ada", "lab-1")["folders"] == {}
    assert caplog.text.count("the folder of lab-1 is left out") == 2
    assert list(ask(service, "ada", "lab-1")["folders"]) == ["lab-1"]


def refuse_for_want_of_space(*_: object) -> int:
    raise sqlite3.OperationalError("database or disk is full")


def test_a_file_system_without_acls_is_told_of_once(
    service: HomesService, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(groups.os, "setxattr", refuse)
    assert len(ask(service, "ada", "lab-1", "lab-2")["folders"]) == 2
    assert caplog.text.count("no ACLs") == 1


@pytest.mark.parametrize(
    "folders",
    ["lab-1", [1], ["."], ["../homes"], ["a/b"], [".making-x"], ["a" * 65], ["é"], ["a", "a"],
     [f"g{number}" for number in range(13)]],
)  # fmt: skip
def test_what_names_no_group_is_refused(service: HomesService, folders: object) -> None:
    assert service.home({"username": "ada", "folders": folders}).status == 400


def test_gids_end_before_those_of_everybody(tmp_path: Path) -> None:
    table = UidTable(tmp_path / "uids.sqlite", ADA)
    given = table.register_group("last", lambda _: LAST_GROUP, set)
    assert given == LAST_GROUP < 19998
    with pytest.raises(TableError, match="no GID left"):
        table.register_group("more", lambda _: None, set)
    for other in (19999, 20000, 0, LAST_GROUP):
        with pytest.raises(TableError, match="not this group's"):
            table.register_group("theirs", lambda _, gid=other: gid, set)
    table.close()
