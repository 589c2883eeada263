"""Homes in the hands of somebody who would read another's, or end everybody's backups."""

import ctypes
import os
import random
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from box import Box, needed
from course import inventory

pytestmark = needed

SECRETS = (b"of grace's alone", b"correct horse battery staple")
TRIES = 1000
EXCHANGE = 2


def rename2(one: Path, two: Path) -> None:
    """Exchange two files, as a program in a student's server can."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.renameat2(-100, os.fsencode(one), -100, os.fsencode(two), EXCHANGE)


def trick(home: Path, number: int) -> None:
    """Put something that leads elsewhere in the place of a file or a folder, and back."""
    chance = random.Random(number)  # noqa: S311 (no secret)
    place = home / f"f{number % 40}" if number % 2 else home / f"d{number % 20}"
    other = home / f".other-{number % 2}"
    leads = chance.choice(
        (
            "../grace-h-1" if number % 2 == 0 else "../grace-h-1/diary",
            "/srv/semesterhub/homes/grace-h-1"
            if number % 2 == 0
            else "/run/secrets/backup-passphrase",
            "/proc/self" if number % 2 == 0 else "/proc/self/environ",
            "/run/secrets" if number % 2 == 0 else "/srv/semesterhub/homes/grace-h-1/diary",
            place.name,
        )
    )
    with suppress(OSError):
        other.unlink()
    kind = chance.random()
    if kind < 0.2:
        os.mkfifo(other)
    elif kind < 0.4:
        # A kernel without fs.protected_hardlinks lets anybody make it. Mounts are not tried: what a
        # student's server mounts is in its own namespace.
        os.link(home.parent / "grace-h-1" / "diary", other)
    else:
        other.symlink_to(leads)
    if chance.random() < 0.5:
        rename2(place, other)
        rename2(place, other)
        return
    kept = home / f".kept-{number}"
    with suppress(OSError):
        place.rename(kept)
        other.rename(place)
        place.unlink()
    with suppress(OSError):
        kept.rename(place)


@contextmanager
def meanwhile(act: Callable[[int], None]) -> Iterator[Callable[[], int]]:
    """Do something over and over; gives how often it was done."""
    ended = threading.Event()
    done = 0

    def run() -> None:
        nonlocal done
        while not ended.is_set():
            act(done)
            done += 1

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield lambda: done
    finally:
        ended.set()
        thread.join()


def test_nothing_of_anothers_comes_into_a_backup(box: Box) -> None:
    home = box.storage / "homes" / "ada"
    diary = box.storage / "homes" / "grace-h-1" / "diary"
    diary.write_bytes(SECRETS[0])
    diary.chmod(0o600)
    for number in range(40):
        (home / f"f{number}").write_bytes(b"ada's own " * 500)
    for number in range(20):
        (home / f"d{number}").mkdir()
        for name in ("diary", "environ", "backup-passphrase", "a", "b", "c"):
            (home / f"d{number}" / name).write_bytes(b"ada's own")
    with meanwhile(lambda number: trick(home, number)) as tries:
        while tries() < TRIES or len(box.times()) < 3:
            for each in home.glob("*[0-9]"):  # so that it is all read again
                with suppress(OSError):
                    os.utime(each, follow_symlinks=False)
            box.run("now")
    for moment in box.times():
        box.restore("ada", "--time", moment)
        files = [path for path in home.rglob("*") if path.is_file() and not path.is_symlink()]
        assert len(files) > 20
        for path in files:
            assert not any(secret in path.read_bytes() for secret in SECRETS), path
            assert b"RESTIC" not in path.read_bytes(), path


def test_a_fifo_in_a_files_place_is_not_waited_for(box: Box) -> None:
    home = box.storage / "homes" / "ada"
    for number in range(200):
        (home / f"f{number}").write_bytes(b"x" * 1000)

    def swap(number: int) -> None:
        file, pipe = home / f"f{number % 200}", home / f".pipe-{number % 200}"
        if not pipe.exists():
            os.mkfifo(pipe)
        rename2(file, pipe)
        rename2(file, pipe)

    with meanwhile(swap):
        for _ in range(3):
            box.run("now")
    assert box.status()["failed"] == []


def test_a_tree_that_is_too_deep_costs_a_line(box: Box) -> None:
    top = os.open(box.storage / "homes" / "ada", os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("a", dir_fd=top)
        below = os.open("a", os.O_RDONLY, dir_fd=top)
        os.close(top)
        top = below
    os.close(top)
    before = inventory(box.storage / "homes" / "grace-h-1")
    said = box.run("now").stderr
    assert "homes/ada/a/a/a" in said
    status = box.status()
    assert len(status["problems"]) == 1
    assert "more than 256 folders deep" in status["problems"][0]
    assert status["lastRun"]["homes"] == 2
    box.restore("Grace H")
    assert inventory(box.storage / "homes" / "grace-h-1") == before
    box.restore("ada", "--path", "a")
    # pytest itself can't remove it.
    subprocess.run(["rm", "-rf", str(box.storage)], check=True)


def test_holes_cost_nothing(box: Box) -> None:
    home = box.storage / "homes" / "ada"
    with (home / "huge").open("wb") as file:
        file.truncate(8 * 2**40)
        file.seek(3 * 2**40)
        file.write(b"in the middle")
    with (home / "nothing").open("wb") as file:
        file.truncate(1500 * 2**20)
    for name in ("huge", "nothing"):
        os.chown(home / name, 20000, 20000)
    begin = time.monotonic()
    box.run("now")
    (home / "huge").unlink()
    (home / "nothing").unlink()
    box.run("restore", "--everything", "--services-stopped")
    assert time.monotonic() - begin < 120
    assert (home / "huge").stat().st_size == 8 * 2**40
    assert (home / "huge").stat().st_blocks < 100
    assert (home / "nothing").stat().st_size == 1500 * 2**20
    assert (home / "nothing").stat().st_blocks == 0
    with (home / "huge").open("rb") as file:
        file.seek(3 * 2**40)
        assert file.read(13) == b"in the middle"


def test_a_file_that_grows_without_end(box: Box) -> None:
    home = box.storage / "homes" / "ada"

    def grow(_number: int) -> None:
        with (home / "log").open("ab") as file:
            file.write(b"x" * 1000)
        time.sleep(0.001)  # the disk is to last

    with meanwhile(grow):
        box.run("now")
        box.run("now")
    assert box.status()["problems"] == []


def test_a_home_that_is_no_folder_is_one_line(box: Box) -> None:
    home = box.storage / "homes" / "ada"
    box.run("now")
    home.chmod(0)  # of its owner: no obstacle
    box.run("now")
    assert box.status()["problems"] == []
    home.chmod(0o700)
    # A reader that its memory does not suffice for, as with millions of files.
    manifest = box.storage / "backup" / "copy" / "homes" / "ada" / "manifest"
    manifest.chmod(0o600)
    manifest.write_text("broken")
    said = box.run("now").stderr
    assert "homes/ada: not backed up" in said
    assert "what was backed up before stays" in said
    assert box.status()["failed"] == ["homes/ada"]
    assert box.status()["lastRun"]["homes"] == 1
