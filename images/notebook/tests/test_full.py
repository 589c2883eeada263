"""A home that is full, as its student meets it; a small file system stands for a quota."""

import asyncio
import errno
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from semesterhub_notebook import full, settings
from testing.kernel import Kernel
from testing.student import UID, Answer, Student, image_under_test

MEGABYTE = 2**20


@pytest.mark.parametrize(("limited", "told"), [("1", True), ("0", False), ("", False)])
def test_a_limited_home_is_shown_and_has_no_trash(limited: str, *, told: bool) -> None:
    config = settings.server_config({"HOME": "/home/ada", "SEMESTERHUB_QUOTA": limited})
    assert config["ResourceUseDisplay"] == {"track_disk_usage": told}
    assert config["FileContentsManager"] == {
        "delete_to_trash": not told,
        "always_delete_dir": told,
    }


class Home:
    """Contents on NFS: a file goes only when a node has nothing of it left to write."""

    delete_to_trash = False

    def __init__(self, home: Path) -> None:
        self.home = home
        (home / "large.bin").write_bytes(b"more than fits")

    def _get_os_path(self, path: str) -> str:
        return str(self.home / path)

    async def delete_file(self, path: str) -> None:
        """Delete a file, as upstream does."""
        file = self.home / path.strip("/")
        if file.stat().st_size:
            raise OSError(errno.ENOSPC, "No space left on device")
        file.unlink()


@pytest.fixture
def managed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    class Managed(Home):
        pass

    full._empty_what_is_deleted(Managed)
    # as XFS, which tells of a home's limit only where it is asked about a folder
    monkeypatch.setattr(full, "is_short", Path.is_dir)
    return Managed(tmp_path)


def test_the_file_that_filled_a_home_goes(managed: Home) -> None:
    asyncio.run(managed.delete_file("/large.bin"))
    assert list(managed.home.iterdir()) == []


def test_a_home_with_room_is_left_to_upstream(
    managed: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(full, "is_short", lambda _: False)
    with pytest.raises(OSError, match="No space"):
        asyncio.run(managed.delete_file("large.bin"))


def test_content_that_stays_is_not_taken_away(managed: Home) -> None:
    (managed.home / "other-name.bin").hardlink_to(managed.home / "large.bin")
    (managed.home / ".hidden").write_bytes(b"not for deletion")
    for name in ("large.bin", ".hidden"):
        with pytest.raises(OSError, match="No space"):
            asyncio.run(managed.delete_file(name))
    assert (managed.home / "other-name.bin").read_bytes() == b"more than fits"
    assert (managed.home / ".hidden").read_bytes() == b"not for deletion"


def test_what_goes_to_the_trash_keeps_its_content(managed: Home) -> None:
    managed.delete_to_trash = True
    with pytest.raises(OSError, match="No space"):
        asyncio.run(managed.delete_file("large.bin"))
    assert (managed.home / "large.bin").read_bytes() == b"more than fits"


def test_what_is_not_there_is_upstreams_to_say(managed: Home) -> None:
    with pytest.raises(FileNotFoundError):
        asyncio.run(managed.delete_file("nothing.bin"))


def test_a_disk_with_room_is_not_short(tmp_path: Path) -> None:
    assert full.is_short(tmp_path) is False
    # has no room by its nature
    assert full.is_short(Path("/proc")) is True


@pytest.fixture(scope="module")
def small() -> Iterator[Student]:
    """Run a server whose home holds 20 MB."""
    home = f"/home/ada:rw,exec,size=20m,uid={UID},gid={UID},mode=0700"
    options = ["--tmpfs", home]
    env = {"SEMESTERHUB_QUOTA": "1"}
    with Student(image_under_test(), options=options, env=env) as server:
        server.wait_ready()
        yield server


def save(student: Student, name: str, text: str) -> Answer:
    model = {"type": "file", "format": "text", "content": text}
    return student.request("PUT", f"api/contents/{name}", model)


def save_notebook(student: Student, name: str, text: str) -> Answer:
    cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": text}
    content = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return student.request("PUT", f"api/contents/{name}", {"type": "notebook", "content": content})


@pytest.mark.image
def test_pages_load_the_notice(small: Student) -> None:
    page = small.get("lab").body.decode()
    assert '"name": "semesterhub"' in page
    script = small.get("lab/extensions/semesterhub/static/remoteEntry.js")
    assert b"apputils:notify" in script.body


@pytest.mark.image
def test_a_home_that_fills_up(small: Student) -> None:
    disk = small.get("api/metrics/v1").json()
    assert disk["disk_total"] == 20 * MEGABYTE
    assert disk["limits"]["disk"]["warn"] is False
    assert save(small, "work.txt", "first").status == 201
    assert save_notebook(small, "work.ipynb", "first").status == 201

    assert save(small, "large.bin", "x" * (18 * MEGABYTE + MEGABYTE // 2)).status == 201
    assert small.get("api/metrics/v1").json()["limits"]["disk"]["warn"] is True

    for refused in (
        save(small, "work.txt", "y" * 4 * MEGABYTE),
        save(small, "new.txt", "y" * 4 * MEGABYTE),
        save_notebook(small, "work.ipynb", "y" * 4 * MEGABYTE),
    ):
        assert refused.status == 507
        assert "disk space is used up" in json.loads(refused.body)["message"]
    assert small.get("api/contents/work.txt").json()["content"] == "first"
    cells = small.get("api/contents/work.ipynb").json()["content"]["cells"]
    assert cells[0]["source"] == "first"

    # No room for a byte: a kernel starts all the same, and what is deleted is gone.
    small.execute("sh", "-c", "cat /dev/zero > /home/ada/rest 2>/dev/null || true")
    with Kernel(small) as kernel:
        assert kernel.run("print(6 * 7)") == "42\n"
    for name in ("rest", "large.bin"):
        assert small.request("DELETE", f"api/contents/{name}").status == 204
    assert save(small, "work.txt", "y" * 4 * MEGABYTE).status == 200
    assert small.get("api/metrics/v1").json()["limits"]["disk"]["warn"] is False
