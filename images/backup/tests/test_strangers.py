"""Backups of another passphrase, with the real image: restic."""

import json
import re
import shutil
from pathlib import Path

from box import IMAGE, Box, docker, needed

pytestmark = needed


def files_of(folder: Path) -> dict[Path, bytes]:
    """Read all files, but restic's locks."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.parent.name != "locks")
    return {path: path.read_bytes() for path in files}


def test_backups_of_another_passphrase_are_refused_and_kept(box: Box) -> None:
    assert box.run("check").stderr == ""  # nothing there
    box.run("now")
    assert box.run("check").stderr == ""
    before = files_of(box.target)
    box.remove()
    box.passphrase("another")
    box.start("sleep", "infinity")
    assert "passphrase is not the one" in box.run("check", code=1).stderr
    status = json.loads(box.run("status", "--json").stdout)
    assert "passphrase is not the one" in status["lastError"]["message"]
    assert "passphrase is not the one" in box.run("now", code=1).stderr
    assert files_of(box.target) == before

    # The ways out that the message names.
    kept = box.top / "old"
    kept.mkdir()
    for path in [*box.target.iterdir()]:
        shutil.move(path, kept)
    box.run("check")
    box.run("now")
    assert json.loads(box.run("status", "--json").stdout)["lastError"] is None


def test_what_cannot_be_read_is_no_obstacle(box: Box) -> None:
    box.run("now")
    for path in (box.target / "snapshots").iterdir():
        path.chmod(0o600)
        path.write_bytes(path.read_bytes()[:40])
    shutil.rmtree(box.storage / "backup" / "cache")
    assert "could not be seen" in box.run("check").stderr
    command = [*box.options(()), IMAGE, "semesterhub-backup", "check"]
    done = docker("run", "--rm", *command)
    assert re.search(r"could not be seen.*npm run status", done.stderr)


def test_a_backup_that_runs_is_not_waited_for(box: Box) -> None:
    lock = "/srv/semesterhub/backup/lock"
    box.run("now")
    docker("exec", "--detach", box.name, "flock", lock, "sleep", "infinity")
    holds = ("exec", box.name, "flock", "--nonblock", lock, "true")
    while docker(*holds, check=False).returncode == 0:
        pass
    box.run("check")


def test_backups_of_the_old_format_are_told_of_and_kept(box: Box) -> None:
    old = box.target / "duplicity-full.20261104T000000Z.manifest.gpg"
    old.write_text("old")
    box.run("now")
    assert old.read_text() == "old"
    (note,) = box.status()["notes"]
    assert "restore from them with duplicity" in note
