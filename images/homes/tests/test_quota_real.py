"""The kernel's own quotas: where SEMESTERHUB_XFS names a folder of an XFS mounted with prjquota."""

import errno
import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from semesterhub_homes.quota import (
    FS_IOC_FSGETXATTR,
    FS_IOC_FSSETXATTR,
    FSXATTR,
    with_project,
)
from semesterhub_homes.service import HomesService
from semesterhub_homes.settings import Settings

MEGABYTE = 2**20
FOLDER = os.environ.get("SEMESTERHUB_XFS")
pytestmark = pytest.mark.skipif(FOLDER is None, reason="SEMESTERHUB_XFS names no XFS with prjquota")


@pytest.fixture
def storage() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=FOLDER))
    for name in ("homes", "uids", "run"):
        (folder / name).mkdir(parents=True, mode=0o711)
    return folder


@pytest.fixture
def service(storage: Path) -> Iterator[HomesService]:
    skeleton = Path(__file__).parent.parent / "skel"
    # Of its own for each test: limits of an earlier one stay with the file system.
    first = 20000 + len(list(storage.parent.iterdir())) * 100
    running = HomesService(Settings(storage, skeleton, "/machine/homes", first, 10 * MEGABYTE))
    yield running
    running.close()


def person(service: HomesService) -> dict[str, object]:
    (listed,) = service.quotas().body["people"]  # type: ignore[misc] # one person, a list
    return dict(listed)


def as_student(uid: int, act: Callable[[], None]) -> int:
    """Do something as a student; the error number, 0 if it went well."""
    child = os.fork()
    if child == 0:
        os.setgid(uid)
        os.setuid(uid)
        try:
            act()
        except OSError as error:
            os._exit(error.errno or 255)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def fill(file: Path, uid: int, megabytes: int) -> int:
    """Write as a student; the error number, 0 if all went in."""

    def write() -> None:
        with file.open("wb") as opened:
            for _ in range(megabytes):
                opened.write(bytes(MEGABYTE))
            opened.flush()
            os.fsync(opened.fileno())

    return as_student(uid, write)


def test_a_home_is_limited_and_counted(service: HomesService, storage: Path) -> None:
    uid = int(str(service.home({"username": "ada"}).body["uid"]))
    for folder in (storage, storage / "homes"):
        folder.chmod(0o755)
    home = storage / "homes" / "ada"
    begin = int(str(person(service)["used"]))
    assert 0 < begin < MEGABYTE  # the skeleton's files count
    assert fill(home / "some", uid, 6) == 0
    assert 6 * MEGABYTE <= int(str(person(service)["used"])) < 7 * MEGABYTE
    # What a student's own server sees of it, without any right.
    seen = os.statvfs(home)
    assert seen.f_blocks * seen.f_frsize == 10 * MEGABYTE
    assert fill(home / "more", uid, 6) in {errno.EDQUOT, errno.ENOSPC}
    print(f"refused with {errno.errorcode[fill(home / 'more', uid, 6)]}")
    service.set_quota({"username": "ada", "bytes": 20 * MEGABYTE})
    assert fill(home / "more", uid, 6) == 0
    # Below what is there: nothing is lost, nothing more goes in.
    service.set_quota({"username": "ada", "bytes": 5 * MEGABYTE})
    assert person(service)["limit"] == 5 * MEGABYTE
    assert fill(home / "third", uid, 1) in {errno.EDQUOT, errno.ENOSPC}
    assert (home / "more").stat().st_size == 6 * MEGABYTE


def test_what_came_back_from_a_backup_counts(service: HomesService, storage: Path) -> None:
    uid = int(str(service.home({"username": "ada"}).body["uid"]))
    homes = storage / "homes"
    (homes / "ada").rename(homes / "old")
    (homes / "ada" / "deep").mkdir(parents=True)
    (homes / "ada" / "deep" / "file").write_bytes(bytes(3 * MEGABYTE))
    (homes / "ada" / "link").symlink_to("/etc/passwd")
    os.mkfifo(homes / "ada" / "pipe")
    os.chown(homes / "ada", uid, uid)
    before = int(str(person(service)["used"]))
    service.home({"username": "ada"})
    assert int(str(person(service)["used"])) - before >= 3 * MEGABYTE


def give_away(file: Path, uid: int, project: int) -> int:
    """Give one's own file to a project, as a student; 0 if the kernel lets it."""

    def give() -> None:
        with file.open("rb") as opened:
            attributes = fcntl.ioctl(opened, FS_IOC_FSGETXATTR, bytes(FSXATTR.size))
            fcntl.ioctl(opened, FS_IOC_FSSETXATTR, with_project(attributes, project, 0))

    return as_student(uid, give)


def test_what_a_student_gives_to_another_project_counts_again(
    service: HomesService, storage: Path
) -> None:
    uid = int(str(service.home({"username": "ada"}).body["uid"]))
    for folder in (storage, storage / "homes"):
        folder.chmod(0o755)
    file = storage / "homes" / "ada" / "large"
    assert fill(file, uid, 6) == 0
    assert give_away(file, uid, uid + 1) == 0, "a kernel that forbids it needs no keeper"
    assert int(str(person(service)["used"])) < MEGABYTE
    service.projects.look()
    assert int(str(person(service)["used"])) >= 6 * MEGABYTE
