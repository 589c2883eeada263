"""What can be tested without duplicity."""

import ctypes
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from semesterhub_backup import metadata
from semesterhub_backup.backup import describe, may_pass, statistics
from semesterhub_backup.copies import copy_database
from semesterhub_backup.errors import BackupError, NotFoundError
from semesterhub_backup.lock import held, is_held
from semesterhub_backup.loop import due_in
from semesterhub_backup.reading import (
    BackupSet,
    Result,
    entries,
    explain,
    has_leftovers,
    read_collection,
)
from semesterhub_backup.restore import exchange, safe_path
from semesterhub_backup.settings import read_passphrase, read_settings
from semesterhub_backup.status import Status, is_healthy, read_status, write_status
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
        ("yesterday", "2026-11-20T23:59:59Z"),
        ("Today", "2026-11-21T23:59:59Z"),
        ("2026-11-19", "2026-11-19T23:59:59Z"),
        ("2026-11-19T08:15", "2026-11-19T08:15:00Z"),
        ("2026-11-19T08:15:00+02:00", "2026-11-19T06:15:00Z"),
        ("2026-11-19T08:15:00Z", "2026-11-19T08:15:00Z"),
    ],
)
def test_times(text: str, expected: str) -> None:
    assert iso(parse_time(text, NOW)) == expected


@pytest.mark.parametrize("text", ["", "soon", "2h3", "-2h", "2026-13-01", "99999999999999h", "٣h"])
def test_no_times(text: str) -> None:
    with pytest.raises(BackupError, match="is no time"):
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


LOG = """\
INFO 4 homes/ada/x
. A homes/ada/x

WARNING 1
. first line
. second line

NOTICE 3
backend BackendWrapper
chain-no-sig 0
 full 20261101T000000Z 3 enc
chain-complete
 full 20261108T000000Z 3 enc
 inc 20261108T010000Z 1 enc
orphaned-sets-num 0
incomplete-sets-num 0
. Collection Status

ERROR 31 GPGError
. GPGError: failed

"""


def test_log_and_collection() -> None:
    changed, warning, collection, error = entries(iter(LOG.splitlines(keepends=True)))
    assert (changed.code, changed.extra) == (4, "homes/ada/x")
    assert warning.text == "first line\nsecond line"
    assert (error.level, error.code) == ("ERROR", 31)
    first, second = read_collection(collection.text)
    assert [iso(each.time) for each in first] == ["2026-11-01T00:00:00Z"]
    assert [each.full for each in second] == [True, False]
    assert not has_leftovers(collection.text)
    assert has_leftovers("incomplete-sets-num 1")


def test_explanations() -> None:
    settings = read_settings({"BACKUP_PLACE": "file:///where"})
    said = {
        "gpg: decryption failed: Bad session key": "backups in file:///where were made",
        "OSError: [Errno 28] No space left on device": "No space is left",
        "Temp space has 5 available, backup needs approx 6.": "No space is left",
        "Something new": "Something new",
    }
    for output, expected in said.items():
        message = explain(Result(31, output), settings)
        assert expected in message
        assert may_pass(message) == (output == "Something new")


def test_statistics_and_sizes() -> None:
    assert statistics("SourceFiles 12\nErrors 3\nStartTime 1.5 (x)\n")["Errors"] == 3
    begin = datetime(2026, 11, 8, tzinfo=UTC)
    chain = [BackupSet(begin, full=True), BackupSet(begin + timedelta(hours=1), full=False)]
    stored = {
        "duplicity-full.20261108T000000Z.vol1.difftar.gpg": 5,
        "duplicity-inc.20261108T000000Z.to.20261108T010000Z.manifest.gpg": 2,
        "another": 1000,
    }
    assert describe([chain], stored) == [
        {"fullAt": iso(begin), "lastAt": "2026-11-08T01:00:00Z", "increments": 1, "bytes": 7}
    ]


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
    ],
)
def test_when_the_next_is_due(success: int | None, error: int | None, expected: float) -> None:
    texts = [None if age is None else iso(NOW - timedelta(seconds=age)) for age in (success, error)]
    assert due_in(texts[0], texts[1], 3600, NOW) == expected


def test_health() -> None:
    settings = read_settings({})
    recent, old = iso(NOW - timedelta(hours=2)), iso(NOW - timedelta(hours=4))
    assert is_healthy(Status(since=old, lastSuccess=recent), settings, NOW, 0)
    assert is_healthy(Status(since=recent, lastSuccess=old), settings, NOW, 0)
    assert not is_healthy(Status(since=old, lastSuccess=old), settings, NOW, 0)
    assert not is_healthy(Status(since=old), settings, NOW, NOW.timestamp())
    running = Status(since=old, running={"what": "a backup", "since": old, "progress": ""})
    assert is_healthy(running, settings, NOW, NOW.timestamp() - 60)
    assert not is_healthy(running, settings, NOW, NOW.timestamp() - 20000)


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
    assert safe_path("work/a b.txt") == ("work", "a b.txt")
    assert safe_path("./work/") == ("work",)


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o644])
def test_a_passphrase_that_others_may_read(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "passphrase"
    file.write_text("a\n")
    file.chmod(mode)
    with pytest.raises(BackupError, match="others may read it"):
        read_passphrase(file)
    file.chmod(0o400)
    assert read_passphrase(file) == "a"


@pytest.mark.parametrize("text", ["", "\n", "a\nb", "a\0"])
def test_bad_passphrases(tmp_path: Path, text: str) -> None:
    file = tmp_path / "passphrase"
    file.write_text(text)
    file.chmod(0o400)
    with pytest.raises(BackupError):
        read_passphrase(file)


@pytest.mark.parametrize("key", ["EVERY_MINUTES", "FULL_EVERY_DAYS", "KEEP_FULLS"])
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


def test_notes_about_files(tmp_path: Path) -> None:
    home = tmp_path / "homes" / "ada"
    home.mkdir(parents=True)
    (home / "a").write_text("a")
    os.link(home / "a", home / "b")
    (home / "link").symlink_to("/etc")
    (home / os.fsdecode(b"bad\xff\nname")).write_text("")
    os.mkfifo(home / "pipe")
    with (home / "sparse").open("wb") as file:
        file.truncate(10_000_000)
    count, size = metadata.write(tmp_path, ("homes", "missing"), tmp_path / "notes")
    assert (count, size) == (4, 10_000_002)
    items = metadata.read(tmp_path / "notes", "homes/ada")
    assert items["homes/ada/a"].linked == items["homes/ada/b"].linked != 0
    assert items["homes/ada/sparse"].sparse
    assert items["homes/ada/link"].kind == "link"
    assert items["homes/ada/pipe"].kind == "other"
    assert os.fsdecode(b"homes/ada/bad\xff\nname") in items
    assert "homes/ada/link/passwd" not in items
    assert metadata.read(tmp_path / "notes", "homes/ad") == {}


def test_what_was_deleted_over_nfs_is_not_noted(tmp_path: Path) -> None:
    home = tmp_path / "homes" / "ada"
    home.mkdir(parents=True)
    for name in (".nfs0000000000a1b2c300000001", ".nfs-notes", "x.nfs0000000000a1b2c300000001"):
        (home / name).write_text("")
    assert metadata.write(tmp_path, ("homes",), tmp_path / "notes") == (2, 0)
    items = metadata.read(tmp_path / "notes", "homes/ada")
    assert "homes/ada/.nfs0000000000a1b2c300000001" not in items


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
