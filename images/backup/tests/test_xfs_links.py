"""Links and pipes that come back into a folder with a quota; on an XFS that is made in a file."""

import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from semesterhub_backup import project
from semesterhub_backup.links import made_there
from test_xfs import PROJECT, mounted


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("mounting takes root")
    top = tmp_path / "course"
    top.mkdir()
    why = mounted(top)
    if why is not None:
        pytest.skip(f"no XFS can be mounted here: {why}")
    (top / "made").mkdir()
    (top / "home").mkdir()
    folder = os.open(top, project.FOLDER)
    project.join("home", folder, PROJECT)
    os.close(folder)
    yield top
    subprocess.run(["umount", str(top)], check=True)


def test_a_link_and_a_pipe_come_into_a_home_with_a_quota(disk: Path) -> None:
    (disk / "made" / "link").symlink_to("../elsewhere")
    os.mkfifo(disk / "made" / "pipe")
    (disk / "made" / "pipe").chmod(0o626)
    (disk / "made" / "file").write_text("x")
    for each in (disk / "made").iterdir():
        os.chown(each, 20000, 20001, follow_symlinks=False)
        os.utime(each, ns=(5, 7), follow_symlinks=False)
    here, there = (os.open(disk / name, project.FOLDER) for name in ("made", "home"))
    try:
        assert made_there("file", here, there) is None
        for name in ("link", "pipe"):
            new = made_there(name, here, there)
            assert new is not None
            made = os.stat(new, dir_fd=there, follow_symlinks=False)
            assert (made.st_uid, made.st_gid, made.st_mtime_ns) == (20000, 20001, 7)
            os.rename(new, name, src_dir_fd=there, dst_dir_fd=there)
    finally:
        os.close(here)
        os.close(there)
    assert str((disk / "home" / "link").readlink()) == "../elsewhere"
    assert stat.S_IMODE((disk / "home" / "pipe").stat().st_mode) == 0o626


def test_where_there_is_no_quota_a_move_does_it(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("x")
    folder = os.open(tmp_path, project.FOLDER)
    assert made_there("link", folder, folder) is None
    os.close(folder)
