"""`semesterhub_intake.hand_out`: files into every home, and into those that are made later.

A home is its owner's, who may have put links and pipes where a file is to go, and may do so while
this runs. So everything in it happens with the owner's rights, nothing that is there is opened but
folders, no link is followed, and what has the file's name stays as it is.
"""

import base64
import binascii
import contextlib
import errno
import json
import os
import secrets
import sqlite3
import stat
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from semesterhub_intake.copying import FOLDER, NEW_FILE, as_person
from semesterhub_intake.people import read_people

STORE = "handed-out"
MOST_BYTES = 32 << 20
MOST_FILES = 1000
_FULL = (errno.ENOSPC, errno.EDQUOT)


class RequestError(Exception):
    """What was asked for can't be done; the message says why."""


@dataclass(frozen=True)
class File:
    """A file that is handed out."""

    path: tuple[str, ...]
    content: bytes
    executable: bool

    @property
    def mode(self) -> int:
        """What its owner may do, and others, in places where they get to it."""
        return 0o755 if self.executable else 0o644


@dataclass
class Given:
    """What became of it in one home."""

    username: str
    given: int = 0
    kept: int = 0
    """Files that were there already, or something else of their name."""
    problem: str = ""


def path_of(text: object) -> tuple[str, ...]:
    """Take a path apart; it leads down from a home's top."""
    parts = tuple(text.split("/")) if isinstance(text, str) else ()
    if not parts or any(part in ("", ".", "..") or "\0" in part for part in parts):
        raise RequestError(f"{text!r} is no path below a home")
    return parts


def files_of(request: Any) -> list[File]:  # noqa: ANN401 (JSON)
    """Read the files of a request."""
    try:
        files = [
            File(
                path_of(one["path"]),
                base64.b64decode(one["content"], validate=True),
                one["executable"] is True,
            )
            for one in request["files"]
        ]
    except (KeyError, TypeError, binascii.Error) as error:
        raise RequestError(f"this is no list of files: {error}") from None
    if len(files) > MOST_FILES or sum(len(one.content) for one in files) > MOST_BYTES:
        raise RequestError(
            f"at most {MOST_FILES} files of {MOST_BYTES >> 20} MB together are handed out;"
            " everybody can read larger ones in /srv/shared"
        )
    return files


@contextlib.contextmanager
def _folder_of(path: tuple[str, ...], top: int) -> Iterator[int]:
    """Open the folder of a file, making what is missing; no link is followed."""
    with contextlib.ExitStack() as opened:
        here = top
        for part in path[:-1]:
            with contextlib.suppress(FileExistsError):
                os.mkdir(part, 0o755, dir_fd=here)
            here = os.open(part, FOLDER, dir_fd=here)
            opened.callback(os.close, here)
        yield here


def _write(file: File, name: str, folder: int) -> None:
    descriptor = os.open(name, NEW_FILE, 0o600, dir_fd=folder)
    with os.fdopen(descriptor, "wb") as out:
        out.write(file.content)
        out.flush()
        os.fchmod(descriptor, file.mode)
        os.fsync(descriptor)


def _is_there(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def put(file: File, top: int) -> bool:
    """Put a file into a home, whole or not at all; False: its name is taken."""
    with _folder_of(file.path, top) as folder:
        name = file.path[-1]
        if _is_there(name, folder):
            return False
        half = f".{secrets.token_hex(8)}.handed-out"
        try:
            _write(file, half, folder)
            # Unlike a rename, it does not replace what came there meanwhile.
            os.link(half, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError:
            return False
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(half, dir_fd=folder)
    return True


def give(files: list[File], homes: Path, slug: str, uid: int, given: Given) -> None:
    """Put the files into one home, with its owner's rights."""
    with as_person(uid):
        top = os.open(homes / slug, FOLDER)
        try:
            if os.fstat(top).st_uid != uid:
                given.problem = "the home is somebody else's"
                return
            for file in files:
                try:
                    if put(file, top):
                        given.given += 1
                    else:
                        given.kept += 1
                except OSError as error:
                    given.problem = given.problem or explain(file, error)
        finally:
            os.close(top)


def explain(file: File, error: OSError) -> str:
    """Say why a file could not be put there."""
    where = "/".join(file.path)
    if error.errno in _FULL:
        return f"{where}: the home is full"
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        return f"{where}: one of its folders is something else there"
    return f"{where}: {error.strerror}"


def keep(files: list[File], store: Path) -> None:
    """Keep the files for homes that are made later; a newer one takes the place of an older."""
    store.mkdir(mode=0o700, exist_ok=True)
    for file in files:
        target = store.joinpath(*file.path)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            half = target.with_name(f".{secrets.token_hex(8)}.half")
            half.write_bytes(file.content)
            half.chmod(file.mode)
            half.replace(target)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            raise RequestError(
                f"{'/'.join(file.path)} was handed out before as something else, a file or a"
                " folder; forget that first"
            ) from None


def forget(path: tuple[str, ...], store: Path) -> None:
    """Hand a file out to no more new homes."""
    target = store.joinpath(*path)
    if not target.is_file():
        raise RequestError(f"{'/'.join(path)} is not handed out to new homes")
    target.unlink()
    for folder in target.parents:
        if folder == store or any(folder.iterdir()):
            break
        folder.rmdir()


def kept(store: Path) -> list[str]:
    """List what new homes get."""
    found = (path for path in store.rglob("*") if stat.S_ISREG(path.lstat().st_mode))
    return sorted(str(path.relative_to(store)) for path in found)


def answer(request: Any, storage: Path) -> dict[str, object]:  # noqa: ANN401 (JSON)
    """Do what is asked for."""
    store = storage / STORE
    if request.get("do") == "forget":
        forget(path_of(request.get("path")), store)
    if request.get("do") != "give":
        return {"kept": kept(store)}
    files = files_of(request)
    keep(files, store)
    people = []
    for person in read_people(storage):
        if person.uid is None:
            continue
        given = Given(person.username)
        try:
            give(files, storage / "homes", person.slug, person.uid, given)
        except FileNotFoundError:
            continue  # it is made with the files when they log in
        except OSError as error:
            given.problem = f"the home can't be opened: {error.strerror}"
        people.append(asdict(given))
    return {"kept": kept(store), "people": people}


def main() -> int:
    """Read a request from standard input, answer on standard output, both JSON."""
    os.umask(0o022)
    if os.geteuid() == 0:
        os.setgroups([])
    try:
        storage = Path(os.environ.get("SEMESTERHUB_STORAGE", "/srv/semesterhub"))
        print(json.dumps(answer(json.load(sys.stdin), storage)))
    except (RequestError, OSError, ValueError, sqlite3.Error) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
