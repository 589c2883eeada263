"""Copies, locks, paths, settings and targets: what can be tested without restic."""

import ctypes
import io
import json
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from semesterhub_backup import credentials, frames
from semesterhub_backup.copies import copy_database, copy_databases
from semesterhub_backup.copy import BudgetSpentError, TreeCopy, empty, is_emptied, object_path
from semesterhub_backup.errors import BackupError, NotFoundError
from semesterhub_backup.exchange import exchange
from semesterhub_backup.lock import held, is_held
from semesterhub_backup.manifest import Item, from_line, to_line
from semesterhub_backup.opened import select
from semesterhub_backup.paths import group_path, safe_path
from semesterhub_backup.settings import read_settings

NOW = datetime(2026, 11, 21, 13, 0, 30, tzinfo=UTC)


def test_the_lock_goes_with_its_holder(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("left behind")
    assert not is_held(lock)
    with held(lock, lambda: None):
        assert is_held(lock)
        child = os.fork()
        if child == 0:
            os._exit(0 if is_held(lock) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert not is_held(lock)


@pytest.mark.parametrize("path", ["", "..", "../x", "a/../../b", "/etc/passwd", "a\0b", "."])
def test_paths_that_lead_out(path: str) -> None:
    with pytest.raises(BackupError):
        safe_path(path)


@pytest.mark.parametrize("group", ["", ".", "..", "a/b", "-a", "a\n", "a" * 65])
def test_no_name_of_a_group(group: str) -> None:
    with pytest.raises(NotFoundError):
        group_path(group, None)


def test_paths_of_groups() -> None:
    assert group_path("project-1", None) == "project-1"
    assert group_path("project-1", "deep/./report") == "project-1/deep/report"
    with pytest.raises(BackupError):
        group_path("project-1", "../project-2")


def test_paths() -> None:
    assert safe_path("work/a b.txt") == "work/a b.txt"
    assert safe_path("./work/") == "work"


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o644])
def test_a_passphrase_that_others_may_read(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "passphrase"
    file.write_text("a\n")
    file.chmod(mode)
    with pytest.raises(credentials.UnusableError, match="others may read it"):
        credentials.passphrase(file)
    file.chmod(0o400)
    assert credentials.passphrase(file) == "a"


@pytest.mark.parametrize("text", ["", "\n", "a\nb", "a\0"])
def test_bad_passphrases(tmp_path: Path, text: str) -> None:
    file = tmp_path / "passphrase"
    file.write_text(text)
    file.chmod(0o400)
    with pytest.raises(credentials.UnusableError):
        credentials.passphrase(file)


@pytest.mark.parametrize("key", ["EVERY_MINUTES", "KEEP_DAYS", "KEEP_WEEKS"])
@pytest.mark.parametrize("value", ["0", "-1", "x", "1.5"])
def test_bad_settings(key: str, value: str) -> None:
    with pytest.raises(BackupError, match=key):
        read_settings({key: value})


def test_a_copy_of_a_database_in_use(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "live")) as live:
        live.execute("PRAGMA journal_mode=WAL")
        live.execute("CREATE TABLE t (x)")
        live.commit()
        live.execute("INSERT INTO t VALUES (1)")
        live.commit()
        live.execute("INSERT INTO t VALUES (2)")  # not committed
        copy_database(tmp_path / "live", tmp_path / "copy")
        assert (tmp_path / "live-wal").stat().st_size > 0
    assert {path.name for path in tmp_path.iterdir()} == {"live", "copy"}
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        assert copy.execute("SELECT x FROM t").fetchall() == [(1,)]


def test_a_damaged_database_is_kept_as_it_is_beside_the_last_good_copy(tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    live = tmp_path / "hub" / "jupyterhub.sqlite"
    with closing(sqlite3.connect(live)) as hub:
        hub.execute("CREATE TABLE t (x)")
        hub.executemany("INSERT INTO t VALUES (?)", [("x" * 500,)] * 100)
        hub.commit()
    copies = tmp_path / "copies"
    assert copy_databases(tmp_path, copies) == {}
    good = (copies / "jupyterhub.sqlite").read_bytes()
    for damage in (b"nonsense" * 1000, good[:8192] + b"\xff" * 4096 + good[12288:]):
        live.write_bytes(damage)
        (why,) = copy_databases(tmp_path, copies).values()
        assert "can't be read" in why
        assert live.read_bytes() == damage
        assert (copies / "jupyterhub.sqlite.damaged").read_bytes() == damage
        assert (copies / "jupyterhub.sqlite").read_bytes() == good
    live.write_bytes(good)
    assert copy_databases(tmp_path, copies) == {}
    assert {path.name for path in copies.iterdir()} == {"jupyterhub.sqlite"}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("file:///backups", "/backups"),
        ("swift://course-backups", "swift:course-backups:/"),
        ("s3://s3.example.edu:9000/bucket/a", "s3:https://s3.example.edu:9000/bucket/a"),
        ("sftp://me@host:22/backups", "sftp://me@host:22/backups"),
        ("sftp://me@host//srv/backups", "sftp://me@host//srv/backups"),
    ],
)
def test_targets(target: str, expected: str) -> None:
    assert credentials.repository(target) == expected


@pytest.mark.parametrize(
    "target", ["ftp://host/x", "swift://", "swift://a'b", "s3://host/", "sftp://host/a b", "x"]
)
def test_no_targets(target: str) -> None:
    with pytest.raises(credentials.UnusableError, match="BACKUP_TARGET"):
        credentials.repository(target)


@pytest.mark.parametrize("text", ["", "not json", "[]", '{"AWS_ACCESS_KEY_ID": 1}'])
def test_no_credentials(tmp_path: Path, text: str) -> None:
    file = tmp_path / "access"
    file.write_text(text)
    file.chmod(0o400)
    with pytest.raises(credentials.UnusableError, match=r"JSON|object of strings"):
        credentials.access(file)


def item(path: str, kind: str = "file", **other: object) -> Item:
    blank = Item(path, kind, 0o644, 1, 1, 0, 0, "", {}, 0, "", None, 0, 0)
    return blank._replace(**other)  # type: ignore[arg-type] # a field's


def frame(kind: bytes, payload: bytes = b"") -> bytes:
    return frames.pack(kind, payload)


def told(*files: tuple[str, bytes], done: bool = True) -> io.BytesIO:
    """Tell of files as a reader does."""
    parts = [frame(frames.ITEM, to_line(item(".", "folder")))]
    for path, content in files:
        line = to_line(item(path, size=len(content)))
        parts += [frame(frames.BEGIN), frame(frames.DATA, content), frame(frames.END, line)]
    return io.BytesIO(b"".join([*parts, frame(frames.DONE) if done else b""]))


def content(copy: TreeCopy, number: int) -> bytes:
    return (copy.folder / object_path(number)).read_bytes()


def test_a_copy_takes_what_it_is_told(tmp_path: Path) -> None:
    copy = TreeCopy(tmp_path / "ada")
    got, made = copy.receive(told(("a", b"one"), ("b", b"two")), lambda _size: None)
    assert [each.content for each in got.items] == [0, 1, 2]
    assert content(copy, 2) == b"two"
    for path in made:
        empty(path)
        assert is_emptied(path)
        assert path.stat().st_size == 3
        assert path.stat().st_blocks == 0
    # A reader that breaks off changes nothing.
    before = copy.manifest.read_bytes()
    with pytest.raises(frames.BrokenFrameError):
        copy.receive(told(("a", b"three"), done=False), lambda _size: None)
    assert copy.manifest.read_bytes() == before
    assert not (copy.folder / object_path(3)).exists()
    # What is there no more goes. A number is never used again, not even one of what was broken off.
    got, _ = copy.receive(told(("a", b"four")), lambda _size: None)
    assert [each.content for each in got.items] == [0, 4]
    assert not (copy.folder / object_path(2)).exists()
    left = copy.folder / object_path(9)
    left.write_text("of a run that was killed")
    assert copy.unsettled() == [copy.folder / object_path(4)]
    assert not left.exists()
    copy.receive(told(), lambda _size: None)
    got, _ = copy.receive(told(("a", b"five")), lambda _size: None)
    assert [each.content for each in got.items] == [0, 5]


def test_a_copy_that_has_enough_for_now_keeps_the_rest_as_it_was(tmp_path: Path) -> None:
    copy = TreeCopy(tmp_path / "ada")
    copy.receive(told(("a", b"1"), ("b", b"2")), lambda _size: None)

    def spent(_size: int) -> None:
        raise BudgetSpentError

    got, made = copy.receive(told(("a", b"new"), ("b", b"new")), spent)
    assert not got.done
    assert len(made) == 1
    known = [from_line(line) for line in copy.manifest.read_bytes().splitlines()]
    assert {each.path: each.content for each in known} == {".": 0, "a": 3, "b": 2}


def test_further_names_of_a_file() -> None:
    items = [
        item(".", "folder"),
        item("a", content=7, size=3, digest="d"),
        item("b", "folder"),
        item("b/c", "hard", target="a"),
        item("b/d", "hard", target="a"),
    ]
    assert [(each.kind, each.content) for each in select(items, ".")[3:]] == [("hard", 7)] * 2
    below = select(items, "b")
    assert [(each.path, each.kind) for each in below[1:]] == [("b/c", "file"), ("b/d", "hard")]
    with pytest.raises(NotFoundError):
        select(items, "c")
    assert json.loads(to_line(items[1]))[0] == "a"


@pytest.mark.parametrize("atomic", [True, False])
def test_exchange(tmp_path: Path, *, atomic: bool) -> None:
    def unsupported(*_arguments: object) -> int:
        ctypes.set_errno(22)
        return -1

    for folder in ("one", "two"):
        (tmp_path / folder / "x").mkdir(parents=True)
        (tmp_path / folder / "x" / folder).write_text("")
    one, two = (os.open(tmp_path / folder, os.O_RDONLY) for folder in ("one", "two"))
    exchange(one, two, "x", None if atomic else unsupported)
    assert (tmp_path / "one" / "x" / "two").exists()
    assert (tmp_path / "two" / "x" / "one").exists()
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["x"]
    os.close(one)
    os.close(two)
