"""The readable file that says whose folder is whose."""

import logging
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from semesterhub_homes.table import Person

log = logging.getLogger("homes")

HEADER = "# Whose home is whose; written by semesterhub's homes service, changes are overwritten.\n"


def index_text(people: Iterable[Person]) -> str:
    """Return the file's text. Names hold no control characters (names.py), so no tab or newline."""
    lines = ["folder\tuid\tusername\tsince\n"]
    lines += [f"{each.slug}\t{each.uid}\t{each.username}\t{each.since}\n" for each in people]
    return HEADER + "".join(lines)


class IndexFile:
    """Keeps the file up to date from its own thread, so that 200 new homes cost a few writes."""

    def __init__(self, path: Path, people: Callable[[], list[Person]]) -> None:
        """Write the file once; a change is told by touch()."""
        self._path = path
        self._people = people
        self._changed = threading.Event()
        self._stopping = False
        self._try_to_write()
        self._thread = threading.Thread(target=self._follow, name="index")
        self._thread.start()

    def touch(self) -> None:
        """Say that there is somebody new."""
        self._changed.set()

    def close(self) -> None:
        """Write what is still to be written and end."""
        self._stopping = True
        self._changed.set()
        self._thread.join()

    def _follow(self) -> None:
        while not self._stopping:
            self._changed.wait()
            self._changed.clear()
            self._try_to_write()

    def _try_to_write(self) -> None:
        try:
            self._write()
        except Exception as error:  # noqa: BLE001 (the thread goes on, whatever it was)
            # A full disk or a locked table, say. People get their homes; the next change writes it.
            log.error("INDEX.tsv could not be written: %s", error)  # noqa: TRY400 (it says all)

    def _write(self) -> None:
        new = self._path.with_name(f".{self._path.name}.new")
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o640)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(index_text(self._people()))
            file.flush()
            os.fsync(descriptor)
        new.replace(self._path)
