#!/usr/bin/env python3
"""Measure a backup image: a course's first run, an hourly one, a file and a home back.

    sudo python3 test/bench/backup.py [--homes 220] [--files 200] IMAGE...

An IMAGE is one of images/backup, of whatever revision: they have the same commands. With --plain it
is measured what restic alone takes for the same, as root. Prints seconds on the clock and of the
processors, and the bytes that the target grew by.
"""

import argparse
import os
import random
import shutil
import sqlite3
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path

FIRST_UID = 20000
CAPABILITIES = (
    *("DAC_OVERRIDE", "DAC_READ_SEARCH", "CHOWN", "FOWNER", "FSETID"),
    *("SETUID", "SETGID", "SETPCAP", "SYS_CHROOT"),
)
CHANGED = 0.01
# What a container's processes took of the processors is its control group's; of both versions.
COUNTED = """
"$@"
code=$?
awk '/usage_usec/ { print $2 / 1e6 }' /sys/fs/cgroup/cpu.stat 2>/dev/null ||
  awk '{ print $1 / 1e9 }' /sys/fs/cgroup/cpuacct/cpuacct.usage
exit $code
"""


def make_course(storage: Path, homes: int, files: int) -> None:
    """Make homes of notebooks: text that compresses, and as much that does not."""
    chance = random.Random(1)  # noqa: S311 (no secret)
    for name in ("homes", "exchange", "shared", "hub", "uids", "run", "backup"):
        (storage / name).mkdir(parents=True)
    with closing(sqlite3.connect(storage / "uids" / "uids.sqlite")) as table:
        table.execute("CREATE TABLE people (username TEXT PRIMARY KEY, slug TEXT, uid INTEGER)")
        for number in range(homes):
            table.execute("INSERT INTO people VALUES (?, ?, ?)", (*[f"s{number:03}"] * 2, number))
        table.commit()
    for number in range(homes):
        home, uid = storage / "homes" / f"s{number:03}", FIRST_UID + number
        home.mkdir(mode=0o700)
        for each in range(files):
            folder = home / f"week-{each // 20}"
            folder.mkdir(exist_ok=True)
            write(folder / f"{each}.ipynb", chance)
            os.chown(folder / f"{each}.ipynb", uid, uid)
        for folder in [home, *home.iterdir()]:
            os.chown(folder, uid, uid)


def write(file: Path, chance: random.Random) -> None:
    """Write about 8 kB, half of which compresses."""
    size = chance.randint(2000, 14000)
    file.write_bytes(b'{"cells": [{"source": "1"}]}' * (size // 56) + chance.randbytes(size // 2))


def change(storage: Path) -> None:
    """Change one file in a hundred, as students do in an hour."""
    chance = random.Random(2)  # noqa: S311 (no secret)
    files = sorted((storage / "homes").rglob("*.ipynb"))
    for file in chance.sample(files, max(1, int(len(files) * CHANGED))):
        write(file, chance)


class Bench:
    """One image on one course."""

    def __init__(self, top: Path, image: str) -> None:
        self.storage, self.target = top / "storage", top / "target"
        self.target.mkdir(parents=True)
        secret = top / "passphrase"
        secret.write_text("bench")
        secret.chmod(0o400)
        self.options = [
            *("docker", "run", "--rm", "--network", "none", "--read-only", "--tmpfs", "/tmp"),
            *("--cap-drop", "ALL", *(f"--cap-add={each}" for each in CAPABILITIES)),
            *(
                "--volume",
                f"{self.storage}:/srv/semesterhub",
                "--volume",
                f"{self.target}:/backups",
            ),
            *("--volume", f"{secret}:/run/secrets/backup-passphrase:ro"),
        ]
        self.image = image

    def measure(self, what: str, *command: str) -> None:
        """Run a command once and print what it took."""
        before, begin = size_of(self.target), time.monotonic()
        done = subprocess.run(
            [*self.options, self.image, "sh", "-c", COUNTED, "sh", *command],
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - begin
        assert done.returncode == 0, done.stderr
        grown = size_of(self.target) - before
        used = float(done.stdout.split()[-1])
        stored = f"{grown / 1e6:.2f} MB"
        print(f"| {self.image} | {what} | {seconds:.1f} s | {used:.1f} s | {stored} |", flush=True)


def size_of(folder: Path) -> int:
    """Sum up what the files of a folder take."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def commands() -> dict[str, tuple[str, ...]]:
    """Name what is measured, in its order."""
    tool = "semesterhub-backup"
    home = (tool, "restore", "--student", "s007", "--server-stopped")
    return {
        "first run": (tool, "now"),
        "hourly run": (tool, "now"),
        "hourly run, nothing changed": (tool, "now"),
        "a file back": (*home, "--path", "week-3/67.ipynb"),
        "a home back": home,
    }


def plain() -> dict[str, tuple[str, ...]]:
    """Name the same for restic alone."""
    place = ("-r", "/backups", "--password-file", "/run/secrets/backup-passphrase")
    restic = ("restic", "--quiet", "--cache-dir", "/srv/semesterhub/backup", *place)
    run = (*restic, "backup", "--host", "bench", "/srv/semesterhub/homes")
    home = "latest:/srv/semesterhub/homes/s007"
    back = (*restic, "restore", "--target", "/srv/semesterhub/run/back")
    return {
        "init": (*restic, "init"),
        "first run": run,
        "hourly run": run,
        "hourly run, nothing changed": run,
        "a file back": (*back, f"{home}/week-3", "--include", "/67.ipynb"),
        "a home back": (*back, home),
    }


def main() -> None:
    """Measure each image on a course that is made for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="+", metavar="IMAGE")
    parser.add_argument("--homes", type=int, default=220)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--plain", action="store_true", help="restic alone in these images")
    given = parser.parse_args()
    print("| image | what | took | processors | stored |\n| --- | --- | --- | --- | --- |")
    for image in given.images:
        top = Path(tempfile.mkdtemp(prefix="semesterhub-bench-"))
        try:
            bench = Bench(top, image)
            make_course(bench.storage, given.homes, given.files)
            for what, command in (plain if given.plain else commands)().items():
                if what == "hourly run":
                    change(bench.storage)
                bench.measure(what, *command)
        finally:
            shutil.rmtree(top)


if __name__ == "__main__":
    main()
