"""Ask the database service for dumps of this moment, and tell it of a restore.

By files in its data folder, which is in no backup: this container has no network. Its owner is not
root, so nothing there is followed.
"""

import os
import secrets
import time
from pathlib import Path

FOLDER = "postgres"
DUMPS = "dumps"
FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC
LONGEST = 4096
ANSWER_SECONDS = 120
PAUSE_SECONDS = 0.5


def ask_for_dumps(storage: Path, seconds: float = ANSWER_SECONDS) -> str | None:
    """Have each database written as it is now; tells why the dumps are older, if they are."""
    folder = storage / FOLDER
    if not os.path.lexists(folder / "serving"):
        return None  # there is none, or it ended with dumps of everything
    question = secrets.token_hex(16)
    _write(folder / "wanted", question)
    deadline = time.monotonic() + seconds
    while True:
        answer, _, trouble = _read(folder / "answered").partition(" ")
        if answer == question:
            return f"it is older, for the database can't be dumped: {trouble}" if trouble else None
        if time.monotonic() > deadline:
            return "it is some minutes older: the database service does not answer"
        time.sleep(PAUSE_SECONDS)  # between two looks: the answer is a file of another container


def tell_of_restore(storage: Path) -> None:
    """Let the dumps, or that there are none, take the place of what the databases have."""
    if (storage / FOLDER).is_dir():
        _write(storage / FOLDER / "restored", "")


def _write(path: Path, text: str) -> None:
    new = path.with_name(f".{secrets.token_hex(8)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | FLAGS, 0o600)
    try:
        # Its folder is closed to all but the service.
        os.fchmod(descriptor, 0o644)
        os.write(descriptor, text.encode("ascii"))
    finally:
        os.close(descriptor)
    new.replace(path)


def _read(path: Path) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | FLAGS)
    except OSError:
        return ""
    try:
        return os.read(descriptor, LONGEST).decode("utf-8", "replace")
    finally:
        os.close(descriptor)
