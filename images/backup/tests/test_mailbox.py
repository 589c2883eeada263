"""The mailbox where students' servers ask for earlier versions: all in it is hostile."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from semesterhub_backup import mailbox
from semesterhub_backup.mailbox import Mailbox, Person

ME = Person(os.geteuid(), "ada")


@pytest.fixture
def box_of_mail(tmp_path: Path) -> tuple[Mailbox, Path]:
    """Open a mailbox for one person."""
    (tmp_path / "exchange").mkdir()
    made = Mailbox(tmp_path / "exchange" / "earlier")
    made.open()
    made.welcome({ME.uid: ME})
    return made, tmp_path / "exchange" / "earlier"


def ask(folder: Path, text: str, number: int = 1) -> Path:
    path = folder / "asked" / f"{number:032x}"
    path.write_text(text)
    return path


def test_a_request_is_taken_once_and_answered(box_of_mail: tuple[Mailbox, Path]) -> None:
    mail, folder = box_of_mail
    path = ask(folder, '{"do": "list"}')
    (asked,) = mail.look({ME.uid: ME})
    assert (asked.person, asked.request) == (ME, {"do": "list"})
    assert not path.exists()
    assert mail.look({ME.uid: ME}) == []
    mail.answer(asked, {"ok": True})
    answer = folder / "answers" / "ada" / f"{path.name}.json"
    assert json.loads(answer.read_text()) == {"ok": True}
    assert answer.stat().st_mode & 0o777 == 0o640
    assert (folder / "asked").stat().st_mode & 0o7777 == 0o1733


def test_a_folder_that_was_half_made_is_theirs(box_of_mail: tuple[Mailbox, Path]) -> None:
    mail, folder = box_of_mail
    (folder / "answers" / "ada").chmod(0o700)
    mail.welcome({ME.uid: ME})
    assert (folder / "answers" / "ada").stat().st_mode & 0o7777 == 0o750


def test_one_of_a_person_and_nobody_elses(box_of_mail: tuple[Mailbox, Path]) -> None:
    mail, folder = box_of_mail
    for number in range(1, 8):
        ask(folder, '{"do": "list"}', number)
    assert len(mail.look({ME.uid: ME})) == 1
    assert not any((folder / "asked").iterdir())
    refused = [json.loads(path.read_text()) for path in (folder / "answers" / "ada").iterdir()]
    assert [each["message"] for each in refused] == [mailbox.BUSY] * 3
    ask(folder, '{"do": "list"}')
    assert mail.look({ME.uid + 1: ME}) == []
    assert not any((folder / "asked").iterdir())


def _link(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def _folder(path: Path) -> None:
    (path / "in" / "it").mkdir(parents=True)


def _deep_folder(path: Path) -> None:
    path.mkdir()
    folder = os.open(path, os.O_RDONLY)
    for _ in range(2000):  # more than a process may have open, or may recurse
        os.mkdir("in", dir_fd=folder)
        inner = os.open("in", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)


def _second_name(path: Path) -> None:
    other = path.parent.parent / "other"
    other.write_text("{}")
    os.link(other, path)


def _large(path: Path) -> None:
    path.write_text(json.dumps({"do": "x" * mailbox.LARGEST}))


def _deep(path: Path) -> None:
    path.write_text("[" * 8000)


def _old(path: Path) -> None:
    path.write_text("{}")
    os.utime(path, (1, 1))


@pytest.mark.parametrize(
    "make", [_link, os.mkfifo, _folder, _deep_folder, _second_name, _large, _deep, _old]
)
def test_what_is_no_request_goes(
    box_of_mail: tuple[Mailbox, Path], make: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    mail, folder = box_of_mail
    monkeypatch.setattr(mailbox, "WRITTEN_SECONDS", 0)
    make(folder / "asked" / f"{1:032x}")
    ask(folder, "{}", 2)
    assert [asked.ticket for asked in mail.look({ME.uid: ME})] == [f"{2:032x}"]
    assert not any((folder / "asked").iterdir())


def test_what_became_a_link_meanwhile_is_not_followed(box_of_mail: tuple[Mailbox, Path]) -> None:
    _, folder = box_of_mail
    path = ask(folder, "{}")
    before = path.stat()
    path.rename(folder / "other")
    path.symlink_to(folder / "other")
    opened = os.open(folder / "asked", os.O_RDONLY)
    assert mailbox._read(path.name, opened, before) is None
    os.close(opened)


def test_what_is_being_written_is_waited_for(box_of_mail: tuple[Mailbox, Path]) -> None:
    mail, folder = box_of_mail
    path = ask(folder, '{"do": ')
    assert mail.look({ME.uid: ME}) == []
    path.write_text('{"do": "list"}')
    assert len(mail.look({ME.uid: ME})) == 1


def test_old_answers_go(box_of_mail: tuple[Mailbox, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    mail, folder = box_of_mail
    ask(folder, "{}")
    mail.answer(mail.look({ME.uid: ME})[0], {"ok": True})
    mail.tidy()
    assert any((folder / "answers" / "ada").iterdir())
    monkeypatch.setattr(mailbox, "KEPT_SECONDS", -1)
    mail.tidy()
    assert not any((folder / "answers" / "ada").iterdir())


def test_who_asks_again_and_again_fills_no_disk(box_of_mail: tuple[Mailbox, Path]) -> None:
    mail, folder = box_of_mail
    for number in range(20):
        ask(folder, "{}", number)
        mail.answer(mail.look({ME.uid: ME})[0], {"ok": True})
    left = sorted(path.stem for path in (folder / "answers" / "ada").iterdir())
    assert left == [f"{number:032x}" for number in range(20 - mailbox.MOST_ANSWERS, 20)]


def test_nothing_is_left_of_who_was_made_up(box_of_mail: tuple[Mailbox, Path]) -> None:
    mail, folder = box_of_mail
    other = Person(ME.uid, "course-check-123456789")
    mail.welcome({ME.uid: ME, 1: other})
    ask(folder, "{}")
    mail.answer(mail.look({ME.uid: other})[0], {"ok": True})
    mail.tidy()
    assert len(list((folder / "answers").iterdir())) == 2
    mail.welcome({ME.uid: ME})
    mail.tidy()
    assert [path.name for path in (folder / "answers").iterdir()] == ["ada"]
