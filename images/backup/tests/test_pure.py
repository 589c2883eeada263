"""What can be tested without restic."""

import ctypes
import io
import json
import os
import sqlite3
from contextlib import closing, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from semesterhub_backup import credentials, drill, frames
from semesterhub_backup.backup import may_pass
from semesterhub_backup.copies import copy_database, copy_databases
from semesterhub_backup.copy import BudgetSpentError, TreeCopy, empty, is_emptied, object_path
from semesterhub_backup.errors import BackupError, NotFoundError
from semesterhub_backup.exchange import exchange
from semesterhub_backup.keep import MOST_FORGOTTEN, to_forget
from semesterhub_backup.lock import held, is_held
from semesterhub_backup.loop import drill_is_due, due_in
from semesterhub_backup.manifest import Item, from_line, to_line
from semesterhub_backup.opened import select
from semesterhub_backup.restic import COMPLETE, PART, Snapshot
from semesterhub_backup.restic_says import Done, explain
from semesterhub_backup.restore import safe_path
from semesterhub_backup.settings import read_settings
from semesterhub_backup.status import Status, is_alive, read_status, troubles, write_status
from semesterhub_backup.times import choose, iso, parse_time

NOW = datetime(2026, 11, 21, 13, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", "2026-11-21T13:00:30Z"),
        ("2h", "2026-11-21T11:00:30Z"),
        ("30 min ago", "2026-11-21T12:30:30Z"),
        ("3d", "2026-11-18T13:00:30Z"),
        ("1w", "2026-11-14T13:00:30Z"),
        ("2026-11-19T08:15:00+02:00", "2026-11-19T06:15:00Z"),
        ("2026-11-19T08:15:00Z", "2026-11-19T08:15:00Z"),
    ],
)
def test_times(text: str, expected: str) -> None:
    assert iso(parse_time(text, NOW)) == expected


@pytest.mark.parametrize(
    "text", ["", "soon", "2h3", "-2h", "2026-13-01", "yesterday", "99999999999999h", "٣h"]
)
def test_no_times(text: str) -> None:
    with pytest.raises(BackupError, match="is no time"):
        parse_time(text, NOW)


@pytest.mark.parametrize("text", ["2026-07-01T13:00", "2026-07-01"])
def test_a_time_without_its_zone_is_refused(text: str) -> None:
    with pytest.raises(BackupError, match="no time zone"):
        parse_time(text, NOW)


def test_choosing() -> None:
    times = [NOW - timedelta(hours=hours) for hours in (5, 3, 1)]
    assert choose(times, None, NOW) == times[2]
    assert choose(times, "2h", NOW) == times[1]
    assert choose(times, iso(times[0]), NOW) == times[0]
    with pytest.raises(NotFoundError) as caught:
        choose(times, "6h", NOW)
    assert all(iso(each) in str(caught.value) for each in times)
    with pytest.raises(NotFoundError, match="no backup yet"):
        choose([], None, NOW)
    # Of a clock that was a year ahead.
    assert choose([*times, NOW + timedelta(days=365)], None, NOW) == times[2]


def test_explanations() -> None:
    said = {
        "write: no space left on device": "No space is left",
        "client.PutObject: Access Denied.": "refuses the credentials",
        "Host key verification failed.": "host key",
        "Fatal: something new": "something new",
    }
    for output, expected in said.items():
        message = explain(Done(1, ["Load", output, "more"]), "file:///where")
        assert expected in message
        assert may_pass(message) == ("new" in output)


def test_what_is_kept() -> None:
    hours = range(0, 24 * 365, 6)
    stored = [Snapshot(str(n), NOW - timedelta(hours=n), (COMPLETE,)) for n in reversed(hours)]
    gone: set[str] = set()
    while expired := to_forget([each for each in stored if each.id not in gone], 14, 26, "0", NOW):
        assert len(expired) <= MOST_FORGOTTEN
        gone |= set(expired)
    kept = [each for each in stored if each.id not in gone]
    ages = [(NOW - each.time).days for each in kept]
    assert sum(age < 14 for age in ages) == 14 * 4
    assert len([age for age in ages if 14 <= age < 26 * 7]) in {23, 24, 25}
    assert max(ages) < 26 * 7


def test_parts_go_and_the_newest_stays_however_old() -> None:
    old = Snapshot("old", NOW - timedelta(days=900), (COMPLETE,))
    part = Snapshot("part", NOW, (PART,))
    ahead = Snapshot("ahead", NOW + timedelta(days=365), (COMPLETE,))
    assert to_forget([old, part, ahead], 14, 26, "old", NOW) == ["part"]


@pytest.mark.parametrize(
    ("success", "error", "expected"),
    [
        (None, None, 0),
        (60, None, 3540),
        (3600, None, 0),
        (90000, None, 0),
        (4000, 100, 500),
        (4000, 700, 0),
        (None, 100, 500),
        (60, 4000, 3540),
        (-31_536_000, None, 0),
        (60, -31_536_000, 3540),
    ],
)
def test_when_the_next_is_due(success: int | None, error: int | None, expected: float) -> None:
    texts = [None if age is None else iso(NOW - timedelta(seconds=age)) for age in (success, error)]
    assert due_in(texts[0], texts[1], 3600, NOW) == expected


def ago(**age: float) -> str:
    return iso(NOW - timedelta(**age))


def test_what_is_alive() -> None:
    settings = read_settings({})
    recent, old = ago(hours=2), ago(hours=4)
    assert is_alive(Status(since=old, lastSuccess=recent), settings, NOW, 0)
    assert is_alive(Status(since=recent, lastSuccess=old), settings, NOW, 0)
    assert not is_alive(Status(since=old, lastSuccess=old), settings, NOW, 0)
    assert not is_alive(Status(since=old), settings, NOW, NOW.timestamp())
    running = Status(since=old, running={"what": "a backup", "since": old, "progress": ""})
    assert is_alive(running, settings, NOW, NOW.timestamp() - 60)
    assert not is_alive(running, settings, NOW, NOW.timestamp() - 20000)


@pytest.mark.parametrize(
    ("success", "first", "drill", "expected"),
    [
        (ago(hours=2), ago(days=90), ago(days=30), []),
        (ago(hours=2), ago(hours=2), None, []),
        (ago(hours=4), ago(days=90), ago(days=30), ["older than 3 intervals"]),
        (ago(days=10), ago(days=90), ago(days=90), ["older than 3", "no restore was verified"]),
        (ago(hours=2), ago(days=2), None, ["no restore was verified"]),
        (ago(days=-365), ago(days=90), ago(days=-365), ["no backup", "no restore was verified"]),
    ],
)
def test_what_is_well(success: str, first: str, drill: str | None, expected: list[str]) -> None:
    status = Status(since=ago(days=90), lastSuccess=success, firstSuccess=first)
    status.lastDrill = None if drill is None else {"at": drill}
    found = troubles(status, read_settings({}), NOW)
    assert len(found) == len(expected)
    assert all(each in text for each, text in zip(expected, found, strict=True))


def test_a_run_that_goes_on_is_no_success() -> None:
    running = {"what": "a backup", "since": ago(days=10), "progress": ""}
    status = Status(since=ago(hours=1), lastSuccess=ago(days=10), running=running)
    assert "older than 3 intervals" in troubles(status, read_settings({}), NOW)[0]


def test_when_a_restore_is_to_be_proved() -> None:
    status = Status(lastSuccess=ago(hours=1))
    assert not drill_is_due(Status(), NOW)
    assert drill_is_due(status, NOW)
    status.lastDrill = {"at": ago(days=27)}
    assert not drill_is_due(status, NOW)
    status.lastDrill = {"at": ago(days=29)}
    assert drill_is_due(status, NOW)
    status.lastDrillError = {"at": ago(hours=3), "message": ""}
    assert not drill_is_due(status, NOW)


def test_a_course_without_homes_has_nothing_to_restore_and_is_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = read_settings({"SEMESTERHUB_STORAGE": str(tmp_path)})
    settings.work.mkdir(parents=True)
    snapshot = SimpleNamespace(tags=(COMPLETE,), time=NOW)
    stored = SimpleNamespace(
        check_target=lambda: None, check=lambda **_: None, snapshots=lambda: [snapshot]
    )
    backup = SimpleNamespace(record=lambda: {"trees": {"hub": [1, 1]}})
    monkeypatch.setattr(drill, "Restic", lambda _: stored)
    monkeypatch.setattr(drill, "opened", lambda *_: nullcontext(backup))
    said: list[str] = []
    assert drill.drill(settings, said.append).lastDrillError is None
    assert "no home yet" in said[-1]
    status = Status(lastSuccess=iso(NOW), firstSuccess=iso(NOW))
    assert drill_is_due(status, NOW)


def test_a_status_that_is_broken_is_an_empty_one(tmp_path: Path) -> None:
    settings = read_settings({"SEMESTERHUB_STORAGE": str(tmp_path)})
    (tmp_path / "backup").mkdir()
    write_status(settings, Status(lastSuccess="x"))
    assert read_status(settings).lastSuccess == "x"
    for broken in ("", "{", "[]", '{"lastSuccess": 1, "unknown": 2}'):
        (tmp_path / "backup" / "status.json").write_text(broken)
        assert isinstance(read_status(settings), Status)


def test_a_status_of_another_target_tells_nothing_of_this_one(tmp_path: Path) -> None:
    here = {"SEMESTERHUB_STORAGE": str(tmp_path), "BACKUP_PLACE": "file:///srv/old"}
    old = read_settings(here)
    old.work.mkdir()
    write_status(old, Status(target="file:///srv/old", since="s", lastSuccess="x"))
    assert read_status(old).lastSuccess == "x"
    new = read_status(read_settings({**here, "BACKUP_PLACE": "file:///srv/new"}))
    assert (new.lastSuccess, new.since, new.target) == (None, "s", "file:///srv/new")


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
