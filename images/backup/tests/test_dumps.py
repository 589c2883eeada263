"""A backup asks the database service for dumps; the service is played by the tests."""

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from semesterhub_backup.copies import copy_databases
from semesterhub_backup.dumps import ask_for_dumps, tell_of_restore


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "postgres"
    made.mkdir()
    return made


def answering(folder: Path, answer: Callable[[str], str]) -> threading.Thread:
    """Answer one question."""

    def play() -> None:
        deadline = time.monotonic() + 20
        while not (folder / "wanted").exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)  # between two looks, as the service itself
        question = (folder / "wanted").read_text()
        # Taken, as the service does: the next answer is to the next question.
        (folder / "wanted").unlink()
        (folder / "answered").write_text(answer(question))

    thread = threading.Thread(target=play)
    thread.start()
    return thread


def test_dumps_of_this_moment(tmp_path: Path, folder: Path) -> None:
    (folder / "serving").touch()
    # an answer to another backup is none to this
    (folder / "answered").write_text("0123 ")
    service = answering(folder, lambda question: f"{question} ")
    assert ask_for_dumps(tmp_path, 20) is None
    service.join()
    service = answering(folder, lambda question: f"{question} no space left")
    assert "no space left" in (ask_for_dumps(tmp_path, 20) or "")
    service.join()


def test_nobody_to_ask(tmp_path: Path, folder: Path) -> None:
    assert ask_for_dumps(tmp_path, 20) is None
    assert not (folder / "wanted").exists()
    (folder / "serving").touch()
    assert "does not answer" in (ask_for_dumps(tmp_path, 0) or "")


def test_what_the_services_user_may_lay_there_is_not_followed(tmp_path: Path, folder: Path) -> None:
    (folder / "serving").touch()
    secret = tmp_path / "secret"
    secret.write_text("kept")
    for name in ("wanted", "answered", "restored"):
        (folder / name).symlink_to(secret)
    assert "does not answer" in (ask_for_dumps(tmp_path, 0) or "")
    tell_of_restore(tmp_path)
    assert secret.read_text() == "kept"
    assert (folder / "restored").is_file()
    assert not (folder / "restored").is_symlink()


def test_a_course_on_sqlite_has_nothing_to_tell(tmp_path: Path) -> None:
    tell_of_restore(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_copy_of_a_file_that_moved_to_a_dump_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "grading").mkdir()
    (tmp_path / "dumps").mkdir()
    file = tmp_path / "grading" / "gradebook.db"
    sqlite3.connect(file).execute("CREATE TABLE grade (x)").connection.close()
    copies = tmp_path / "copies"
    copy_databases(tmp_path, copies)
    assert (copies / "gradebook.sqlite").exists()
    # gone without a dump: what was copied last is all that there is
    file.unlink()
    copy_databases(tmp_path, copies)
    assert (copies / "gradebook.sqlite").exists()
    (tmp_path / "dumps" / "gradebook.dump").write_bytes(b"PGDMP")
    copy_databases(tmp_path, copies)
    assert not (copies / "gradebook.sqlite").exists()
