"""What is in the storage tree and is nobody's work.

Homes that are just being made; and what NFS calls `.nfs…`: a file that was deleted on one machine
while a program there still has it open. It is gone for its owner, it may still be written to, and a
restore would bring back what was thrown away.
"""

import re
from pathlib import Path

# As Linux's client names them: the file's number and a counter, in hexadecimal digits.
_DELETED = re.compile(r"\.nfs[0-9a-f]{24}")


def is_deleted(name: str) -> bool:
    """Tell whether a file of this name is one that its owner deleted."""
    return _DELETED.fullmatch(name) is not None


def options(storage: Path, path: str = "") -> list[str]:
    """Write it for duplicity, which looks at all of the tree or at one path of it."""
    deleted = ["--exclude-regexp", rf"/{_DELETED.pattern}\Z"]
    if path not in ("", "homes"):
        # Duplicity refuses to leave out what lies outside of where it looks.
        return deleted
    return [*deleted, "--exclude", f"{storage}/homes/.making-*"]
