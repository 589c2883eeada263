"""What students hand in, honestly and otherwise, and what the store has of it afterwards."""

import errno
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from intake_course import ADA, EVE, Course
from semesterhub_homes import health
from semesterhub_intake import __main__ as service
from semesterhub_intake.copying import RefusedError, TreeCopy
from semesterhub_intake.intake import Intake
from semesterhub_intake.people import Student
from semesterhub_intake.settings import Limits
from semesterhub_intake.store import Receipt, Store

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="acts as several users: needs root")

NOW = datetime.now(UTC)


def test_a_submission_is_in_the_store_with_a_receipt_that_only_its_owner_reads(
    course: Course,
) -> None:
    course.hand_in(ADA, "ada", {"a.ipynb": "{}", "data/x.csv": "1,2"})
    assert course.intake.look() == 1
    (kept,) = course.taken("ada")
    assert (kept / "files/data/x.csv").read_text() == "1,2"
    assert kept.stat().st_uid == 0
    assert kept.stat().st_gid == 19998
    assert not kept.stat().st_mode & 0o022
    (receipt,) = course.receipts("ada")
    assert receipt["accepted"] is True
    assert set(receipt["files"]) == {"a.ipynb", "data/x.csv"}
    folder = (course.settings.exchange / "receipts" / "ada").stat()
    assert (folder.st_uid, folder.st_gid, folder.st_mode & 0o777) == (0, ADA, 0o750)
    assert list(course.inbound.iterdir()) == []
    assert course.intake.look() == 0


def test_another_name_is_refused_and_reported(course: Course) -> None:
    course.hand_in(EVE, "ada", {"a.ipynb": "{}"})
    course.intake.look()
    assert course.taken("ada") == []
    assert course.taken("eve") == []
    assert course.refused()[0]["student"] == "eve"
    assert "another's name" in course.refused()[0]["reason"]
    assert course.receipts("eve")[0]["accepted"] is False
    assert course.receipts("ada") == []


def test_a_time_in_the_past_counts_for_nothing(course: Course) -> None:
    course.deadline(NOW - timedelta(hours=1))
    made = course.hand_in(ADA, "ada", {"a.ipynb": "{}"}, "ada+ps1+2020-01-01 00:00:00.0 UTC+x")
    for path in (made / "a.ipynb", made):
        os.utime(path, (0, 0))
    course.intake.look()
    (receipt,) = course.receipts("ada")
    assert abs(datetime.fromisoformat(str(receipt["received"])) - NOW) < timedelta(minutes=10)
    assert int(str(receipt["late_seconds"])) >= 3600


def test_a_change_after_handing_in_changes_nothing_that_was_taken(course: Course) -> None:
    made = course.hand_in(ADA, "ada", {"a.ipynb": "first"})
    course.intake.look()
    assert not made.exists()
    course.hand_in(ADA, "ada", {"a.ipynb": "second"})
    course.intake.look()
    texts = [(kept / "files/a.ipynb").read_text() for kept in course.taken("ada")]
    assert texts == ["first", "second"]


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a link to a file", lambda path: path.symlink_to("/etc/passwd")),
        ("a link to a folder", lambda path: path.symlink_to("/etc")),
        ("a pipe", os.mkfifo),
        ("another's file", lambda path: path.write_text("not ada's")),
    ],
)
def test_only_files_of_the_owner_are_copied(
    course: Course, name: str, make: Callable[[Path], object]
) -> None:
    made = course.hand_in(ADA, "ada", {"a.ipynb": "{}"})
    make(made / "x")
    course.intake.look()
    (kept,) = course.taken("ada")
    assert [path.name for path in (kept / "files").iterdir()] == ["a.ipynb"], name
    assert list(course.receipts("ada")[0]["left_out"]) == ["x"]


@pytest.mark.parametrize(
    ("files", "word"),
    [
        ({"a.ipynb": "x" * (1 << 20), "b.ipynb": "y"}, "more than 1 MB"),
        ({f"{number}.ipynb": "" for number in range(30)}, "more than 20 files and folders"),
        ({"notes.txt": ""}, "no notebook"),
    ],
)
def test_limits_are_said(course: Course, files: dict[str, str], word: str) -> None:
    course.hand_in(ADA, "ada", files)
    course.intake.look()
    assert course.taken("ada") == []
    assert word in str(course.receipts("ada")[0]["reason"])
    assert list(course.settings.received.glob(".taking-*")) == []


def test_folders_without_files_are_limited_too(course: Course) -> None:
    made = course.hand_in(ADA, "ada", {"a.ipynb": "{}"})
    for number in range(30):
        (made / f"{number}").mkdir()
        os.chown(made / f"{number}", ADA, ADA)
    course.intake.look()
    assert "more than 20 files and folders" in str(course.receipts("ada")[0]["reason"])


def test_a_full_exchange_is_emptied_and_nothing_is_taken_twice(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no room for a receipt as long as what was handed in is there."""
    give = Store.give

    def full(store: Store, receipt: Receipt, person: Student) -> None:
        if list(course.inbound.iterdir()):
            raise OSError(errno.ENOSPC, "No space left on device")
        give(store, receipt, person)

    monkeypatch.setattr(Store, "give", full)
    course.hand_in(EVE, "ada", {"a.ipynb": "{}"})  # refused, which has a receipt as well
    course.hand_in(ADA, "ada", {"a.ipynb": "{}"}, "ada+ps1+later+abc")
    assert [course.intake.look() for _ in range(3)] == [2, 0, 0]
    assert len(course.taken("ada")) == 1
    assert [len(course.receipts(name)) for name in ("ada", "eve")] == [1, 1]


def test_what_can_not_be_told_keeps_nothing_from_being_taken(
    course: Course, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stopping = threading.Event()
    course.hand_in(ADA, "ada", {"a.ipynb": "{}"})
    looks: list[int] = []

    def people(_storage: Path) -> list[Student]:
        return course.people

    def fail(_intake: Intake) -> None:
        looks.append(1)
        if len(looks) == 2:
            stopping.set()
        raise RecursionError("nobody foresaw this")

    monkeypatch.setattr(service, "read_people", people)
    monkeypatch.setattr(health, "FILE", course.settings.storage / "well-until")
    monkeypatch.setattr(Intake, "tell_deadlines", fail)
    service.run(replace(course.settings, every_seconds=0.01), stopping)
    assert len(course.taken("ada")) == 1
    assert int((course.settings.storage / "well-until").read_text()) > time.time()
    assert "telling people and graders failed" in caplog.text


def test_depth_is_limited(tmp_path: Path) -> None:
    deep = tmp_path / "in" / "/".join("d" * 12)
    deep.mkdir(parents=True)
    (tmp_path / "out").mkdir()
    inbound, target = (os.open(tmp_path / name, os.O_RDONLY) for name in (".", "out"))
    with pytest.raises(RefusedError, match="10 deep"):
        TreeCopy(0, Limits()).run("in", inbound, target)


def test_what_is_deep_is_refused_once(course: Course) -> None:
    made = course.hand_in(ADA, "ada", {"a.ipynb": "{}"})
    folder = os.open(made, os.O_RDONLY)
    for _ in range(2000):  # more than a process may have open, or may recurse
        os.mkdir("in", dir_fd=folder)
        os.chown("in", ADA, ADA, dir_fd=folder)
        inner = os.open("in", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)
    assert [course.intake.look() for _ in range(2)] == [1, 0]
    assert len(course.receipts("ada")) == len(course.refused()) == 1


def test_who_is_nobody_and_what_is_no_assignment(course: Course) -> None:
    course.hand_in(31337, "ada", {"a.ipynb": "{}"}, "ada+ps1+t+1")
    course.hand_in(ADA, "ada", {"a.ipynb": "{}"}, "ada+ps9+t")
    course.hand_in(ADA, "ada", {"a.ipynb": "{}"}, "ada+..+t")
    course.hand_in(ADA, "ada", {"a.ipynb": "{}"}, "hello")
    course.intake.look()
    assert len(course.refused()) == 4
    assert list(course.inbound.iterdir()) == []


def test_what_is_half_there_is_left_alone_for_a_minute(course: Course) -> None:
    made = course.hand_in(ADA, "ada", {"a.ipynb": "{}"})
    made.chmod(0o755)
    assert course.intake.look() == 0
    later = Intake(course.settings, list, clock=lambda: time.time() + 61)
    assert later.look() == 1
