"""Who the student is, to programs that look a user id up.

A student's id has no entry in the image's /etc/passwd, and the root file system is read-only.
The image's NSS asks libnss-extrausers last, whose files are links into /tmp, where this writes.
"""

import contextlib
import os
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path("/tmp/.semesterhub")  # noqa: S108 (the container's own tmpfs; links point here)
GROUPS = Path("/srv/groups")
"""Where the folders are that this person shares with a group each; not there without any."""
COURSE_GID = 19999
GRADERS_GID = 19998
SHELL = "/bin/bash"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 32


def login_name(username: str) -> str:
    """Make a login name that shell and prompt can show: `müller@uni.edu` is `muller`."""
    plain = unicodedata.normalize("NFKD", username.partition("@")[0])
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    name = _UNSAFE.sub("-", letters).strip("-.")[:_LONGEST_NAME]
    return name or "student"


def _name(environ: Mapping[str, str]) -> str:
    """Name the person in this server: nbgrader's student id is this, so no two may share it."""
    return environ.get("SEMESTERHUB_SLUG") or login_name(environ.get("JUPYTERHUB_USER", ""))


def email(username: str) -> str:
    """Give git an address when the student has not configured one."""
    return username if "@" in username else f"{login_name(username)}@localhost"


def passwd_line(name: str, uid: int, gid: int, home: str) -> str:
    """Write the student's line of /etc/passwd."""
    safe = _UNSAFE.sub("-", name)
    return f"{safe}:x:{uid}:{gid}:{safe}:{home}:{SHELL}\n"


def group_lines(name: str, gid: int) -> str:
    """Write the lines of /etc/group: the student's own group, the course's and the graders'."""
    return f"{name}:x:{gid}:\ncourse:x:{COURSE_GID}:{name}\ngraders:x:{GRADERS_GID}:\n"


def shared_lines(name: str, groups: Path = GROUPS) -> str:
    """Write the lines of the groups that this person shares a folder with."""
    try:
        folders = sorted(groups.iterdir())
        return "".join(f"{each.name}:x:{each.stat().st_gid}:{name}\n" for each in folders)
    except OSError:
        return ""


def link_groups(groups: Path = GROUPS) -> None:
    """Make the groups' folders be found in the home, which is what JupyterLab shows."""
    if groups.is_dir():
        with contextlib.suppress(OSError):  # a file of that name is there, or the home is full
            Path("groups").symlink_to(groups)


def write_entries(
    environ: Mapping[str, str], uid: int, gid: int, folder: Path = FOLDER
) -> OSError | None:
    """Make the id known; answers the error if it can't (prompts are then less friendly)."""
    known_as = _name(environ)
    try:
        folder.mkdir(mode=0o755, exist_ok=True)
        for name, text in (
            ("passwd", passwd_line(known_as, uid, gid, environ.get("HOME", "/"))),
            ("group", group_lines(known_as, gid) + shared_lines(known_as)),
        ):
            (folder / name).write_text(text)
    except OSError as error:
        return error
    return None


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Tell what kernels and terminals get beside what the spawner gave."""
    username = environ.get("JUPYTERHUB_USER", "")
    name = _name(environ)
    home = environ.get("HOME", "/")
    return {
        "USER": name,
        "LOGNAME": name,
        "SHELL": SHELL,
        # git falls back on it; user.email of the student's own configuration wins
        "EMAIL": environ.get("EMAIL") or email(username),
        # commands of what the student installs with pip: their own version wins
        "PATH": f"{home}/.local/bin:{environ.get('PATH', os.defpath)}",
    }
