"""Backups of another passphrase, with the real image: gpg and duplicity."""

import json
import re
import shutil

from box import IMAGE, Box, docker, needed

pytestmark = needed


def test_backups_of_another_passphrase_are_refused_and_kept(box: Box) -> None:
    assert box.run("check").stderr == ""  # nothing there
    box.run("now")
    assert box.run("check").stderr == ""
    before = {path: path.read_bytes() for path in box.target.iterdir()}
    box.remove()
    box.passphrase("another")
    box.start("sleep", "infinity")
    assert "passphrase is not the one" in box.run("check", code=1).stderr
    status = json.loads(box.run("status", "--json").stdout)
    assert "passphrase is not the one" in status["lastError"]["message"]
    # What duplicity itself would do: what it knows of the old backups is still in its cache.
    assert "passphrase is not the one" in box.run("now", "--full", code=1).stderr
    assert {path: path.read_bytes() for path in box.target.iterdir()} == before

    # The ways out that the message names.
    kept = box.top / "old"
    kept.mkdir()
    for path in before:
        shutil.move(path, kept)
    box.run("check")
    box.run("now")
    assert json.loads(box.run("status", "--json").stdout)["lastError"] is None


def test_what_cannot_be_read_is_no_obstacle(box: Box) -> None:
    box.run("now")
    for path in box.target.glob("*.manifest.gpg"):
        path.write_bytes(path.read_bytes()[:40])
    assert "is not whole" in box.run("check").stderr
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
