"""`semesterhub_intake.library`: versions of the course's library, and which of them counts.

    shared/library/versions/2026-11-30-1/{python,requirements.txt}    root's, nobody writes there
    shared/library/current -> versions/2026-11-30-1                   changed at once

Packages are fetched by a container of their own, into a folder that `begin` makes for its user.
"""

import json
import os
import re
import secrets
import shutil
import stat
import sys
import time
from pathlib import Path
from typing import Any

BUILDER = 10997
"""As whom packages are fetched."""
NEW = ".new-"
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}-\d+")


class RequestError(Exception):
    """What was asked for can't be done; the message says why."""


class Library:
    """The library of one storage tree."""

    def __init__(self, storage: Path, builder: int = BUILDER) -> None:
        """Open it; it is made where it isn't there."""
        self.folder = storage / "shared" / "library"
        self.versions = self.folder / "versions"
        self._builder = builder
        self.folder.mkdir(exist_ok=True)
        status = self.folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
            raise RequestError(
                "/srv/shared/library is not the library's: staff made something of that name. Move"
                " it away first"
            )
        self.folder.chmod(0o755)
        os.chown(self.folder, os.geteuid(), os.getegid())
        self.versions.mkdir(exist_ok=True)

    def tell(self) -> dict[str, object]:
        """Tell the versions, what they were made for, and which one counts."""
        found = {
            path.name: (path / "requirements.txt").read_text().split("\n")[:-1]
            for path in sorted(self.versions.iterdir(), key=_order)
            if _VERSION.fullmatch(path.name)
        }
        return {"current": self.current(), "versions": found}

    def current(self) -> str | None:
        """Name the version that counts."""
        try:
            return (self.folder / "current").readlink().name
        except OSError:
            return None

    def begin(self) -> dict[str, object]:
        """Make an empty folder for packages, and remove what was never finished."""
        for old in self.folder.glob(f"{NEW}*"):
            shutil.rmtree(old)
        made = self.folder / f"{NEW}{secrets.token_hex(8)}"
        made.mkdir(mode=0o700)
        (made / "python").mkdir(mode=0o700)
        for path in (made / "python", made):
            os.chown(path, self._builder, self._builder)
        return {**self.tell(), "folder": made.name}

    def finish(self, name: str, requirements: list[str]) -> dict[str, object]:
        """Make what was fetched a version, nobody's to change, and have it count from now on."""
        made = self.folder / name
        if not name.startswith(NEW) or "/" in name or not made.is_dir():
            raise RequestError(f"{name} was not begun")
        os.chown(made, os.geteuid(), os.getegid())  # from here on the builder can't get in
        made.chmod(0o700)
        for path in made.iterdir():  # what pip left while it unpacked
            if path.name != "python":
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        take_over(made)
        (made / "requirements.txt").write_text("".join(f"{line}\n" for line in requirements))
        today = time.strftime("%Y-%m-%d", time.gmtime())
        numbers = [_order(path)[1] for path in self.versions.glob(f"{today}-*")]
        version = f"{today}-{max(numbers, default=0) + 1}"
        made.chmod(0o755)
        made.rename(self.versions / version)
        return self.use(version)

    def use(self, version: str) -> dict[str, object]:
        """Have a version count. A Python that runs keeps what it began with."""
        self._known(version)
        half = self.folder / f"{NEW}{secrets.token_hex(8)}"
        half.symlink_to(f"versions/{version}")
        half.replace(self.folder / "current")
        return self.tell()

    def forget(self, version: str) -> dict[str, object]:
        """Remove a version."""
        self._known(version)
        if version == self.current():
            raise RequestError(f"{version} is in use; use another one first")
        shutil.rmtree(self.versions / version)
        return self.tell()

    def _known(self, version: str) -> None:
        if not _VERSION.fullmatch(version) or not (self.versions / version).is_dir():
            raise RequestError(f"there is no version {version}")


def _order(path: Path) -> tuple[str, int]:
    day, _, number = path.name.rpartition("-")
    return day, int(number) if number.isdigit() else 0


def take_over(top: Path) -> None:
    """Make everything below a folder root's, readable and not writable; links go."""
    for folder, below, names in os.walk(top):
        for name in [*below, *names]:
            path = Path(folder) / name
            mode = path.lstat().st_mode
            if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
                path.unlink()
                continue
            os.chown(path, os.geteuid(), os.getegid(), follow_symlinks=False)
            runs = stat.S_ISDIR(mode) or mode & stat.S_IXUSR
            path.chmod(0o755 if runs else 0o644)


def answer(request: Any, storage: Path, builder: int = BUILDER) -> dict[str, object]:  # noqa: ANN401 (the server's handler)
    """Do what is asked for."""
    library = Library(storage, builder)
    match request:
        case {"do": "begin"}:
            return library.begin()
        case {"do": "finish", "folder": str(folder), "requirements": list(requirements)}:
            return library.finish(folder, requirements)
        case {"do": "use", "version": str(version)}:
            return library.use(version)
        case {"do": "forget", "version": str(version)}:
            return library.forget(version)
        case {"do": "list"}:
            return library.tell()
    raise RequestError("this can't be asked for")


def main() -> int:
    """Read a request from standard input, answer on standard output, both JSON."""
    os.umask(0o022)
    try:
        storage = Path(os.environ.get("SEMESTERHUB_STORAGE", "/srv/semesterhub"))
        print(json.dumps(answer(json.load(sys.stdin), storage)))
    except (RequestError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
