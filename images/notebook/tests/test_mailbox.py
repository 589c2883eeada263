"""How a student's server asks the backups."""

import asyncio
import json
from pathlib import Path

import pytest
from semesterhub_notebook.mailbox import Mailbox, below_home, gone

ENVIRON = {"SEMESTERHUB_COURSE": "c1", "SEMESTERHUB_SLUG": "ada"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make the folders as the backup's container does."""
    made = tmp_path / "c1" / "earlier"
    for name in ("asked", "answers/ada"):
        (made / name).mkdir(parents=True)
    return made


def test_an_answer_is_fetched_by_its_ticket(folder: Path) -> None:
    mailbox = Mailbox.find(ENVIRON, folder.parent.parent)
    assert mailbox is not None
    ticket = mailbox.ask({"do": "list", "path": "grüße"})
    (asked,) = (folder / "asked").iterdir()
    assert (asked.name, json.loads(asked.read_text())) == (ticket, {"do": "list", "path": "grüße"})
    assert asked.stat().st_mode & 0o777 == 0o600

    async def wait() -> list[object]:
        waiting = asyncio.create_task(mailbox.answer(ticket, 30))
        await asyncio.sleep(0)
        (folder / "answers" / "ada" / f"{ticket}.json").write_text('{"ok": true}')
        return [await waiting, await mailbox.answer(32 * "0", 0)]

    assert asyncio.run(wait()) == [{"ok": True}, None]


@pytest.mark.parametrize("ticket", ["", "../../../ada/x", 31 * "0", 32 * "G", f"{32 * '0'}\n"])
def test_no_tickets(folder: Path, ticket: str) -> None:
    with pytest.raises(ValueError, match="no ticket"):
        asyncio.run(Mailbox(folder, "ada").answer(ticket, 0))


def test_a_course_without_backups_offers_none(folder: Path) -> None:
    exchange = folder.parent.parent
    assert Mailbox.find({}, exchange) is None
    assert Mailbox.find({**ENVIRON, "SEMESTERHUB_COURSE": "c2"}, exchange) is None


@pytest.mark.parametrize(
    ("root", "path", "expected"),
    [
        ("/home/ada", "", ""),
        ("/home/ada", "/a/b.ipynb", "a/b.ipynb"),
        ("/home/ada/work", "b", "work/b"),
        ("/home/ada/work", "../b", "b"),
    ],
)
def test_paths_below_the_home(root: str, path: str, expected: str) -> None:
    assert below_home(Path("/home/ada"), Path(root), path) == expected


@pytest.mark.parametrize(("root", "path"), [("/home/ada", "../bob/x"), ("/srv", "x"), ("/", "")])
def test_paths_elsewhere(root: str, path: str) -> None:
    with pytest.raises(ValueError, match="not in your home"):
        below_home(Path("/home/ada"), Path(root), path)


def test_only_what_is_gone_is_offered(tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    (tmp_path / "link").symlink_to("nowhere")
    names = [{"name": name} for name in ("there", "link", "gone", ".hidden")]
    assert gone(names, tmp_path) == [{"name": "gone"}]
