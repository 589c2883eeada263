"""Restores without restic: what is put aside, whose it is then, and what a failure says."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from semesterhub_backup import cli, project, restore
from semesterhub_backup.restore import Restorer

PROJECT = 20000
NOW = datetime(2026, 11, 21, 13, 0, 30, tzinfo=UTC)


def restorer(storage: Path) -> Restorer:
    settings: Any = SimpleNamespace(storage=storage, work=storage / "backup")
    backup: Any = SimpleNamespace(snapshot=SimpleNamespace(time=NOW))
    return Restorer(settings, backup, cast(Any, None))


def test_two_within_a_second_have_places_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter([NOW, NOW + timedelta(milliseconds=300)])
    monkeypatch.setattr(restore, "now", lambda: next(moments))
    assert restorer(tmp_path)._aside != restorer(tmp_path)._aside


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (sqlite3.DatabaseError("file is not a database"), "A database can't be read"),
        (OSError(28, "No space left on device", "/srv/x"), "No space left on device: /srv/x"),
        (FileExistsError(17, "File exists", "/srv/x"), "File exists: /srv/x"),
    ],
)
def test_a_failure_is_one_sentence(
    error: Exception,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(_call: object) -> int:
        raise error

    monkeypatch.setitem(cli.COMMANDS, "restore", fail)
    assert cli.main(["restore", "--everything"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


@pytest.fixture
def xfs(tmp_path: Path) -> Iterator[Path]:
    """Mount an XFS, made in a file. It keeps projects whether or not it counts them."""
    if os.geteuid() != 0 or shutil.which("mkfs.xfs") is None:
        pytest.skip("takes root and mkfs.xfs (Debian's package xfsprogs)")
    disk, top = tmp_path / "disk", tmp_path / "course"
    top.mkdir()
    with disk.open("wb") as file:
        file.truncate(400 * 2**20)
    subprocess.run(["mkfs.xfs", "-q", str(disk)], check=True, capture_output=True)
    mount = ["mount", "-o", "loop", str(disk), str(top)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("no XFS can be mounted here")
    yield top
    subprocess.run(["umount", str(top)], check=True)


def project_of(path: Path) -> int:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return int(project.FSXATTR.unpack(project._attributes(descriptor))[3])
    finally:
        os.close(descriptor)


@pytest.fixture
def course(xfs: Path) -> Path:
    """Make ada's home, a project, and what came out of a backup, which is nobody's."""
    home, made = xfs / "homes" / "ada", xfs / "made"
    home.mkdir(parents=True)
    (home / "hw.ipynb").write_text("spoiled")
    homes = os.open(xfs / "homes", project.FOLDER)
    project.join("ada", homes, PROJECT)
    os.close(homes)
    (made / "ada").mkdir(parents=True)
    for path in (made / "hw.ipynb", made / "ada" / "hw.ipynb"):
        path.write_text("as handed in")
    return xfs


def test_a_file_comes_back_into_a_home_with_a_quota(course: Path) -> None:
    it = restorer(course)
    it._exchange(["homes", "ada"], "hw.ipynb", course / "made", [])
    home = course / "homes" / "ada"
    assert (home / "hw.ipynb").read_text() == "as handed in"
    assert project_of(home / "hw.ipynb") == PROJECT
    (aside,) = it._outcome.aside
    assert (course / aside).read_text() == "spoiled"


def test_a_home_that_is_put_aside_is_nobodys_to_pay(course: Path) -> None:
    it = restorer(course)
    it._exchange(["homes"], "ada", course / "made", [])
    home = course / "homes" / "ada"
    assert [project_of(home), project_of(home / "hw.ipynb")] == [PROJECT] * 2
    (aside,) = it._outcome.aside
    assert [project_of(course / aside), project_of(course / aside / "hw.ipynb")] == [0, 0]
