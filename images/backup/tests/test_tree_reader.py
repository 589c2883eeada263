"""A tree in the hands of somebody hostile, read without an engine: what can change in between."""

import io
import json
import mmap
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from semesterhub_backup import frames
from semesterhub_backup.gather import FOLDER, Readers, _memory
from semesterhub_backup.manifest import Item, from_line
from semesterhub_backup.tree_reader import WHERE_BYTES, Reader, UnreadableError

STUDENT = 20000
SECRET = b"of somebody else's alone"


class Reading:
    """A reader of a tree, and what it told."""

    def __init__(self, top: Path) -> None:
        self.top = os.open(top, FOLDER)
        self.out = io.BytesIO()
        self.reader = Reader(self.top, {}, self.out, mmap.mmap(-1, WHERE_BYTES))

    def told(self) -> tuple[list[Item], list[str], bytes]:
        """Read what it told: files, problems, and all content."""
        self.out.seek(0)
        items, problems, content = [], [], b""
        while self.out.tell() < len(self.out.getbuffer()):
            kind, payload = frames.read_frame(self.out)
            if kind == frames.ITEM or (kind == frames.END and payload):
                items.append(from_line(payload))
            elif kind == frames.PROBLEM:
                problems.append(": ".join(json.loads(payload)))
            elif kind == frames.DATA:
                content += payload
        return items, problems, content


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_bytes(SECRET)
    (tmp_path / "homes" / "ada").mkdir(parents=True)
    return tmp_path / "homes" / "ada"


@pytest.fixture
def reading(home: Path) -> Iterator[Reading]:
    begun = Reading(home)
    yield begun
    os.close(begun.top)


def test_what_became_a_link_is_not_followed(home: Path, reading: Reading) -> None:
    (home / "f").write_text("mine")
    was = (home / "f").stat()
    (home / "f").unlink()
    (home / "f").symlink_to("../../secret")
    (home / "d").symlink_to("../..")
    with pytest.raises(UnreadableError, match="became something else"):
        reading.reader._file(reading.top, "f", "f", was)
    with pytest.raises(UnreadableError, match="became something else"):
        reading.reader._folder(reading.top, "d", "d", 1)
    assert SECRET not in reading.out.getvalue()


def test_what_became_a_fifo_is_not_waited_for(home: Path, reading: Reading) -> None:
    (home / "f").write_text("mine")
    was = (home / "f").stat()
    (home / "f").unlink()
    os.mkfifo(home / "f")
    said: list[str] = []

    def read() -> None:
        try:
            reading.reader._file(reading.top, "f", "f", was)
        except UnreadableError as error:
            said.append(str(error))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(10)
    assert said == ["it became something else while it was read"]


@pytest.fixture
def deep(home: Path) -> Iterator[Path]:
    """Make a home with more folders in folders than pytest itself could remove."""
    top = os.open(home, FOLDER)
    for _ in range(1500):
        os.mkdir("a", dir_fd=top)
        below = os.open("a", FOLDER, dir_fd=top)
        os.close(top)
        top = below
    os.close(top)
    yield home
    subprocess.run(["rm", "-rf", str(home)], check=True)


def test_a_tree_that_is_too_deep_is_named_and_the_rest_is_read(deep: Path) -> None:
    (deep / "z").write_text("read")
    reading = Reading(deep)
    reading.reader.run()
    items, (problem,), content = reading.told()
    os.close(reading.top)
    assert problem.endswith("more than 256 folders deep; what is in it is left out")
    assert content == b"read"
    assert items[-1].path == "z"


def test_holes_are_not_read(home: Path) -> None:
    with (home / "huge").open("wb") as file:
        file.truncate(64 * 2**20)  # what is read, if it were, is to have room in this process
        file.seek(32 * 2**20)
        file.write(b"in the middle")
    reading = Reading(home)
    reading.reader.run()
    (_, huge), _, content = reading.told()
    os.close(reading.top)
    assert huge.size == 64 * 2**20
    assert len(content) < 2**20
    ((offset, length),) = huge.extents or []
    assert offset <= 32 * 2**20 < 32 * 2**20 + 13 <= offset + length


@pytest.mark.skipif(os.geteuid() != 0, reason="to become somebody takes root")
def test_a_reader_has_its_owners_rights(home: Path) -> None:
    """By the program that reads trees: a further name of another's file gives nothing away."""
    secret = home.parent.parent / "secret"
    secret.chmod(0o600)
    os.link(secret, home / "theirs")
    (home / "closed").write_text("mine")
    for path in (home / "closed", home):
        os.chown(path, STUDENT, STUDENT)
    (home / "closed").chmod(0)
    top = os.open(home, FOLDER)
    with (
        Readers() as readers,
        _memory() as where,
        Path(os.devnull).open("rb") as known,
        readers.read([top, known.fileno(), where], os.fstat(top)) as pipe,
        os.fdopen(os.dup(pipe), "rb") as told,
    ):
        content = told.read()
    os.close(top)
    assert b"mine" in content
    assert b'["theirs", "Permission denied"]' in content
    assert SECRET not in content
