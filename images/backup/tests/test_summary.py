"""The summary for the alerts has times and numbers, and nobody's name."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from semesterhub_backup.settings import Settings, read_settings
from semesterhub_backup.status import Status, updated_status


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for name in ("backup", "reports", "target"):
        (tmp_path / name).mkdir()
    return read_settings(
        {"SEMESTERHUB_STORAGE": str(tmp_path), "BACKUP_TARGET": f"file://{tmp_path}/target"}
    )


def ill(status: Status) -> None:
    status.lastSuccess = datetime.now(UTC).isoformat()
    status.lastDrill = {"at": "2026-11-01T00:00:00+00:00", "home": "ada"}
    status.lastDrillError = {"at": "2026-11-02T00:00:00+00:00", "message": "ada's files differ"}
    status.failed = ["homes/ada"]
    status.problems = ["homes/ada: can't be read"]


def test_it_is_written_with_each_status(settings: Settings) -> None:
    with updated_status(settings) as status:
        ill(status)
    file = settings.storage / "reports" / "backup.json"
    told = json.loads(file.read_text())
    assert (told["failed"], told["drillFailed"], told["everySeconds"]) == (1, True, 3600)
    assert told["lastDrill"] == "2026-11-01T00:00:00+00:00"
    used, total = told["target"]
    assert 0 < used < total
    assert "ada" not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o644


def test_without_a_place_for_reports_nothing_is_written(settings: Settings) -> None:
    (settings.storage / "reports").rmdir()
    with updated_status(settings) as status:
        ill(status)
    assert (settings.storage / "backup" / "status.json").exists()


def test_other_targets_have_no_disk(tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    (tmp_path / "reports").mkdir()
    settings = read_settings(
        {"SEMESTERHUB_STORAGE": str(tmp_path), "BACKUP_TARGET": "swift://course"}
    )
    with updated_status(settings):
        pass
    assert json.loads((tmp_path / "reports" / "backup.json").read_text())["target"] is None
