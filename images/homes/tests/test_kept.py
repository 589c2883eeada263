"""The copy of the hub's database: written whole or not at all, and never over another one."""

import errno
import hashlib
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from semesterhub_homes import kept
from semesterhub_homes.answers import Answer
from semesterhub_homes.handler import PeerGoneError
from semesterhub_homes.kept import KeptDatabase
from serving import database, people

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="giving files away takes root")
NEW = {"If-None-Match": "*"}


@pytest.fixture
def folder(storage: Path) -> Path:
    return storage / "hub"


@pytest.fixture
def store(folder: Path) -> KeptDatabase:
    return KeptDatabase(folder)


@pytest.fixture
def ada(tmp_path: Path) -> tuple[bytes, str]:
    return database(tmp_path / "one", "ada")


@pytest.fixture
def grace(tmp_path: Path) -> tuple[bytes, str]:
    return database(tmp_path / "two", "ada", "grace")


def put(store: KeptDatabase, made: tuple[bytes, str], **condition: str) -> Answer:
    content, digest = made
    headers = {name.replace("_", "-"): value for name, value in condition.items()} or NEW
    parts = [content[:7], content[7:]]  # not even the first bytes come in one piece
    return store.put({"X-Content-SHA256": digest, **headers}, parts)


def there(store: KeptDatabase) -> str | None:
    found = store.get()
    if found is None:
        return None
    with found.file:
        content = found.file.read()
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (found.digest, found.size)
    return found.digest


def test_the_first_copy(store: KeptDatabase, folder: Path, ada: tuple[bytes, str]) -> None:
    assert there(store) is None
    answer = put(store, ada)
    assert (answer.status, answer.headers) == (200, {"ETag": f'"{ada[1]}"'})
    assert there(store) == ada[1]
    assert [each.name for each in folder.iterdir()] == ["jupyterhub.sqlite"]
    status = (folder / "jupyterhub.sqlite").stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o7777) == (10990, 10990, 0o600)


def test_a_copy_takes_the_place_of_the_one_that_was_told(
    store: KeptDatabase, folder: Path, ada: tuple[bytes, str], grace: tuple[bytes, str]
) -> None:
    put(store, ada)
    assert put(store, grace, If_Match=f'"{ada[1]}"').status == 200
    assert there(store) == grace[1]
    assert people(folder / "jupyterhub.sqlite") == ["ada", "grace"]


def test_never_over_another_one(
    store: KeptDatabase, folder: Path, ada: tuple[bytes, str], grace: tuple[bytes, str]
) -> None:
    answer = put(store, grace, If_Match=f'"{ada[1]}"')
    assert (answer.status, answer.body["digest"]) == (412, None)
    put(store, ada)
    for condition in ({}, {"If_Match": f'"{grace[1]}"'}):
        answer = put(store, grace, **condition)
        assert (answer.status, answer.body["digest"]) == (412, ada[1])
    # As a restore does it.
    shutil.copy(folder.parent.parent / "two", folder / "restored")
    (folder / "restored").rename(folder / "jupyterhub.sqlite")
    assert put(store, ada, If_Match=f'"{ada[1]}"').status == 412
    assert there(store) == grace[1]
    assert [each.name for each in folder.iterdir()] == ["jupyterhub.sqlite"]


@pytest.mark.parametrize(
    "condition",
    [{"If_Match": "*"}, {"If_Match": "x"}, {"If_None_Match": '"x"'},
     {"If_Match": f'"{"0" * 64}"', "If_None_Match": "*"},
     {"If_Match": f'"{"0" * 64}", "{"1" * 64}"'}],
)  # fmt: skip
def test_what_is_replaced_must_be_told(
    store: KeptDatabase, ada: tuple[bytes, str], condition: dict[str, str]
) -> None:
    assert put(store, ada, **condition).status == 428
    assert there(store) is None


def test_what_is_broken_is_refused(
    store: KeptDatabase, folder: Path, ada: tuple[bytes, str], grace: tuple[bytes, str]
) -> None:
    put(store, ada)
    same = {"If_Match": f'"{ada[1]}"'}
    text = b"SQLite format 2\0" + bytes(100)
    for spoilt, reason in (
        ((grace[0], ada[1]), "not what X-Content-SHA256 says"),
        ((grace[0][:-1], grace[1]), "not what X-Content-SHA256 says"),
        ((text, hashlib.sha256(text).hexdigest()), "no database"),
        ((b"", hashlib.sha256(b"").hexdigest()), "no database"),
        ((grace[0], grace[1].upper()), "hexadecimal"),
        ((grace[0], ""), "hexadecimal"),
    ):
        answer = put(store, spoilt, **same)
        assert answer.status == 400
        assert reason in str(answer.body["error"])
    assert there(store) == ada[1]
    assert [each.name for each in folder.iterdir()] == ["jupyterhub.sqlite"]


@pytest.mark.parametrize(
    ("number", "status"), [(errno.ENOSPC, 507), (errno.EDQUOT, 507), (errno.EIO, 500)]
)
def test_a_full_disk(
    store: KeptDatabase, ada: tuple[bytes, str], grace: tuple[bytes, str], number: int, status: int
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    put(store, ada)
    for step in ("fsync", "fchown"):
        with pytest.MonkeyPatch.context() as staged:
            staged.setattr(kept.os, step, fail)
            answer = put(store, grace, If_Match=f'"{ada[1]}"')
        assert answer.status == status
        assert os.strerror(number) in str(answer.body["error"])
        assert there(store) == ada[1]
        assert [each.name for each in store._folder.iterdir()] == ["jupyterhub.sqlite"]


def test_a_disk_that_is_full_indeed(
    store: KeptDatabase, folder: Path, ada: tuple[bytes, str]
) -> None:
    """What /dev/full answers to writes, the file system does when it has no room."""

    class Full:
        def __init__(self, descriptor: int, mode: str) -> None:
            os.close(descriptor)
            self.file = open("/dev/full", mode, buffering=0)  # noqa: PTH123, SIM115

        def __enter__(self) -> object:
            return self.file

        def __exit__(self, *_: object) -> None:
            self.file.close()

    with pytest.MonkeyPatch.context() as staged:
        staged.setattr(kept.os, "fdopen", Full)
        assert put(store, ada).status == 507
    assert list(folder.iterdir()) == []


def test_a_hub_that_goes_away_in_the_middle(
    store: KeptDatabase, folder: Path, ada: tuple[bytes, str]
) -> None:
    def body() -> Iterator[bytes]:
        yield ada[0][:1000]
        raise PeerGoneError

    with pytest.raises(PeerGoneError):
        store.put({"X-Content-SHA256": ada[1], **NEW}, body())
    assert list(folder.iterdir()) == []


def test_what_a_crash_left_half_written(folder: Path) -> None:
    (folder / ".jupyterhub.sqlite.new-abc").write_bytes(b"x")
    (folder / "other").write_bytes(b"x")
    KeptDatabase(folder)
    assert [each.name for each in folder.iterdir()] == ["other"]


def leave_a_log(path: Path, name: str) -> None:
    """Add somebody as a hub does that has its database there, and is killed."""
    child = os.fork()
    if child == 0:
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("INSERT INTO people VALUES (?)", (name,))
        connection.commit()
        os._exit(0)
    os.waitpid(child, 0)
    assert path.with_name(f"{path.name}-wal").stat().st_size > 0


def test_a_log_of_a_killed_hub_is_folded_in(
    store: KeptDatabase, folder: Path, tmp_path: Path
) -> None:
    path = folder / "jupyterhub.sqlite"
    database(path, "ada")
    leave_a_log(path, "grace")
    found = store.get()
    assert found is not None
    with found.file:
        (tmp_path / "taken").write_bytes(found.file.read())
    assert people(tmp_path / "taken") == ["ada", "grace"]
    assert [each.name for each in folder.iterdir()] == ["jupyterhub.sqlite"]


def test_a_stale_log_is_never_beside_a_new_copy(
    store: KeptDatabase, folder: Path, ada: tuple[bytes, str]
) -> None:
    path = folder / "jupyterhub.sqlite"
    database(path, "mallory")
    leave_a_log(path, "grace")
    path.unlink()
    assert put(store, ada).status == 200
    assert [each.name for each in folder.iterdir()] == ["jupyterhub.sqlite"]
    assert people(path) == ["ada"]


def test_a_database_that_a_hub_still_has_open(
    store: KeptDatabase, folder: Path, grace: tuple[bytes, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "LOCK_SECONDS", 0.1)
    path = folder / "jupyterhub.sqlite"
    _, digest = database(path, "ada")
    with sqlite3.connect(path) as hub:
        hub.execute("PRAGMA journal_mode=WAL")
        hub.execute("INSERT INTO people VALUES ('late')")
        hub.commit()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            store.get()
        answer = put(store, grace, If_Match=f'"{digest}"')
        assert (answer.status, "locked" in str(answer.body["error"])) == (500, True)
    hub.close()
    assert people(path) == ["ada", "late"]


def test_a_link_is_not_followed(store: KeptDatabase, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (folder / "jupyterhub.sqlite").symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match="symbolic links"):
        store.get()


def test_of_many_at_once_one_wins(
    store: KeptDatabase,
    ada: tuple[bytes, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compare = store._there

    def slowly() -> str | None:
        found = compare()
        time.sleep(0.02)  # time for another one to come in between, if it could
        return found

    monkeypatch.setattr(store, "_there", slowly)
    put(store, ada)
    made = [database(tmp_path / f"n{number}", str(number)) for number in range(8)]
    answers: list[tuple[int, str]] = []

    def one(each: tuple[bytes, str]) -> None:
        answers.append((put(store, each, If_Match=f'"{ada[1]}"').status, each[1]))

    threads = [threading.Thread(target=one, args=(each,)) for each in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(status for status, _ in answers) == [200] + [412] * 7
    assert there(store) == next(digest for status, digest in answers if status == 200)
