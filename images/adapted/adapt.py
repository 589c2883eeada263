"""Fit an image that somebody else made into a course, as it is built. Runs as root, in that image.

It must have what a student's server is: `jupyterhub-singleuser`, and the Python that runs it.
"""

import json
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path

HERE = Path("/opt/semesterhub")
# The student's id is in no image: the launcher writes these when a server starts.
ENTRIES = ("passwd", "group")
EXTENSION = "semesterhub_adapted.extension"
AT_RUN_TIME = Path("/tmp/.semesterhub")  # noqa: S108 (the container's own, which one user has)
OLDEST = {"python": (3, 11), "jupyterhub": (4, 0), "jupyter_server": (2, 0)}

ASK = """
import json, sys, sysconfig
from importlib.metadata import PackageNotFoundError, version
found = {"python": sys.version.split()[0], "purelib": sysconfig.get_paths()["purelib"]}
for name in ("jupyterhub", "jupyter_server"):
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        found[name] = ""
print(json.dumps(found))
"""


class CannotAdaptError(Exception):
    """The image can't run a student's server; the text says what it lacks."""


def interpreter(command: str | None) -> str:
    """Find the Python of a command, which is beside it, or in its first line."""
    if command is None:
        raise CannotAdaptError(
            "the image has no command jupyterhub-singleuser: it must be made for JupyterHub, and "
            "have the Python package jupyterhub"
        )
    beside = Path(command).resolve().parent / "python3"
    if beside.exists():
        return str(beside)
    first = Path(command).read_text("utf-8", errors="replace").splitlines()[0]
    return first[2:].split()[0] if first.startswith("#!/") else "python3"


def numbers(version: str) -> tuple[int, ...]:
    """Read the first numbers of a version: `5.2.1` is (5, 2)."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def check(found: Mapping[str, str]) -> None:
    """Refuse what is missing or too old."""
    for name, oldest in OLDEST.items():
        wanted = ".".join(map(str, oldest))
        if not found[name]:
            raise CannotAdaptError(f"the image has no {name}; it must be {wanted} or newer")
        if numbers(found[name]) < oldest:
            raise CannotAdaptError(f"the image has {name} {found[name]}; {wanted} is the oldest")


def start_script(python: str, singleuser: str) -> str:
    """Write what runs first in a container: nothing of the student's is imported."""
    lines = [
        f"#!{python} -I",
        "import sys",
        f"sys.path.append({str(HERE)!r})",
        "from semesterhub_adapted.launcher import main",
        f"main({singleuser!r})",
    ]
    return "".join(f"{line}\n" for line in lines)


def strip_rights(top: Path) -> int:
    """Take setuid and setgid from every file of a file system; answers how many had them."""
    device = top.lstat().st_dev
    count = 0
    for folder, below, names in os.walk(top):
        here = Path(folder)
        below[:] = [name for name in below if (here / name).lstat().st_dev == device]
        for path in (here / name for name in names):
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode) and mode & 0o6000:
                path.chmod(stat.S_IMODE(mode) & ~0o6000)
                count += 1
    return count


def link_entries() -> None:
    """Have users and groups looked up where the launcher writes them."""
    for name in ENTRIES:
        file = Path("/etc") / name
        shutil.copyfile(file, HERE / name)
        file.unlink()
        file.symlink_to(AT_RUN_TIME / name)


def main() -> None:
    """Adapt."""
    singleuser = shutil.which("jupyterhub-singleuser")
    python = interpreter(singleuser)
    found = json.loads(subprocess.check_output([python, "-I", "-c", ASK], text=True))  # noqa: S603 (a list)
    check(found)
    # at the end of the server's path: the image's own modules come first
    (Path(found["purelib"]) / "semesterhub.pth").write_text(f"{HERE}\n")
    # A server starts without an extension that can not be imported, and students lack its rules.
    subprocess.check_call([python, "-I", "-c", f"import {EXTENSION}"])  # noqa: S603 (a list)
    start = HERE / "start"
    start.write_text(start_script(python, str(singleuser)))
    for folder, below, names in os.walk(HERE):
        for name in [*below, *names]:
            path = Path(folder) / name
            path.chmod(0o755 if path.is_dir() or path == start else 0o644)
    HERE.chmod(0o755)
    strip_rights(Path("/"))
    link_entries()
    print(f"adapted: JupyterHub {found['jupyterhub']} on Python {found['python']}")


if __name__ == "__main__":
    try:
        main()
    except CannotAdaptError as problem:
        # The text says all; a trace of the build would hide it.
        raise SystemExit(f"environment.image: {problem}") from None
