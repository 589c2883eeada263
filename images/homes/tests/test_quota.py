"""The quota as pure functions: no kernel with xfs quotas runs these tests."""

import contextlib
import ctypes
import errno
import os
import struct
from pathlib import Path

import pytest
from semesterhub_homes import quota
from semesterhub_homes.quota import (
    DISK_QUOTA,
    FSXATTR,
    Mount,
    limit_record,
    parse_mounts,
    why_not,
    with_project,
)

MOUNTINFO = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
40 22 8:16 / /data rw,noatime - xfs /dev/sdb rw,attr2,prjquota
41 22 8:32 / /with\\040space rw - xfs /dev/sdc rw,noquota
broken line
"""


def test_mounts() -> None:
    root, data, space = parse_mounts(MOUNTINFO)
    assert root == Mount((254, 0), "/", "ext4", frozenset({"rw", "discard"}))
    assert data.device == (8, 16)
    assert space.point == "/with space"


def test_where_it_is_enforced() -> None:
    mounts = parse_mounts(MOUNTINFO)
    assert why_not(mounts, (8, 16)) is None
    assert "ext4" in (why_not(mounts, (254, 0)) or "")
    assert "prjquota" in (why_not(mounts, (8, 32)) or "")
    assert "unknown" in (why_not(mounts, (9, 9)) or "")


def test_records_have_the_kernels_layout() -> None:
    assert DISK_QUOTA.size == 112
    assert FSXATTR.size == 28
    record = limit_record(20001, 1_000_000_001)
    head, (hard, soft, files, most) = record[:8], struct.unpack_from("=4Q", record, 8)
    assert struct.unpack("=bbHI", head) == (1, 2, 0xF, 20001)
    assert hard == soft == 1_953_126
    assert files == most == 1_000_000_001 // 8192
    assert struct.unpack_from("=4Q", limit_record(20001, 2**20), 8)[2:] == (100_000, 100_000)
    # No limit, and not one of nothing.
    assert struct.unpack_from("=4Q", limit_record(20001, None), 8) == (0, 0, 0, 0)


def test_what_vanishes_while_a_home_joins_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").write_text("")
    (tmp_path / "here").write_text("")
    joined = []
    stat = os.stat

    def vanishing(name: str, **more: object) -> os.stat_result:
        found = stat(name, **more)  # type: ignore[arg-type] # as it is called
        if name == "gone":
            (tmp_path / name).unlink()
        return found

    monkeypatch.setattr(os, "stat", vanishing)
    monkeypatch.setattr(quota, "_attributes", lambda _: FSXATTR.pack(0, 0, 0, 0, 0))
    monkeypatch.setattr(quota.fcntl, "ioctl", lambda file, *_: joined.append(file))
    limits = quota.Quota(tmp_path, None)
    limits.problem = None
    monkeypatch.setattr(quota, "_quotactl", lambda *_: None)
    top = os.open(tmp_path, os.O_RDONLY)
    limits.apply(top, 20001, 2**30)
    os.close(top)
    assert limits.problem is None
    assert len(joined) == 2  # what is here, and the folder


def test_a_tree_that_can_not_be_looked_through_is_not_taken_for_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one that is deeper than files may be open, the rest would count for nobody."""
    (tmp_path / "in" / "deep").mkdir(parents=True)
    joined: list[int] = []
    monkeypatch.setattr(quota, "_attributes", lambda _: FSXATTR.pack(0, 0, 0, 0, 0))
    monkeypatch.setattr(quota.fcntl, "ioctl", lambda file, *_: joined.append(file))
    unbounded = os.open

    def few(path: str, flags: int, *more: int, **dir_fd: int) -> int:
        if path == "deep" and not flags & os.O_NOFOLLOW:  # to be walked through
            raise OSError(errno.EMFILE, "Too many open files")
        return unbounded(path, flags, *more, **dir_fd)

    top = os.open(tmp_path, os.O_RDONLY)
    monkeypatch.setattr(os, "open", few)
    with pytest.raises(OSError, match="Too many open files"):
        quota._join(top, 20001)
    assert len(joined) == 2, "the two folders in it, and not itself"
    os.close(top)


def test_trouble_with_one_home_is_not_everybodys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = quota.Quota(tmp_path, None)
    top = os.open(tmp_path, os.O_RDONLY)
    for number, is_all in ((errno.EIO, False), (errno.EPERM, True)):
        limits.problem = None

        def refuse(*_: object, number: int = number) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(quota, "_join", refuse)
        with contextlib.nullcontext() if is_all else pytest.raises(OSError, match="Input"):
            limits.apply(top, 20001, 2**30)
        assert (limits.problem is not None) == is_all
    os.close(top)


def test_limits_of_before_are_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[int, bytes] = {}

    def played(_: int, command: int, project: int, record: ctypes.Array[ctypes.c_char]) -> None:
        assert command == quota.Q_XSETQLIM
        told[project] = record.raw[: DISK_QUOTA.size]

    monkeypatch.setattr(quota, "why_not", lambda *_: None)
    monkeypatch.setattr(quota, "_quotactl", played)
    quota.Quota(tmp_path, 2**30).clear([20000])
    assert told == {}
    quota.Quota(tmp_path, None).clear([20000, 20001])
    assert told == {project: limit_record(project, None) for project in (20000, 20001)}


def test_project_keeps_other_attributes() -> None:
    changed = with_project(FSXATTR.pack(0x8, 1, 2, 0, 3), 20001)
    assert FSXATTR.unpack(changed) == (0x208, 1, 2, 20001, 3)
