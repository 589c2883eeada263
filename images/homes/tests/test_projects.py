"""What a student gives to another project comes back to the home's own."""

import errno
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from semesterhub_homes import projects, quota
from semesterhub_homes.projects import ProjectKeeper, Tree
from semesterhub_homes.quota import FS_IOC_FSGETXATTR, FS_XFLAG_PROJINHERIT, FSXATTR, Quota

ADA, ALAN = 20001, 20002


class Kernel:
    """XFS's attributes of files, kept by inode: any file system does for the test."""

    def __init__(self) -> None:
        self.projects: dict[int, tuple[int, int]] = {}

    def ioctl(self, descriptor: int, what: int, given: bytes) -> bytes:
        """Read or set the attributes."""
        inode = os.fstat(descriptor).st_ino
        if what == FS_IOC_FSGETXATTR:
            flags, project = self.projects.get(inode, (0, 0))
            return FSXATTR.pack(flags, 0, 0, project, 0)
        flags, _, _, project, _ = FSXATTR.unpack(given)
        self.projects[inode] = (flags, project)
        return given

    def of(self, path: Path) -> tuple[int, int]:
        """Tell a file's flags and project."""
        return self.projects.get(path.lstat().st_ino, (0, 0))


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    found = Kernel()
    monkeypatch.setattr(quota.fcntl, "ioctl", found.ioctl)
    return found


@pytest.fixture
def limits(tmp_path: Path) -> Quota:
    made = Quota(tmp_path, 2**30)
    made.problem = None
    return made


@contextmanager
def top(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def home_of(folder: Path, name: str) -> Path:
    home = folder / name
    (home / "work").mkdir(parents=True)
    (home / "work" / "large.bin").write_bytes(b"x")
    (home / "link").symlink_to("/etc/passwd")
    os.mkfifo(home / "pipe")
    return home


def tree(path: Path, project: int) -> Tree:
    return Tree(f"homes/{path.name}", project, partial(top, path))


def test_what_counts_elsewhere_counts_for_the_home_again(
    tmp_path: Path, kernel: Kernel, limits: Quota, caplog: pytest.LogCaptureFixture
) -> None:
    home = home_of(tmp_path, "ada")
    keeper = ProjectKeeper(limits, lambda: [tree(home, ADA)])
    keeper.look()
    caplog.clear()
    # To somebody else, to nobody, and what is made in a folder from now on to nobody either.
    kernel.projects[(home / "work" / "large.bin").stat().st_ino] = (0, ALAN)
    kernel.projects[(home / "work").stat().st_ino] = (0, ADA)
    kernel.projects[home.stat().st_ino] = (FS_XFLAG_PROJINHERIT, 0)
    keeper.look()
    assert kernel.of(home / "work" / "large.bin") == (0, ADA)
    assert kernel.of(home / "work") == (FS_XFLAG_PROJINHERIT, ADA)
    assert kernel.of(home) == (FS_XFLAG_PROJINHERIT, ADA)
    [told] = caplog.messages
    assert told.startswith("homes/ada: 3 files and folders did not count")
    assert kernel.of(home / "pipe") == kernel.of(home / "link") == (0, 0), "never opened"
    caplog.clear()
    keeper.look()
    assert caplog.messages == []


def test_one_home_that_can_not_be_looked_through_leaves_the_others(
    tmp_path: Path, kernel: Kernel, limits: Quota, caplog: pytest.LogCaptureFixture
) -> None:
    alan = home_of(tmp_path, "alan")

    @contextmanager
    def broken() -> Iterator[int]:
        raise OSError(errno.EIO, "Input/output error")
        yield 0

    trees = [tree(tmp_path / "gone", 1), Tree("homes/ada", ADA, broken), tree(alan, ALAN)]
    ProjectKeeper(limits, lambda: trees).look()
    assert kernel.of(alan / "work") == (FS_XFLAG_PROJINHERIT, ALAN)
    assert caplog.messages[0] == "homes/ada can't be looked through: Input/output error"


@pytest.mark.parametrize(("default", "problem"), [(None, None), (2**30, "it is ext4")])
def test_without_limits_nothing_is_touched(
    tmp_path: Path, kernel: Kernel, default: int | None, problem: str | None
) -> None:
    home = home_of(tmp_path, "ada")
    limits = Quota(tmp_path, default)
    limits.problem = problem
    ProjectKeeper(limits, lambda: [tree(home, ADA)]).look()
    assert kernel.projects == {}


def test_it_looks_again_after_a_failure_until_it_is_stopped(
    limits: Quota, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(projects, "EVERY_SECONDS", 0.01)
    twice = threading.Event()
    looks = 0

    def trees() -> list[Tree]:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise RuntimeError("the table is locked")
        twice.set()
        return []

    keeper = ProjectKeeper(limits, trees)
    with caplog.at_level(logging.ERROR):
        keeper.start()
        assert twice.wait(10)
    began = time.monotonic()
    keeper.stop()
    assert time.monotonic() - began < 5  # and not the hour
    assert "the next one is in an hour" in caplog.text
