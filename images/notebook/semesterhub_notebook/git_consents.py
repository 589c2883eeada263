"""What a student agreed to: links of nbgitpuller that bring a known clone up to date unasked.

The list is in a hidden folder of the home, where no link can put a file. A list that can't be read
counts as an empty one, and one that can't be written costs no more than another question.
"""

import contextlib
import json
import os
import stat
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path(".local") / "share" / "semesterhub" / "git-links.json"
MOST = 200
"""Links that are remembered, the newest."""
MOST_BYTES = 1 << 20
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True)
class Consent:
    """What the student agreed to get, and where it goes."""

    repository: str
    branch: str
    """Empty: the repository's own."""
    folder: str
    place: str
    """Where the folder is in truth: in a group's folder, another can put a link in its place."""


class Consents:
    """The list of one home."""

    def __init__(self, home: Path) -> None:
        """Take the home; nothing has to be there."""
        self._file = home / FILE

    def __contains__(self, consent: Consent) -> bool:
        """Whether the student agreed to exactly this."""
        return asdict(consent) in self._read()

    def add(self, consent: Consent) -> None:
        """Remember one."""
        kept = [one for one in self._read() if one != asdict(consent)]
        text = json.dumps([*kept, asdict(consent)][-MOST:], indent=1)
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            opened, new = tempfile.mkstemp(dir=self._file.parent)
            try:
                with os.fdopen(opened, "w", encoding="utf-8") as file:
                    file.write(text)
                Path(new).replace(self._file)
            except OSError:
                Path(new).unlink(missing_ok=True)
                raise

    def _read(self) -> list[object]:
        try:
            found = json.loads(read_file(self._file))
        except (OSError, ValueError, RecursionError):
            return []
        return found if isinstance(found, list) else []


def read_file(path: Path) -> bytes:
    """Read a file that somebody may have put there to keep its reader waiting, or without end."""
    opened = os.open(path, _READ)
    with os.fdopen(opened, "rb") as file:
        return file.read(MOST_BYTES) if stat.S_ISREG(os.fstat(opened).st_mode) else b""
