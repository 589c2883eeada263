"""When backups, drills and removals are due, and what a status tells."""

import time
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from semesterhub_backup import drill
from semesterhub_backup.backup import may_pass
from semesterhub_backup.errors import BackupError, NotFoundError
from semesterhub_backup.keep import MOST_FORGOTTEN, newest, to_forget
from semesterhub_backup.loop import drill_is_due, due_in
from semesterhub_backup.restic import COMPLETE, PART, Snapshot
from semesterhub_backup.restic_says import Done, explain
from semesterhub_backup.settings import read_settings
from semesterhub_backup.status import Status, read_status, troubles, well_until, write_status
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


AHEAD = Snapshot("ahead", NOW + timedelta(days=365), (COMPLETE,))
LAST = Snapshot("last", NOW, (COMPLETE,))


def test_what_was_made_while_the_clock_was_ahead_is_not_the_newest() -> None:
    part = Snapshot("part", NOW + timedelta(seconds=1), (PART,))
    assert newest([part, LAST, AHEAD], NOW) == LAST
    assert newest([AHEAD], NOW) == AHEAD
    assert newest([part], NOW) is None


def test_the_backup_of_now_is_proved_and_not_one_of_next_year(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = read_settings({"SEMESTERHUB_STORAGE": str(tmp_path)})
    settings.work.mkdir(parents=True)
    stored = SimpleNamespace(
        check_target=lambda: None, check=lambda **_: None, snapshots=lambda: [LAST, AHEAD]
    )
    proved: list[str] = []

    def opened(_: object, snapshot: Snapshot, _folder: Path) -> Any:
        proved.append(snapshot.id)
        return nullcontext(SimpleNamespace(record=lambda: {"trees": {}}))

    monkeypatch.setattr(drill, "Restic", lambda _: stored)
    monkeypatch.setattr(drill, "now", lambda: NOW)
    monkeypatch.setattr(drill, "opened", opened)
    drill.drill(settings, lambda _: None)
    monkeypatch.setattr(drill, "back_up_locked", lambda *_: Status())
    monkeypatch.setattr(drill, "_wanted", lambda _: {})
    monkeypatch.setattr(drill, "_refuse_changes", lambda _: None)
    monkeypatch.setattr(drill, "_read_all", lambda _, snapshot, __: proved.append(snapshot))
    drill.final(settings, lambda _: None)
    assert proved == ["last", "last"]


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


def test_until_when_backups_count_as_going_on() -> None:
    settings = read_settings({})
    old, recent, next_year = ago(hours=4), ago(hours=2), ago(days=-365)
    moment = NOW.timestamp()

    def left(**known: Any) -> float:
        return well_until(Status(**known), settings, NOW) - moment

    assert left(since=old, lastSuccess=recent) == 3600
    assert left(since=recent, lastSuccess=old) == 3600
    assert left(since=old, lastSuccess=old) == -3600
    assert left(since=old) == -3600
    assert left(since=old, lastSuccess=next_year) == -3600
    assert left() == -moment
    running = {"what": "a backup", "since": old, "progress": ""}
    assert left(since=old, running=running) == 3 * 3600


def test_what_the_health_check_reads_is_written_with_the_status(tmp_path: Path) -> None:
    settings = read_settings({"SEMESTERHUB_STORAGE": str(tmp_path)})
    settings.work.mkdir(parents=True)
    write_status(settings, Status(since=iso(datetime.now(UTC))))
    assert 3 * 3600 - 60 < int((settings.work / "well-until").read_text()) - time.time() <= 3 * 3600


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
