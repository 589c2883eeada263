"""Limits of homes as the service keeps and tells them, on a kernel that is played.

What the real kernel does is in test_quota_real.py, where there is an XFS with project quotas.
"""

import ctypes
import os
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

import pytest
from semesterhub_homes import quota
from semesterhub_homes.service import HomesService
from semesterhub_homes.settings import Settings

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the service runs as root")
MEGABYTE = 2**20
COURSE = 10 * MEGABYTE


class Kernel:
    """A file system with project quotas: limits as they were set, use as it is counted here."""

    def __init__(self) -> None:
        self.limits: dict[int, int] = {}
        self.used: dict[int, int] = {}

    def quotactl(
        self, _: int, command: int, project: int, record: ctypes.Array[ctypes.c_char]
    ) -> None:
        """Do what the kernel does with a record."""
        if command == quota.Q_XSETQLIM:
            self.limits[project] = struct.unpack_from("=Q", record.raw, 8)[0] * 512
            return
        if project not in self.used:
            raise FileNotFoundError(2, "No such file or directory")
        struct.pack_into("=Q", record, quota.BLOCKS_USED, self.used[project] // 512)


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    played = Kernel()
    monkeypatch.setattr(quota, "why_not", lambda *_: None)
    monkeypatch.setattr(quota, "_join", lambda *_: None)
    monkeypatch.setattr(quota, "_quotactl", played.quotactl)
    return played


def serve(storage: Path, limit: int | None = COURSE, exchange: int | None = None) -> HomesService:
    skeleton = Path(__file__).parent.parent / "skel"
    settings = Settings(storage, skeleton, "/machine/homes", 20000, limit)
    return HomesService(replace(settings, exchange_bytes=exchange))


@pytest.fixture
def service(kernel: Kernel, storage: Path) -> Iterator[HomesService]:
    assert kernel.limits == {}
    running = serve(storage)
    running.home({"username": "ada"})
    yield running
    running.close()


def people(service: HomesService) -> dict[str, object]:
    listed = service.quotas().body["people"]
    assert isinstance(listed, list)
    return {each["username"]: (each["limit"], each["own"], each["used"]) for each in listed}


def test_a_groups_folder_has_the_limit_of_a_home_until_there_is_none(
    service: HomesService, kernel: Kernel, storage: Path
) -> None:
    service.home({"username": "ada", "folders": ["lab-1"]})
    kernel.used[19000] = 3 * MEGABYTE
    assert kernel.limits[19000] == COURSE
    assert service.quotas().body["groups"] == [
        {"name": "lab-1", "limit": COURSE, "used": 3 * MEGABYTE}
    ]
    for limit, held in ((2 * COURSE, 2 * COURSE), (None, 0)):
        restarted = serve(storage, limit)
        restarted.close()
        assert kernel.limits[19000] == held


def test_what_everybody_hands_in_has_a_limit_and_lasts_no_longer_than_it(
    kernel: Kernel, storage: Path
) -> None:
    (storage / "exchange").mkdir()
    kernel.used[19999] = 3 * MEGABYTE
    with closing(serve(storage, exchange=4 * COURSE)) as service:
        assert kernel.limits[19999] == 4 * COURSE
        assert service.quotas().body["exchange"] == {"limit": 4 * COURSE, "used": 3 * MEGABYTE}
    serve(storage, None).close()
    assert kernel.limits[19999] == 0


def test_the_courses_limit(service: HomesService, kernel: Kernel) -> None:
    kernel.used[20000] = 5 * MEGABYTE
    service.home({"username": "grace"})
    assert kernel.limits == {20000: COURSE, 20001: COURSE}
    assert service.quotas().body["default"] == COURSE
    assert people(service) == {
        "ada": (COURSE, False, 5 * MEGABYTE),
        "grace": (COURSE, False, 0),
    }


def test_a_limit_of_ones_own_lasts(kernel: Kernel, storage: Path) -> None:
    service = serve(storage)
    service.home({"username": "ada"})
    answer = service.set_quota({"username": "ada", "bytes": 20 * MEGABYTE})
    assert (answer.status, answer.body["limit"]) == (HTTPStatus.OK, 20 * MEGABYTE)
    assert kernel.limits[20000] == 20 * MEGABYTE
    home = service.home({"username": "ada"})
    assert home.body["quota"] == {"bytes": 20 * MEGABYTE}
    service.close()
    kernel.limits.clear()
    again = serve(storage, 15 * MEGABYTE)  # as after an `up` with another limit for all
    assert kernel.limits == {20000: 20 * MEGABYTE}
    again.set_quota({"username": "ada", "bytes": None})
    assert kernel.limits == {20000: 15 * MEGABYTE}
    assert people(again)["ada"] == (15 * MEGABYTE, False, 0)
    again.close()


def test_a_new_limit_for_all_holds_at_once(kernel: Kernel, storage: Path) -> None:
    service = serve(storage)
    service.home({"username": "ada"})
    service.close()
    serve(storage, 12 * MEGABYTE).close()
    assert kernel.limits == {20000: 12 * MEGABYTE}


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ([], 400),
        ({"username": "ada"}, 400),
        ({"username": "ada", "bytes": "5"}, 400),
        ({"username": "ada", "bytes": True}, 400),
        ({"username": "ada", "bytes": 1000}, 400),
        ({"username": "ada", "bytes": 2**61}, 400),
        ({"username": "nobody", "bytes": 2**30}, 404),
        ({"username": ["ada"], "bytes": 2**30}, 404),
    ],
)
def test_refused(service: HomesService, kernel: Kernel, request_: object, status: int) -> None:
    assert service.set_quota(request_).status == status
    assert kernel.limits == {20000: COURSE}


def test_a_home_that_is_gone(service: HomesService, storage: Path) -> None:
    (storage / "homes" / "ada").rename(storage / "homes" / "elsewhere")
    answer = service.set_quota({"username": "ada", "bytes": 2**30})
    assert answer.status == HTTPStatus.CONFLICT
    assert people(service)["ada"] == (COURSE, False, 0)


def test_a_kernel_that_refuses(service: HomesService, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(quota, "_quotactl", refuse)
    answer = service.set_quota({"username": "ada", "bytes": 2**30})
    assert answer.status == HTTPStatus.CONFLICT
    assert "SYS_ADMIN" in str(answer.body["error"])
    assert people(service)["ada"] == (None, False, None)


@pytest.mark.parametrize(("limit", "reason"), [(COURSE, "xfs"), (None, "student.homeQuota")])
def test_where_nothing_enforces_one(storage: Path, limit: int | None, reason: str) -> None:
    service = serve(storage, limit)
    assert service.home({"username": "ada"}).body["quota"] is None
    assert reason in str(service.quotas().body["problem"])
    answer = service.set_quota({"username": "ada", "bytes": 2**30})
    assert answer.status == HTTPStatus.CONFLICT
    assert reason in str(answer.body["error"])
    assert people(service)["ada"] == (None, False, None)
    service.close()
