"""A disk that was replaced, with the real image: the backups have the homes, the tree has none."""

import shutil
from pathlib import Path

from box import Box, needed
from course import inventory
from test_strangers import files_of

pytestmark = needed

# As NfsExport makes it.
EMPTY = ("homes", "groups", "exchange", "shared", "hub", "uids", "run", "backup")


def lose(storage: Path) -> None:
    """Put an empty tree in place of the one that there is; the folder itself is a mount."""
    for path in storage.iterdir():
        shutil.rmtree(path)
    for name in EMPTY:
        (storage / name).mkdir()
    (storage / "homes").chmod(0o711)


def test_an_empty_tree_does_not_become_the_newest_backup(box: Box) -> None:
    box.run("now")
    homes = inventory(box.storage / "homes" / "ada")
    stored = files_of(box.target)
    lose(box.storage)

    refused = "Of the 2 homes in the last backup, of .*, 2 are not here"
    for command in (("check",), ("now",), ("final",)):
        box.complains(refused, *command)
    assert "npm run restore -- --everything" in box.last_error()
    assert files_of(box.target) == stored

    box.run("restore", "--everything", "--services-stopped")
    assert inventory(box.storage / "homes" / "ada") == homes
    box.run("check")
    box.run("now")
    assert box.last_error() == ""
    assert len(box.times()) == 2


def test_a_home_that_was_made_meanwhile_hides_nothing(box: Box) -> None:
    box.run("now")
    lose(box.storage)
    (box.storage / "homes" / "ada").mkdir()
    box.complains("Of the 2 homes in the last backup, of .*, 1 are not here", "check")


def test_the_files_without_their_status_are_no_stranger(box: Box) -> None:
    box.run("now")
    shutil.rmtree(box.storage / "backup")
    (box.storage / "homes" / "newcomer").mkdir()
    box.run("check")
    box.run("now")
    assert len(box.times()) == 2


def test_who_begins_anew_takes_another_target(box: Box) -> None:
    box.run("now")
    lose(box.storage)
    for path in box.target.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    box.run("check")
    box.run("now")
    assert len(box.times()) == 1


def test_a_backup_that_cannot_be_read_is_no_obstacle(box: Box) -> None:
    box.run("now")
    lose(box.storage)
    for path in (box.target / "data").rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            path.write_bytes(b"broken")
    assert "could not be seen" in box.run("check").stderr
