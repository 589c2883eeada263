"""Restores that are proved, and databases that can't be read."""

from pathlib import Path

from box import Box, needed

pytestmark = needed


def test_a_home_is_restored_beside_and_compared(box: Box) -> None:
    assert "There is no backup in" in box.run("drill", code=4).stderr
    box.run("now")
    homes = sorted(path.stat().st_ino for path in (box.storage / "homes").iterdir())
    assert "Restored and compared: homes/" in box.run("drill").stderr
    drill = box.status()["lastDrill"]
    assert drill["home"] in {"homes/ada", "homes/grace-h-1"}
    assert drill["files"] > 4
    assert homes == sorted(path.stat().st_ino for path in (box.storage / "homes").iterdir())
    assert not (box.storage / "backup" / "staging").exists()
    assert box.status()["healthy"]


def test_a_drill_that_fails_is_no_good_health(box: Box) -> None:
    box.run("now")
    for path in (box.target / "data").rglob("*"):
        if path.is_file():
            path.unlink()
    assert box.run("drill", code=1).stderr
    status = box.status()
    assert not status["healthy"]
    assert "the last restore drill failed" in status["troubles"][0]
    assert status["lastDrill"] is None


def test_a_damaged_hub_database_is_a_line(box: Box) -> None:
    hub = box.storage / "hub" / "jupyterhub.sqlite"
    box.run("now")
    for path in hub.parent.glob("jupyterhub.sqlite*"):
        path.unlink()
    hub.write_bytes(b"not a database at all" * 100)
    (box.storage / "homes" / "ada" / "new").write_text("new")
    said = box.run("now").stderr
    assert "hub/jupyterhub.sqlite: the database can't be read" in said
    status = box.status()
    assert status["lastError"] is None
    assert len(status["problems"]) == 1
    (box.storage / "homes" / "ada" / "new").unlink()
    box.restore("ada", "--path", "new")
    assert Path(box.storage / "homes" / "ada" / "new").read_text() == "new"


def test_two_restores_within_a_second(box: Box) -> None:
    box.run("now")
    first = box.restore("ada", "--path", "link")["keptAside"]
    second = box.restore("ada", "--path", "link")["keptAside"]
    assert first != second
    assert all((box.storage / path).is_symlink() for path in (*first, *second))


def test_a_table_that_cannot_be_read_is_one_sentence(box: Box) -> None:
    box.run("now")
    (box.storage / "uids" / "uids.sqlite").write_text("no table at all" * 100)
    said = box.run("restore", "--student", "ada", "--server-stopped", code=1).stderr
    assert "A database can't be read" in said
    assert "Traceback" not in said
