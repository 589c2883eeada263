"""What a student sees of deadlines and receipts."""

import json
from pathlib import Path
from typing import Any

import pytest
from semesterhub_notebook import deadlines


class Manager:
    """Nbgrader's, as far as it matters."""

    def __init__(self) -> None:
        self.asked: list[tuple[str | None, str]] = []

    def list_assignments(self, course_id: str | None = None) -> dict[str, Any]:
        """List two."""
        self.asked.append((course_id, ""))
        entries = [
            {"course_id": "c1", "assignment_id": "ps1", "status": status}
            for status in ("released", "submitted")
        ]
        return {"success": True, "value": entries}

    def _action(self, course_id: str, assignment_id: str) -> None:
        self.asked.append((course_id, assignment_id))

    fetch_assignment = fetch_feedback = submit_assignment = _action


@pytest.fixture
def receipts(tmp_path: Path) -> Path:
    entry = {"due": "2026-12-01T22:59:00+00:00", "closes": True}
    told = {"zone": "Europe/Berlin", "assignments": {"ps1": entry}}
    (tmp_path / "deadlines.json").write_text(json.dumps(told))
    return tmp_path


def receipt(folder: Path, name: str, **more: object) -> None:
    known = {
        "accepted": True,
        "reason": None,
        "received": "2026-12-02T10:00:00+00:00",
        "late_seconds": 0,
        "digest": "abcdef0123456789",
    }
    (folder / f"ps1 {name}.json").write_text(json.dumps({**known, **more}))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        *((1, "1 min"), (600, "10 min"), (7000, "117 min"), (7199, "2 hours")),
        *((86_400, "24 hours"), (27_979_860, "323 days")),
    ],
)
def test_how_late_is_said_as_people_would(receipts: Path, seconds: int, said: str) -> None:
    receipt(receipts, "1", late_seconds=seconds)
    assert f", {said} late," in deadlines.received(receipts, "ps1")


def test_the_panel_shows_both_and_sends_neither_back(receipts: Path) -> None:
    class Mine(Manager):
        pass

    deadlines.install(Mine, receipts)
    receipt(receipts, "1", late_seconds=600)
    manager = Mine()
    released, submitted = manager.list_assignments(course_id="c1")["value"]
    assert released["course_id"] == "c1 \u00b7 due 2026-12-01 23:59, then closed"
    expected = "c1 \u00b7 received 2026-12-02 11:00, 10 min late, abcdef01"
    assert submitted["course_id"] == expected
    manager.fetch_assignment(released["course_id"], "ps1")
    manager.list_assignments(course_id=submitted["course_id"])
    assert manager.asked == [("c1", ""), ("c1", "ps1"), ("c1", "")]


def test_a_refusal_is_said(receipts: Path) -> None:
    assert deadlines.received(receipts, "ps1") == "not received yet"
    receipt(receipts, "1")
    receipt(receipts, "2", accepted=False, reason="it has more than 100 MB")
    assert deadlines.received(receipts, "ps1") == "REFUSED: it has more than 100 MB"


def test_how_it_ran_is_said_of_the_newest_submission_alone(receipts: Path) -> None:
    receipt(receipts, "1", id="a")
    received = deadlines.received(receipts, "ps1")
    trial = {"id": "a", "cells": 8, "well": 7, "problem": ""}
    (receipts / "trials.json").write_text(json.dumps({"ps1": trial}))
    assert deadlines.received(receipts, "ps1") == f"{received}; ran: 7 of 8 cells without error"
    failed = {"ps1": {**trial, "problem": "a notebook can't be read"}}
    (receipts / "trials.json").write_text(json.dumps(failed))
    assert deadlines.received(receipts, "ps1").endswith("; NOT RUN: a notebook can't be read")
    receipt(receipts, "2", id="b")
    assert deadlines.received(receipts, "ps1") == received


def test_without_a_deadline_nothing_is_said(tmp_path: Path) -> None:
    assert deadlines.due(tmp_path, "ps1") == ""
