"""Earlier versions: the index of them, and names and places for what comes back."""

import ctypes
import errno
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from semesterhub_backup import beside, history, turns
from semesterhub_backup.beside import checked_name
from semesterhub_backup.errors import BackupError, RefusedError
from semesterhub_backup.exchange import add
from semesterhub_backup.history import History
from semesterhub_backup.mailbox import Person
from semesterhub_backup.manifest import FILE, FOLDER, HARD, LINK, Item, to_line
from semesterhub_backup.opened import Opened
from semesterhub_backup.restic import Snapshot
from semesterhub_backup.settings import read_settings

BEGIN = datetime(2026, 11, 21, 13, 0, tzinfo=UTC)


def item(path: str, kind: str = FILE, digest: str = "", size: int = 0, target: str = "") -> Item:
    return Item(path, kind, 0o600, 1, 1, size, 0, target, {}, 0, digest, None, 0, 0)


def snapshot(hours: int) -> Snapshot:
    return Snapshot(f"id{hours}", BEGIN + timedelta(hours=hours), ())


class Course:
    """A history, and manifests that it is made from."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.history = History(top / "history.sqlite")
        self.stored: list[Snapshot] = []

    def back_up(self, hours: int, homes: Mapping[str, list[Item]]) -> None:
        """Make a backup, and take in what is new."""
        files = {}
        for home, items in homes.items():
            files[home] = self.top / home
            content = b"".join(to_line(each) for each in [item(".", FOLDER), *items])
            if not files[home].exists() or files[home].read_bytes() != content:
                files[home].write_bytes(content)
        self.stored.append(snapshot(hours))
        (new,) = self.history.missing(self.stored, BEGIN + timedelta(days=99))
        self.history.take(new, files)

    def times(self, path: str, home: str = "ada") -> list[tuple[int, int, int]]:
        """Tell of each state in which hours it was, and its bytes."""
        return [
            (hours(each.first), hours(each.newest.time), each.bytes)
            for each in self.history.states(home, path)
        ]


def hours(moment: datetime) -> int:
    return round((moment - BEGIN) / timedelta(hours=1))


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """Make five backups of a home in which a file changes, goes and comes back."""
    made = Course(tmp_path)
    one = item("a/hw", digest="1", size=10)
    two = item("a/hw", digest="2", size=20)
    other = item("a/x", digest="3", size=5)
    made.back_up(0, {"ada": [item("a", FOLDER), one]})
    made.back_up(1, {"ada": [item("a", FOLDER), one, other], "bob": [two]})
    made.back_up(2, {"ada": [item("a", FOLDER), two, other]})
    made.back_up(3, {"ada": [item("a", FOLDER), other]})
    made.back_up(4, {"ada": [item("a", FOLDER), two, other]})
    return made


def test_a_file_has_a_state_for_each_content(course: Course) -> None:
    assert course.times("a/hw") == [(4, 4, 20), (2, 2, 20), (0, 1, 10)]
    assert course.times("a/x") == [(1, 4, 5)]
    assert course.times("a/none") == []
    # What was another's at the same path is not theirs; bob's home is gone since.
    assert course.times("a/hw", "bob") == [(1, 1, 20)]


def test_a_folder_has_one_whenever_anything_in_it_changed(course: Course) -> None:
    expected = [(4, 4, 25), (3, 3, 5), (2, 2, 25), (1, 1, 15), (0, 0, 10)]
    assert course.times("a") == expected
    assert course.times(".") == expected
    assert [state.files for state in course.history.states("ada", ".")] == [2, 1, 2, 2, 1]


def test_names_that_are_gone_are_known(course: Course) -> None:
    course.back_up(5, {"ada": [item("a", FOLDER), item("a0"), item("b", LINK, target="a")]})
    names = {each.name: hours(each.last) for each in course.history.names("ada", "a")}
    assert names == {"hw": 4, "x": 4}
    assert {each.name for each in course.history.names("ada", ".")} == {"a", "a0", "b"}


def test_what_no_backup_has_any_more_is_forgotten(course: Course) -> None:
    course.stored = [each for each in course.stored if each.id not in {"id2", "id3"}]
    assert course.history.missing(course.stored, BEGIN) == []
    assert course.times("a/hw") == [(4, 4, 20), (0, 1, 10)]
    assert course.times("a") == [(4, 4, 25), (1, 1, 15), (0, 0, 10)]
    assert course.history.snapshot("id2") is None


def test_another_target_begins_anew(course: Course) -> None:
    others = [Snapshot("other", BEGIN, ())]
    assert course.history.missing(others, BEGIN) == others
    assert course.times("a/hw") == []


def test_a_backup_that_was_passed_over_stays_so_unless_the_clock_was_ahead(course: Course) -> None:
    late = Snapshot("late", BEGIN + timedelta(hours=1, minutes=30), ())
    after = BEGIN + timedelta(hours=9)
    assert course.history.missing([*course.stored, late], after) == []
    assert course.history.missing([*course.stored, late], BEGIN) == [late]


def test_a_damaged_index_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "history.sqlite").write_bytes(b"no database at all" * 100)
    course = Course(tmp_path)
    course.back_up(0, {"ada": [item("hw", digest="1", size=1), item("same", HARD, target="hw")]})
    assert course.times("same") == [(0, 0, 1)]


def test_a_home_of_very_many_files_is_bounded(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_ROWS", 5)
    course.back_up(5, {"ada": [item("a", FOLDER), item("a/hw", digest="4", size=40)]})
    # The oldest is forgotten first, and never what is there.
    assert course.times("a/hw") == [(5, 5, 40), (4, 4, 20)]
    monkeypatch.setattr(history, "LARGEST_MANIFEST", 10)
    course.back_up(6, {"ada": [item("a", FOLDER), item("a/hw", digest="5", size=50)]})
    assert course.times("a/hw") == [(5, 5, 40), (4, 4, 20)]


def test_who_keeps_it_busy_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(turns.time, "monotonic", lambda: clock[0])
    rests = turns.Rests(free=1, factor=5)
    for seconds in (0.5, 3):
        with rests.counted(1):
            clock[0] += seconds
    with pytest.raises(BackupError, match="in 11 seconds"):
        rests.check(1)
    rests.check(2)
    clock[0] += 10
    rests.check(1)


def facts(free: int, inodes: int) -> os.statvfs_result:
    return os.statvfs_result((4096, 4096, free, free, free // 4096, 1000, inodes, inodes, 0, 255))


@pytest.mark.parametrize(
    ("size", "count", "home", "disk", "why"),
    [
        (10_000, 3, (65_536, 9), (10**9, 9), None),
        (70_000, 1, (65_536, 9), (10**9, 9), "your home has 0.1 MB left"),
        (10_000, 10, (10**6, 9), (10**9, 9), "your home has"),
        (10_000, 3, (10**6, 9), (40_960, 9), "disk is nearly full"),
        (2**31, 1, (10**12, 9), (10**12, 9), "at most 50,000 and 2.0 GB"),
    ],
)
def test_only_what_there_is_room_for_comes(  # noqa: PLR0913 (a case)
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    size: int,
    count: int,
    home: tuple[int, int],
    disk: tuple[int, int],
    why: str | None,
) -> None:
    monkeypatch.setattr(beside.os, "fstatvfs", lambda _: facts(*home))
    monkeypatch.setattr(beside.os, "statvfs", lambda _: facts(*disk))
    items = [item(f"f{number}", size=size) for number in range(count)]
    settings = read_settings({"SEMESTERHUB_STORAGE": str(tmp_path)})
    if why is None:
        assert beside._refuse_too_much(items, 0, settings) == count * 16_384
        return
    with pytest.raises(RefusedError, match=why):
        beside._refuse_too_much(items, 0, settings)


def test_a_home_that_was_somebody_elses_stays_theirs(tmp_path: Path) -> None:
    class Backup(Opened):
        """One of a home with one file."""

        def __init__(self) -> None:
            pass

        def manifest(self, tree: str) -> Path:
            """Write it; its owner is user 1."""
            (tmp_path / tree).mkdir(parents=True, exist_ok=True)
            path = tmp_path / tree / "manifest"
            path.write_bytes(to_line(item(".", FOLDER)) + to_line(item("hw")))
            return path

    settings = read_settings({"SEMESTERHUB_STORAGE": str(tmp_path)})
    with pytest.raises(RefusedError, match="somebody else's then"):
        beside.put_beside(settings, Person(2, "ada"), Backup(), beside.Wanted("hw", "hw (1)"))


def test_without_homes_or_a_course_nobody_is_answered() -> None:
    assert read_settings({}).mailbox is None
    assert read_settings({"COURSE": "c1", "WITHOUT_HOMES": "yes"}).mailbox is None
    assert read_settings({"COURSE": "c1"}).mailbox == Path("/srv/semesterhub/exchange/c1/earlier")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\nb", "a\0", "\ud800", "x" * 254, None])
def test_no_names_for_a_file(name: object) -> None:
    with pytest.raises(BackupError):
        checked_name(name)


@pytest.mark.parametrize("can", [True, False])
def test_nothing_is_replaced(tmp_path: Path, can: bool) -> None:  # noqa: FBT001 (a case)
    def cannot(*_arguments: object) -> int:
        ctypes.set_errno(errno.EINVAL)
        return -1

    call = None if can else cannot
    (tmp_path / "from").mkdir()
    for name in ("file", "link"):
        (tmp_path / name).write_text("present")
    (tmp_path / "from" / "file").write_text("earlier")
    (tmp_path / "from" / "link").symlink_to("nowhere")
    (tmp_path / "from" / "folder").mkdir()
    here, there = (os.open(path, os.O_RDONLY) for path in (tmp_path / "from", tmp_path))
    for name in ("file", "link"):
        with pytest.raises(FileExistsError):
            add(here, name, there, name, call)
        add(here, name, there, f"{name} 2", call)
    add(here, "folder", there, "folder", call)
    os.close(here)
    os.close(there)
    assert (tmp_path / "file").read_text() == (tmp_path / "link").read_text() == "present"
    assert (tmp_path / "file 2").read_text() == "earlier"
    assert (tmp_path / "link 2").is_symlink()
    assert (tmp_path / "folder").is_dir()
    assert not any((tmp_path / "from").iterdir())
