"""Paths as people write them, as manifests have them."""

import re
from pathlib import PurePosixPath

from semesterhub_backup.errors import BackupError, NotFoundError

# As images/homes has it.
GROUP_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}")


def safe_path(text: str) -> str:
    """Write a path below a home as manifests do; refuse one that leads out."""
    parts = PurePosixPath(text.removeprefix("~/")).parts
    if not parts or parts[0] == "/" or ".." in parts or "\0" in text:
        raise BackupError(f"{text!r} is no path below the home. Say e.g. work/notebook.ipynb")
    return "/".join(parts)


def group_path(group: str, path: str | None) -> str:
    """Write where a group's folder, or a path in it, is below the folder of all groups'."""
    if not GROUP_NAME.fullmatch(group):
        raise NotFoundError(f"{group!r} is no name of a group.")
    return f"{group}/{safe_path(path)}" if path else group
