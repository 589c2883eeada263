"""What students and staff are told of what was handed in: trials, deadlines, fetched work."""

import json
import os
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from intake_course import ADA, EVE, Course
from semesterhub_intake.fetched import fetched, write_fetched
from semesterhub_intake.people import Student, read_people
from semesterhub_intake.trials import read_trials

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="acts as several users: needs root")

NOW = datetime.now(UTC)


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
