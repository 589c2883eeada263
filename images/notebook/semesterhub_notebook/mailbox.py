"""Ask the course's backups, as the student whose server this is: by a file that the student owns.

The kernel keeps who owns it, over NFS too; the answer comes to a folder that nobody else reads.
"""

import asyncio
import json
import os
import re
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

EXCHANGE = Path("/srv/nbgrader/exchange")
POLL_SECONDS = 0.25
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_TICKET = re.compile(r"[0-9a-f]{32}")


class Mailbox:
    """Where requests go and answers come."""

    def __init__(self, folder: Path, slug: str) -> None:
        """Take the course's folder, and the name of the student's own in it."""
        self._asked = folder / "asked"
        self._answers = folder / "answers" / slug

    @classmethod
    def find(cls, environ: Mapping[str, str], exchange: Path = EXCHANGE) -> "Mailbox | None":
        """Find it; None: this course offers no earlier versions."""
        course, slug = environ.get("SEMESTERHUB_COURSE"), environ.get("SEMESTERHUB_SLUG")
        if not course or not slug:
            return None
        folder = exchange / course / "earlier"
        return cls(folder, slug) if (folder / "asked").is_dir() else None

    def ask(self, request: Mapping[str, Any]) -> str:
        """Leave a request; gives the ticket by which its answer is fetched."""
        ticket = secrets.token_hex(16)
        opened = os.open(self._asked / ticket, NEW, 0o600)
        with os.fdopen(opened, "w", encoding="ascii") as file:
            json.dump(request, file)
        return ticket

    async def answer(self, ticket: str, seconds: float) -> dict[str, Any] | None:
        """Wait for an answer; None: it is not there yet."""
        if not _TICKET.fullmatch(ticket):
            raise ValueError("that is no ticket")
        end = time.monotonic() + seconds
        # Nothing tells of a file that comes over NFS.
        while (found := self._read(f"{ticket}.json")) is None and time.monotonic() < end:  # noqa: ASYNC110
            await asyncio.sleep(POLL_SECONDS)
        return found

    def _read(self, name: str) -> dict[str, Any] | None:
        # Opening the folder has NFS look whether anything came into it; a path alone is answered
        # from what this machine remembers, for up to half a minute.
        with suppress(FileNotFoundError):
            folder = os.open(self._answers, FOLDER)
            try:
                opened = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)
            finally:
                os.close(folder)
            with os.fdopen(opened, encoding="ascii") as file:
                answer: dict[str, Any] = json.load(file)
            return answer
        return None


def below_home(home: Path, root: Path, path: str) -> str:
    """Say what a path of JupyterLab is below the home; raise ValueError where it is not."""
    whole = os.path.normpath(root / path.strip("/"))
    found = os.path.relpath(whole, home)
    if found == ".." or found.startswith("../"):
        raise ValueError("it is not in your home")
    return "" if found == "." else found


def gone(names: list[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """Keep what a folder had and has no more, without what JupyterLab hides."""
    return [
        each
        for each in names
        if not each["name"].startswith(".") and not os.path.lexists(folder / each["name"])
    ]
