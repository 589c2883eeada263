"""The report for the alerts has numbers, and nobody's name."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from semesterhub_homes import report


def person(used: int | None, limit: int | None) -> dict[str, Any]:
    return {"username": "ada", "limit": limit, "own": False, "used": used}


QUOTAS = {
    "problem": None,
    "default": 100,
    "exchange": {"limit": 1000, "used": 10},
    "people": [person(97, 100), person(96, 100), person(None, 100), person(5000, None)],
}


def test_full_homes_are_counted() -> None:
    assert report.summary(QUOTAS, 5.0) == {
        "at": 5.0,
        "limited": 2,
        "full": 1,
        "exchange": [10, 1000],
        "unenforced": False,
    }


def test_limits_that_nothing_enforces() -> None:
    none = {**QUOTAS, "problem": "its file system is ext4, not xfs", "people": [person(5, None)]}
    assert report.summary({**none, "exchange": {"limit": None, "used": None}}, 0) == {
        "at": 0,
        "limited": 0,
        "full": 0,
        "exchange": None,
        "unenforced": True,
    }
    assert not report.summary({**none, "default": None}, 0)["unenforced"]


def test_it_is_written_for_others_to_read(tmp_path: Path) -> None:
    file = tmp_path / "homes.json"
    report.Reporter(file, lambda: QUOTAS).write()
    assert json.loads(file.read_text())["full"] == 1
    assert "ada" not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o644


def test_it_goes_on_after_trouble_and_ends_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(report, "EVERY_SECONDS", 0.01)
    file = tmp_path / "homes.json"
    tries = iter([ValueError("odd"), ValueError("odd")])

    def quotas() -> dict[str, Any]:
        for error in tries:
            raise error
        return QUOTAS

    reporter = report.Reporter(file, quotas)
    with caplog.at_level(logging.WARNING):
        reporter.start()
        while not file.exists():
            reporter._repeated.stops_within(0.01)
        reporter.stop()
    assert len(caplog.records) == 1, "the same trouble is told once"
    idle = report.Reporter(tmp_path / "nowhere" / "homes.json", quotas)
    idle.start()
    idle.stop()
