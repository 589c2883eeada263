"""The quota as pure functions: no kernel with xfs quotas runs these tests."""

import struct

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
    version, kind, mask, project, hard, soft = struct.unpack_from("=bbHIQQ", record)
    assert (version, kind, mask, project) == (1, 2, 0xC, 20001)
    assert hard == soft == 1_953_126


def test_project_keeps_other_attributes() -> None:
    changed = with_project(FSXATTR.pack(0x8, 1, 2, 0, 3), 20001)
    assert FSXATTR.unpack(changed) == (0x208, 1, 2, 20001, 3)
