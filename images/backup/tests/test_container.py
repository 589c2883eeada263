"""The real image on a real engine, with the capabilities that the service has and no others."""

import json
import os
import shutil
import sqlite3
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path

from box import IMAGE, Box, docker, needed
from course import inventory

pytestmark = needed


def changed_in_place(file: Path) -> None:
    """Change bytes and put the times back: what stock duplicity does not see."""
    before = file.stat()
    with file.open("r+b") as opened:
        opened.write(b"CHANGED")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_a_home_at_two_times(box: Box) -> None:
    home = box.storage / "homes" / "ada"
    first = inventory(home)
    box.run("now")
    changed_in_place(home / "work" / "random")
    (home / "new").write_text("new")
    (home / "nobody-may").unlink()
    second = inventory(home)
    box.run("now")
    times = box.times()
    assert len(times) == 2

    shutil.rmtree(home)
    assert "--server-stopped" in box.run("restore", "--student", "ada", code=3).stderr
    assert not home.exists()
    box.run("restore", "--student", "ada", "--server-stopped")
    assert inventory(home) == second

    done = box.run("restore", "--student", "ada", "--time", times[0], "--server-stopped", "--json")
    assert inventory(home) == first
    (aside,) = json.loads(done.stdout)["keptAside"]
    assert inventory(box.storage / aside) == second

    (home / "work" / "random").write_text("oops")
    box.run("restore", "--student", "ada", "--path", "work/random", "--server-stopped")
    assert inventory(home)["'work/random'"][4][0] == second["'work/random'"][4][0]  # type: ignore[index] (a file's)
    assert not any((box.storage / "backup" / "staging").glob("*"))
    assert "correct horse" not in "".join(
        path.read_text(errors="replace") for path in (box.storage / "backup").glob("*.json")
    )

    listed = json.loads(box.run("list", "--student", "Grace H", "--json").stdout)
    assert {"work/random", "nobody-may", "link"} <= {each["path"] for each in listed["files"]}
    assert "nobody" in box.run("list", "--student", "nobody", code=4).stderr
    box.run("list", "--student", "ada", "--path", "no/such", code=4)
    assert times[0] in box.run("list", "--student", "ada", "--time", "1w", code=4).stderr
    box.run("list", "--student", "ada", "--path", "../grace-h-1", code=1)


def test_a_link_that_leads_out_is_not_followed(box: Box) -> None:
    home, victim = box.storage / "homes" / "ada", box.storage / "homes" / "grace-h-1"
    box.run("now")
    shutil.rmtree(home / "work")
    (home / "work").symlink_to("../grace-h-1/work")
    before = inventory(victim)
    failed = box.run(
        "restore", "--student", "ada", "--path", "work/random", "--server-stopped", code=1
    )
    assert "is no folder now" in failed.stderr
    assert inventory(victim) == before
    box.run("restore", "--student", "ada", "--path", "work", "--server-stopped")
    assert not (home / "work").is_symlink()
    assert inventory(victim) == before


def test_everything(box: Box) -> None:
    trees = [box.storage / "homes" / "ada", box.storage / "homes" / "grace-h-1"]
    trees.append(box.storage / "exchange" / "ds101")
    trees.append(box.storage / "groups" / "project-1")
    before = [inventory(tree) for tree in trees]
    box.run("now")
    shutil.rmtree(trees[0])
    (trees[1] / "link").unlink()
    trees[2].chmod(0o700)
    (trees[3] / "deep" / "report").unlink()
    (box.storage / "exchange" / "late").write_text("z")
    (box.storage / "homes" / "late").mkdir()
    hub = box.storage / "hub" / "jupyterhub.sqlite"
    with closing(sqlite3.connect(hub)) as live:
        live.execute("INSERT INTO t VALUES ('second')")
        live.commit()
    box.run("restore", "--everything", code=3)
    done = json.loads(box.run("restore", "--everything", "--services-stopped", "--json").stdout)
    assert [inventory(tree) for tree in trees] == before
    with closing(sqlite3.connect(hub)) as live:
        assert live.execute("SELECT x FROM t").fetchall() == [("first",)]
    assert (hub.stat().st_uid, hub.stat().st_mode & 0o777) == (10990, 0o600)
    assert (box.storage / "homes" / "late").is_dir()
    (late,) = [path for path in done["keptAside"] if path.endswith("exchange/late")]
    assert (box.storage / late).read_text() == "z"


def test_the_last_backup_is_proved(box: Box) -> None:
    assert "Verified" in box.run("final").stderr
    for file in (box.target / "data").rglob("*"):
        if file.is_file():
            data = bytearray(file.read_bytes())
            data[len(data) // 3] ^= 0xFF
            file.chmod(0o600)
            file.write_bytes(data)
    assert box.run("final", code=1).stderr


def test_what_was_deleted_over_nfs_is_not_in_it_and_stops_no_last_backup(box: Box) -> None:
    home = box.storage / "homes" / "ada"
    deleted, alike = home / ".nfs0000000000a1b2c300000001", home / ".nfs-notes"
    alike.write_text("of the student's own")
    ended = threading.Event()

    def write_on() -> None:
        # Between two writes: as fast as it goes would fill the disk.
        while not ended.wait(0.01):
            with deleted.open("ab") as file:
                file.write(b"more")

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        until(deleted.exists)
        assert "Verified" in box.run("final").stderr
    finally:
        ended.set()
        writer.join()
    deleted.unlink()
    alike.unlink()
    box.run("restore", "--student", "ada", "--server-stopped")
    assert alike.read_text() == "of the student's own"
    assert not deleted.exists()


def test_locks_left_behind_stop_nothing(box: Box) -> None:
    box.run("now")
    lock = next((box.target / "keys").iterdir())
    (box.target / "locks" / lock.name).write_bytes(b"4711")
    (box.storage / "backup" / "lock").write_text("4711")
    box.run("now")
    assert len(box.times()) == 2


def test_two_at_once_wait_for_each_other(box: Box) -> None:
    one = subprocess.Popen(["docker", "exec", box.name, "semesterhub-backup", "now"])
    lock = box.storage / "backup" / "status.json"
    until(lock.exists)
    box.run("now")
    assert one.wait(timeout=120) == 0
    assert len(box.times()) == 2


def until(done: object, seconds: float = 120) -> None:
    """Wait for something to become true."""
    assert callable(done)
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)  # between two looks: a file or a container tells nobody that it is there


def test_killed_in_the_middle(box: Box) -> None:
    home = box.storage / "homes" / "ada"
    box.run("now")
    (home / "big").write_bytes(os.urandom(240_000_000))
    before = inventory(home)
    docker("exec", "--detach", box.name, "semesterhub-backup", "now")
    objects = box.storage / "backup" / "copy" / "homes" / "ada" / "objects"
    until(lambda: any(path.stat().st_blocks > 100_000 for path in objects.rglob("*")))
    # The whole container, as a power failure would.
    docker("kill", "--signal", "KILL", box.name)
    box.remove()
    box.start("sleep", "infinity")
    assert json.loads(box.run("status", "--json").stdout)["running"] is None
    box.run("now")
    assert len(box.times()) == 2
    shutil.rmtree(home)
    box.run("restore", "--student", "ada", "--server-stopped")
    assert inventory(home) == before


def test_wrong_passphrase_and_its_mode(box: Box) -> None:
    box.run("now")
    box.remove()
    box.passphrase("another")
    box.start("sleep", "infinity")
    assert "passphrase is not the one" in box.run("now", code=1).stderr
    status = json.loads(box.run("status", "--json").stdout)
    assert "passphrase" in status["lastError"]["message"]
    (box.top / "passphrase").chmod(0o444)
    assert "others may read it" in box.run("now", code=1).stderr


def test_a_target_that_is_gone_or_full(box: Box) -> None:
    for mount, said in (
        ((), "is not there"),
        (("--tmpfs", "/backups:size=300k"), "No space is left"),
    ):
        command = [*box.options(mount), IMAGE, "semesterhub-backup", "now"]
        done = docker("run", "--rm", *command, check=False)
        assert done.returncode == 1
        assert said in done.stderr


def test_the_loop_goes_on_after_a_new_start(box: Box) -> None:
    box.run("now")
    box.remove()
    # A new machine: only the target is left.
    shutil.rmtree(box.storage / "backup")
    box.start()
    file = box.storage / "backup" / "status.json"
    until(lambda: file.exists() and json.loads(file.read_text())["lastSuccess"])
    status = json.loads(box.run("status", "--json").stdout)
    assert status["healthy"]
    # All was read again, and nothing stored again.
    assert status["lastRun"]["storedBytes"] < 100_000
    until(lambda: json.loads(file.read_text())["lastDrill"])
    until(lambda: box.status()["nextRun"] > box.status()["lastSuccess"])
    assert docker("exec", box.name, "semesterhub-backup-health").stdout == "ok\n"
    (box.storage / "backup" / "well-until").write_text("1")
    ill = docker("exec", box.name, "semesterhub-backup-health", check=False)
    assert (ill.returncode, ill.stderr) == (1, "")
    assert "semesterhub-backup status" in ill.stdout
    begin = time.monotonic()
    docker("stop", box.name)
    assert time.monotonic() - begin < 8
