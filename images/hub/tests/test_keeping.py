"""The copy of the database in the storage: what is taken, what is sent, and what is left alone."""

import contextlib
import logging
import threading
import time
from pathlib import Path

import pytest
from kept_copies import (
    WITHIN,
    FakeStore,
    add,
    add_and_crash,
    asides,
    kept_users,
    live,
    make,
    users,
)
from semesterhub import keeping
from semesterhub.keeping import Keeper, Note
from semesterhub.store import StoreError

SOON = 0.01


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "jupyterhub.sqlite"


def test_a_new_course_has_nothing_to_take(store: FakeStore, path: Path) -> None:
    Keeper(path, store).take_newest()
    assert not path.exists()
    assert Note(path.with_name("kept.sha256")).digests == set()


def test_a_new_machine_takes_the_copy(store: FakeStore, path: Path, tmp_path: Path) -> None:
    store.content = make(tmp_path / "other", "ada")
    # Of a database that somebody deleted.
    (tmp_path / "jupyterhub.sqlite-wal").write_bytes(b"stale")
    Keeper(path, store).take_newest()
    assert not (tmp_path / "jupyterhub.sqlite-wal").exists()
    assert users(path) == ["ada"]
    assert asides(path) == []
    assert Note(path.with_name("kept.sha256")).kept == store.digest


def test_after_a_crash_the_local_one_is_the_newest(store: FakeStore, path: Path) -> None:
    store.content = make(path, "ada")
    Note(path.with_name("kept.sha256")).write(store.digest)
    make(path, "late")
    Keeper(path, store).take_newest()
    assert users(path) == ["ada", "late"]
    assert asides(path) == []


def test_a_copy_whose_answer_was_lost_is_ones_own(store: FakeStore, path: Path) -> None:
    store.content = make(path, "ada")
    Note(path.with_name("kept.sha256")).write("0" * 64, store.digest)
    make(path, "late")
    Keeper(path, store).take_newest()
    assert users(path) == ["ada", "late"]
    note = Note(path.with_name("kept.sha256"))
    assert (note.kept, note.sent) == (store.digest, None)


def test_a_storage_that_lost_its_copy_gets_one(store: FakeStore, path: Path) -> None:
    make(path, "ada")
    Note(path.with_name("kept.sha256")).write("0" * 64)
    keeper = Keeper(path, store, SOON)
    keeper.take_newest()
    with keeper:
        store.wait_for(copies=1)
    assert store.replaced[0] is None
    assert kept_users(store, path) == ["ada"]


def test_what_was_restored_is_taken(store: FakeStore, path: Path, tmp_path: Path) -> None:
    store.content = make(tmp_path / "other", "restored")
    make(path, "ada")
    add_and_crash(path, "late")
    Note(path.with_name("kept.sha256")).write("0" * 64)
    Keeper(path, store).take_newest()
    assert users(path) == ["restored"]
    [aside] = asides(path)
    assert users(aside) == ["ada", "late"]
    assert Note(path.with_name("kept.sha256")).kept == store.digest


def test_a_deleted_database_is_taken_again(store: FakeStore, path: Path) -> None:
    store.content = make(path, "ada")
    Note(path.with_name("kept.sha256")).write(store.digest)
    path.unlink()
    Keeper(path, store).take_newest()
    assert users(path) == ["ada"]


def test_a_spoilt_note_is_as_none(store: FakeStore, path: Path, tmp_path: Path) -> None:
    store.content = make(tmp_path / "other", "restored")
    make(path, "ada")
    for spoilt in (b"x\r\ny", b"\xff"):
        path.with_name("kept.sha256").write_bytes(spoilt)
        assert Note(path.with_name("kept.sha256")).digests == set()
    Keeper(path, store).take_newest()
    assert users(path) == ["restored"]


def test_a_service_that_comes_late_and_one_that_never_comes(
    store: FakeStore, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store.away = "connection refused"
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            store.away = ""

    monkeypatch.setattr(keeping.time, "sleep", wait)
    Keeper(path, store).take_newest()
    assert len(waited) == 3
    [said] = [record.message for record in caplog.records]
    assert said == "Waiting for the storage's copy of the hub's database: connection refused"
    store.away = "connection refused"
    with pytest.raises(StoreError, match="connection refused"):
        Keeper(path, store).take_newest(within=-1)


def test_changes_are_sent(store: FakeStore, path: Path) -> None:
    keeper = Keeper(path, store, SOON)
    keeper.take_newest()
    with keeper, contextlib.closing(live(path)) as hub:
        store.wait_for(copies=1)
        add(hub, "ada")
        store.wait_for(copies=2)
        add_and_crash(path, "grace")  # another process, as `semesterhub-admin approve`
        store.wait_for(copies=3)
    assert kept_users(store, path) == ["ada", "grace"]
    assert Note(path.with_name("kept.sha256")).kept == store.digest
    assert [each.name for each in path.parent.iterdir() if each.name.startswith(".")] == []


def test_what_did_not_change_is_not_sent(
    store: FakeStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    copy = keeping._copy
    monkeypatch.setattr(keeping, "_copy", lambda *args: made.append(path) or copy(*args))
    keeper = Keeper(path, store)
    keeper._keep()
    assert store.tries == 0  # there is no database yet
    with contextlib.closing(live(path)) as hub:
        for copies in (1, 2):
            add(hub, "ada")
            keeper._keep()
            keeper._keep()
            assert (store.tries, len(store.replaced), len(made)) == (copies, copies, copies)
    # A hub that starts anew can't know by the number; the copy's digest tells.
    again = Keeper(path, store)
    again._keep()
    assert store.tries == 2


def test_the_end_sends_what_came_last(store: FakeStore, path: Path) -> None:
    with Keeper(path, store, every=3600), contextlib.closing(live(path)) as hub:
        add(hub, "ada")
    assert kept_users(store, path) == ["ada"]


def test_the_end_asks_again(store: FakeStore, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "RETRY_SECONDS", SOON)
    make(path, "ada")
    store.away = "connection refused"

    def come_back() -> None:
        store.wait_for(tries=3)
        store.away = ""

    helper = threading.Thread(target=come_back)
    helper.start()
    with Keeper(path, store, every=3600):
        pass
    helper.join()
    assert kept_users(store, path) == ["ada"]


@pytest.mark.parametrize("hangs", [False, True])
def test_the_end_is_bounded(
    store: FakeStore, path: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture, *, hangs: bool,
) -> None:  # fmt: skip
    monkeypatch.setattr(keeping, "STOP_SECONDS", 0.3)
    monkeypatch.setattr(keeping, "RETRY_SECONDS", SOON)
    make(path, "ada")
    store.away = "connection refused"
    released = threading.Event()
    if hangs:
        monkeypatch.setattr(store, "put", lambda *_: released.wait(WITHIN))
    begin = time.monotonic()
    with Keeper(path, store, every=3600):
        pass
    assert time.monotonic() - begin < WITHIN / 2
    released.set()
    store.away = ""  # ends the thread, which in a hub ends with the process
    assert "No last copy" in caplog.text


def test_trouble_is_told_once_and_its_end_too(
    store: FakeStore, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    make(path, "ada")
    store.away = "connection refused"
    with Keeper(path, store, SOON):
        store.wait_for(tries=3)
        store.away = "the disk is full"
        store.wait_for(tries=3)
        store.away = ""
        store.wait_for(copies=1)
    said = [(each.levelname, each.message) for each in caplog.records]
    text = "The hub's database is not copied to the storage: "
    assert said == [
        ("WARNING", f"{text}connection refused"),
        ("WARNING", f"{text}the disk is full"),
        ("INFO", "The hub's database is copied to the storage again"),
    ]


def test_a_restore_while_the_hub_runs_is_left_alone(
    store: FakeStore, path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    restored = make(tmp_path / "other", "restored")
    keeper = Keeper(path, store, SOON)
    with keeper, contextlib.closing(live(path)) as hub:
        store.wait_for(copies=1)
        store.content = restored
        add(hub, "late")
        store.wait_for(tries=3)
    assert store.content == restored
    [said] = [(each.levelname, each.message) for each in caplog.records]
    assert said[0] == "ERROR"
    assert "was it restored? It is not touched; restart the hub" in said[1]
    Keeper(path, store).take_newest()
    assert users(path) == ["restored"]
    assert users(asides(path)[0]) == ["late"]


def test_a_copy_that_was_taken_away_is_sent_anew(
    store: FakeStore, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Keeper(path, store, SOON), contextlib.closing(live(path)) as hub:
        store.wait_for(copies=1)
        store.content = None
        add(hub, "ada")
        store.wait_for(copies=2)
    assert kept_users(store, path) == ["ada"]
    assert [each.levelname for each in caplog.records] == ["WARNING"]


def test_lost_answers_do_no_harm(
    store: FakeStore, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The service keeps what the hub believes is not kept; then it is away for a while."""
    with Keeper(path, store, SOON), contextlib.closing(live(path)) as hub:
        store.wait_for(copies=1)
        first = store.digest
        store.loses_answers = True
        add(hub, "ada")
        store.wait_for(copies=2)
        second = store.digest
        store.away = "connection refused"
        add(hub, "grace")
        store.loses_answers = False
        store.wait_for(tries=3)
        store.away = ""
        store.wait_for(copies=3)
    assert store.replaced[:2] == [None, first]
    assert store.replaced[-1] in {first, second}
    assert kept_users(store, path) == ["ada", "grace"]
    assert "another copy" not in caplog.text
