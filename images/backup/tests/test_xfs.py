"""Restores on an XFS whose homes are projects, as they are where `student.homeQuota` limits them.

A project is kept with each file whether or not the kernel counts it: so this needs no quota, but an
XFS, which is made in a file.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from box import Box, docker, needed
from semesterhub_backup import project
from students import Students

PROJECT = 20000


def mounted(top: Path) -> str | None:
    """Mount a new XFS on a folder; says why not, if so."""
    if shutil.which("mkfs.xfs") is None:
        return "there is no mkfs.xfs (Debian's package xfsprogs)"
    disk = top.with_name("disk")
    with disk.open("wb") as file:
        file.truncate(400 * 2**20)
    subprocess.run(["mkfs.xfs", "-q", str(disk)], check=True, capture_output=True)
    command = ["mount", "-o", "loop", str(disk), str(top)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr.strip() or None


@pytest.fixture
def xfs_box(tmp_path: Path, image: None) -> Iterator[Box]:
    """Start a container on a course on XFS, where ada's home is a project."""
    assert image is None
    top = tmp_path / "course"
    top.mkdir()
    why = mounted(top)
    if why is not None:
        pytest.skip(f"no XFS can be mounted here: {why}")
    box = Box(top)
    try:
        homes = os.open(box.storage / "homes", project.FOLDER)
        project.join("ada", homes, PROJECT)
        os.close(homes)
        box.start("sleep", "infinity")
        yield box
    finally:
        box.remove()
        subprocess.run(["umount", str(top)], check=True)


pytestmark = needed


def projects(path: Path) -> set[int]:
    """Tell for which projects files count."""
    found = set()
    for each in [path, *path.rglob("*")]:
        if each.is_symlink() or not (each.is_file() or each.is_dir()):
            continue
        descriptor = os.open(each, os.O_RDONLY)
        found.add(project.FSXATTR.unpack(project._attributes(descriptor))[3])
        os.close(descriptor)
    return found


def test_a_file_comes_back_into_a_home_with_a_quota(xfs_box: Box) -> None:
    home = xfs_box.storage / "homes" / "ada"
    (home / "hw.ipynb").write_text("as handed in")
    said = xfs_box.run("now")
    assert xfs_box.status()["problems"] == [], f"{said.stdout}{said.stderr}"
    (home / "hw.ipynb").write_text("spoiled")
    (aside,) = xfs_box.restore("ada", "--path", "hw.ipynb")["keptAside"]
    assert (home / "hw.ipynb").read_text() == "as handed in"
    assert projects(home) == {PROJECT}
    assert (xfs_box.storage / aside).read_text() == "spoiled"
    assert projects(xfs_box.storage / aside) == {0}


def test_a_home_that_is_put_aside_is_nobodys_to_pay(xfs_box: Box) -> None:
    home = xfs_box.storage / "homes" / "ada"
    xfs_box.run("now")
    (home / "more").write_bytes(bytes(100_000))
    (aside,) = xfs_box.restore("ada")["keptAside"]
    assert projects(home) == {PROJECT}
    assert projects(xfs_box.storage / aside) == {0}
    # Gone, it comes back for nobody's project; the homes service has it join its owner's.
    shutil.rmtree(home)
    xfs_box.restore("ada")
    assert (home / "work").is_dir()


def test_an_earlier_version_counts_for_its_owners_quota(xfs_box: Box) -> None:
    home = xfs_box.storage / "homes" / "ada"
    (home / "hw").mkdir()
    (home / "hw" / "one.ipynb").write_text("good")
    for each in (home / "hw", home / "hw" / "one.ipynb"):
        os.chown(each, 20000, 20000)
    xfs_box.run("now")
    docker("exec", "--detach", xfs_box.name, "semesterhub-backup", "earlier")
    students = Students(xfs_box)
    for path, name in (("hw", "hw (1)"), ("hw/one.ipynb", "one (1).ipynb")):
        (state,) = students.states(path, 1)
        wish = {"do": "restore", "path": path, "backup": state["backup"], "name": name}
        assert students.ask(20000, "ada", **wish) == {"ok": True, "name": name}
    assert (home / "hw (1)" / "one.ipynb").read_text() == "good"
    assert (home / "hw" / "one (1).ipynb").read_text() == "good"
    assert projects(home) == {PROJECT}
