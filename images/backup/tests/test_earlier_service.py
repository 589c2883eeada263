"""What answers requests for earlier versions, without a container."""

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Never

import pytest
from semesterhub_backup import beside
from semesterhub_backup.earlier import Service
from semesterhub_backup.errors import BackupError, RefusedError
from semesterhub_backup.mailbox import Asked, Person
from semesterhub_backup.manifest import FILE, FOLDER, Item, to_line
from semesterhub_backup.restic import Snapshot
from semesterhub_backup.settings import read_settings

ME = Person(os.geteuid(), "ada")
STORED = Snapshot("id1", datetime(2026, 11, 21, 13, 0, tzinfo=UTC), ())


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Make one that knows of a backup with two files of one name."""
    (tmp_path / "exchange" / "ds101").mkdir(parents=True)
    settings = read_settings({"SEMESTERHUB_STORAGE": str(tmp_path), "COURSE": "ds101"})
    assert settings.mailbox is not None
    made = Service(settings, settings.mailbox)
    sizes = {".": 0, "hw": 10, "~": 0, "~/hw": 20}
    manifest = tmp_path / "manifest"
    manifest.write_bytes(
        b"".join(
            to_line(
                Item(
                    *(path, FILE if size else FOLDER, 0o600, ME.uid, ME.uid, size, 0, "", {}, 0),
                    *(str(size), None, 0, 0),
                )
            )
            for path, size in sizes.items()
        )
    )
    made._history.take(STORED, {"ada": manifest})
    handler = signal.getsignal(signal.SIGTERM)
    yield made
    signal.signal(signal.SIGTERM, handler)


def listed(service: Service, path: object) -> list[int]:
    """Ask for the states of a path; gives their sizes."""
    answer = service._deal_with(Asked(ME, "1" * 32, {"do": "list", "path": path}))
    assert answer is not None
    return [each["bytes"] for each in answer["states"]]


def test_a_path_is_taken_as_it_is(service: Service) -> None:
    assert listed(service, "hw") == [10]
    assert listed(service, "~/hw") == [20]
    assert listed(service, "") == listed(service, ".") == [30]


@pytest.mark.parametrize("path", ["../bob/hw", "a/../../bob", "..", "a\0b", None, 5, "\ud800"])
def test_a_path_leads_nowhere_else(service: Service, path: object) -> None:
    with pytest.raises((BackupError, ValueError)):
        listed(service, path)


def test_it_ends_where_one_of_its_threads_does(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Never:
        raise LookupError("nobody thought of that")

    monkeypatch.setattr(service, "_restore", fail)
    monkeypatch.setattr("threading.excepthook", lambda _: None)
    asked = Asked(ME, "1" * 32, {"do": "restore", "path": "hw", "backup": "id1", "name": "hw"})
    assert service._deal_with(asked) is None
    assert service.run() == 1


def test_a_link_that_can_not_be_moved_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> Never:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(beside, "add", refuse)
    here = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(RefusedError, match="the folder that it was in"):
        beside._give_a_place("link", here, here)
    os.close(here)
