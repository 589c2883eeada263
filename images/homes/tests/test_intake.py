"""What students hand in, honestly and otherwise, and what the store has of it afterwards."""

import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from semesterhub_intake.copying import RefusedError, TreeCopy
from semesterhub_intake.fetched import fetched, write_fetched
from semesterhub_intake.intake import Intake
from semesterhub_intake.people import Student, read_people
from semesterhub_intake.settings import Limits, Settings
from semesterhub_intake.trials import read_trials

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="acts as several users: needs root")

ADA, EVE = 20001, 20002
NOW = datetime.now(UTC)


class Course:
    """A storage tree, two students, and a look when the test says so."""

    def __init__(self, storage: Path) -> None:
        self.settings = Settings(storage, "c1", Limits(bytes=1 << 20, files=20), 1, "UTC", 19998)
        self.inbound = self.settings.exchange / "inbound"
        for folder in ("inbound", "outbound/ps1", "feedback", "receipts"):
            (self.settings.exchange / folder).mkdir(parents=True)
        self.inbound.chmod(0o3773)
        (storage / "received").mkdir()
        (storage / "grading").mkdir()
        people = [
            Student("ada@uni.edu", "ada", ADA, ("lab-1",)),
            Student("eve@uni.edu", "eve", EVE, ()),
        ]
        self.people = people
        self.intake = Intake(self.settings, lambda: self.people)

    def hand_in(self, uid: int, name: str, files: dict[str, str], folder: str = "") -> Path:
        """Put a folder into inbound as nbgrader does."""
        made = self.inbound / (folder or f"{name}+ps1+2026-11-30 10:00:00.0 UTC+abc")
        made.mkdir()
        for path, text in files.items():
            (made / path).parent.mkdir(exist_ok=True)
            (made / path).write_text(text)
            os.chown(made / path, uid, uid)
            os.chown((made / path).parent, uid, uid)
        os.chown(made, uid, uid)
        made.chmod(0o777)
        return made

    def taken(self, slug: str) -> list[Path]:
        """List what the store has of a student."""
        return sorted((self.settings.received / "ps1" / slug).glob("*"))

    def receipts(self, slug: str) -> list[dict[str, object]]:
        """Read what a student is told."""
        found = sorted((self.settings.exchange / "receipts" / slug).glob("*.json"))
        return [json.loads(path.read_text()) for path in found]

    def refused(self) -> list[dict[str, str]]:
        """Read what staff are told."""
        path = self.settings.received / "refused.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    def deadline(self, due: datetime, late: str = "accept", **extensions: datetime) -> None:
        """Write what the grading service writes."""
        entry = {
            "due": due.isoformat(),
            "late": late,
            "extensions": {
                who.replace("at_", "@").replace("_", "-"): when.isoformat()
                for who, when in extensions.items()
            },
        }
        path = self.settings.storage / "grading" / "deadlines.json"
        path.write_text(json.dumps({"ps1": entry}))


@pytest.fixture
def course(tmp_path: Path) -> Course:
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    return Course(tmp_path)


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
        ({f"{number}.ipynb": "" for number in range(30)}, "more than 20 files"),
        ({"notes.txt": ""}, "no notebook"),
    ],
)
def test_limits_are_said(course: Course, files: dict[str, str], word: str) -> None:
    course.hand_in(ADA, "ada", files)
    course.intake.look()
    assert course.taken("ada") == []
    assert word in str(course.receipts("ada")[0]["reason"])
    assert list(course.settings.received.glob(".taking-*")) == []


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


def test_each_sees_how_their_own_submission_ran(course: Course) -> None:
    course.people.append(MADE_UP)
    folder = course.settings.storage / "grading/trials/ps1"
    folder.mkdir(parents=True)
    good = {"id": "20261130T100000.0Z-ab", "cells": 8, "well": 7, "problem": ""}
    bad: dict[str, object] = {"cells": 3, "well": 4}
    for slug, trial in {
        "ada": good,
        "eve": {**good, **bad},
        "nobody": good,
        MADE_UP.slug: good,
        ".ada": {**good, "cells": 99},
    }.items():
        (folder / f"{slug}.json").write_text(json.dumps(trial))
    course.intake.tell_trials()
    receipts = course.settings.exchange / "receipts"
    assert [path.name for path in receipts.iterdir()] == ["ada"]
    path = receipts / "ada" / "trials.json"
    assert json.loads(path.read_text()) == {"ps1": good}
    assert (path.stat().st_gid, path.stat().st_mode & 0o777) == (ADA, 0o640)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        '{"id": "../x", "cells": 1, "well": 1, "problem": ""}',
        '{"id": "a", "cells": true, "well": 1, "problem": ""}',
        '{"id": "a", "cells": 1, "well": 1, "problem": 1}',
        '{"id": "a", "cells": 1e9, "well": 1, "problem": ""}',
        "x" * 9999,
    ],
)
def test_a_trial_that_makes_no_sense_is_shown_to_nobody(tmp_path: Path, text: str) -> None:
    (tmp_path / "ps1").mkdir()
    (tmp_path / "ps1/ada.json").write_text(text)
    assert read_trials(tmp_path, ["ada"]) == {}
    assert read_trials(tmp_path / "none", ["ada"]) == {}


MADE_UP = Student("course-check-0123abcde", "course-check-0123abcde", 20003, ())


def test_who_was_made_up_gets_a_receipt_and_graders_find_nothing(course: Course) -> None:
    course.people.append(MADE_UP)
    course.deadline(NOW - timedelta(minutes=5), "close")
    course.hand_in(20003, MADE_UP.slug, {"a.ipynb": "{}"})
    course.hand_in(20003, MADE_UP.slug, {"notes.txt": ""}, f"{MADE_UP.slug}+ps1+later")
    assert course.intake.look() == 2
    told = {receipt["accepted"]: receipt for receipt in course.receipts(MADE_UP.slug)}
    assert set(told[True]["files"]) == {"a.ipynb"}
    assert "no notebook" in str(told[False]["reason"])
    assert [path.name for path in course.settings.received.iterdir()] == []
    course.intake.tell_deadlines()
    receipts = course.settings.exchange / "receipts"
    assert not (receipts / MADE_UP.slug / "deadlines.json").exists()


def test_what_was_made_up_goes_with_whom_it_was_for(course: Course) -> None:
    course.people.append(MADE_UP)
    course.hand_in(20003, MADE_UP.slug, {"a.ipynb": "{}"})
    course.hand_in(ADA, "ada", {"a.ipynb": "{}"})
    course.intake.look()
    course.people.remove(MADE_UP)
    course.hand_in(20003, MADE_UP.slug, {"a.ipynb": "{}"})
    course.intake.look()
    course.intake.tell_deadlines()
    receipts = course.settings.exchange / "receipts"
    assert {path.name for path in receipts.iterdir()} == {"ada", "eve", "deadlines.json"}
    assert course.refused() == []
    assert list(course.inbound.iterdir()) == []


@pytest.mark.parametrize(
    ("extension", "late"),
    [
        ({}, True),
        ({"ada": NOW + timedelta(days=1)}, False),
        ({"at_lab_1": NOW + timedelta(1)}, False),
    ],
)
def test_a_closed_deadline_refuses_who_has_no_extension(
    course: Course, extension: dict[str, datetime], *, late: bool
) -> None:
    course.deadline(NOW - timedelta(minutes=5), "close", **extension)
    course.hand_in(ADA, "ada", {"a.ipynb": "{}"})
    course.intake.look()
    assert len(course.taken("ada")) == (0 if late else 1)
    assert course.receipts("ada")[0]["accepted"] is not late


def test_everybody_sees_their_own_deadline_and_no_others(course: Course) -> None:
    course.deadline(NOW, "close", ada=NOW + timedelta(days=1))
    course.intake.tell_deadlines()
    for slug, uid, due in (("ada", ADA, NOW + timedelta(days=1)), ("eve", EVE, NOW)):
        path = course.settings.exchange / "receipts" / slug / "deadlines.json"
        told = json.loads(path.read_text())
        assert told["assignments"] == {"ps1": {"due": due.isoformat(), "closes": True}}
        assert (path.stat().st_gid, path.stat().st_mode & 0o777) == (uid, 0o640)
    # the course's own, which the statistics read, tells of nobody's extension
    path = course.settings.exchange / "receipts" / "deadlines.json"
    assert json.loads(path.read_text()) == {"ps1": NOW.isoformat()}
    assert path.stat().st_mode & 0o777 == 0o644


def test_people_have_the_slug_of_their_home_before_they_ever_came(tmp_path: Path) -> None:
    (tmp_path / "uids").mkdir()
    with sqlite3.connect(tmp_path / "uids" / "uids.sqlite") as db:
        db.execute("CREATE TABLE people (username TEXT, slug TEXT, uid INTEGER)")
        db.execute("INSERT INTO people VALUES ('ada@a.edu', 'ada-a-edu-other', 20007)")
    roster = tmp_path / "roster.json"
    roster.write_text(
        json.dumps({"students": ["ada@a.edu", "ada@b.edu"], "staff": ["kim"], "groups": {}})
    )
    people = {person.username: person for person in read_people(tmp_path, roster)}
    assert people["ada@a.edu"].slug == "ada-a-edu-other"
    assert people["ada@b.edu"].uid is None
    assert len({person.slug for person in people.values()}) == 3
    assert people["kim"].staff


if __name__ == "__main__":
    sys.exit(pytest.main([__file__]))


def test_who_has_fetched_is_told_and_a_link_is_not_followed(course: Course) -> None:
    storage = course.settings.storage
    (storage / "homes/ada/ps1").mkdir(parents=True)
    (storage / "homes/eve").mkdir()
    (storage / "homes/eve/ps1").symlink_to(storage / "homes/ada/ps1")
    people = [
        Student("ada@uni.edu", "ada", ADA, ()),
        Student("eve@uni.edu", "eve", EVE, ()),
        Student("bob", "bob", None, ()),
        Student("staff", "ada", ADA, (), staff=True),
    ]
    found = fetched(storage, course.settings.exchange / "outbound", people)
    assert found == {"ps1": ["ada"]}
    write_fetched(found, course.settings.received, 19998)
    path = course.settings.received / "fetched.json"
    assert json.loads(path.read_text()) == found
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.stat().st_gid == 19998
