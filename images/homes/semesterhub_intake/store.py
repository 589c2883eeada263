"""The store of submissions, and the receipts of those who handed in."""

import json
import os
import secrets
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from semesterhub_homes.names import CHECK_NAME

from semesterhub_intake.people import Student

SUBMISSION_MODE = 0o2750
LONGEST_LOG = 8 << 20


@dataclass(frozen=True)
class Receipt:
    """What became of one submission. Staff and its owner can read it; nobody can change it."""

    assignment: str
    student: str
    """The slug of the folder's owner: the kernel's word, not the folder's name."""
    received: str
    """By the server's clock, UTC."""
    taken: str
    """When it was copied, UTC."""
    accepted: bool
    reason: str | None
    """Why it was refused."""
    due: str | None
    late_seconds: int
    files: dict[str, str]
    """Path to SHA-256."""
    left_out: dict[str, str]
    digest: str
    """Of all files together."""
    id: str


def stamp(when: datetime) -> str:
    """Write an instant as it stands in folder names: sorts by time, no colon."""
    return when.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%f") + "Z"


class Store:
    """Root's alone to write; the graders' group reads."""

    def __init__(self, received: Path, receipts: Path, graders: int) -> None:
        self._received = received
        self._receipts = receipts
        self._graders = graders
        for left in received.glob(".taking-*"):  # of a process that was killed
            shutil.rmtree(left)

    def begin(self) -> Path:
        """Make a folder for a submission that is being taken."""
        folder = self._received / f".taking-{secrets.token_hex(8)}"
        (folder / "files").mkdir(parents=True, mode=0o750)
        return folder

    def discard(self, folder: Path) -> None:
        """Forget a submission that was not taken."""
        shutil.rmtree(folder, ignore_errors=True)

    def keep(self, folder: Path, receipt: Receipt) -> Path:
        """Put a submission at its place, with its receipt, whole or not at all."""
        _write(folder / "receipt.json", json.dumps(asdict(receipt), indent=1))
        for path, folders, files in os.walk(folder):
            for name in files:
                os.chown(os.path.join(path, name), -1, self._graders)  # noqa: PTH118
                os.chmod(os.path.join(path, name), 0o640)  # noqa: PTH101, PTH118
            for name in (*folders, "."):
                self._share(Path(path, name))
        place = self._received / receipt.assignment / receipt.student
        for parent in (place.parent, place):
            parent.mkdir(exist_ok=True)
            self._share(parent)
        target = place / receipt.id
        folder.rename(target)
        _sync(place)
        return target

    def latest(self, assignment: str, slug: str) -> Receipt | None:
        """Return the receipt of the newest submission that was taken."""
        place = self._received / assignment / slug
        try:
            newest = max(entry.name for entry in place.iterdir())
        except (FileNotFoundError, ValueError):
            return None
        return Receipt(**json.loads((place / newest / "receipt.json").read_text("utf-8")))

    def give(self, receipt: Receipt, person: Student) -> None:
        """Show a receipt to the person whose submission it is about, and to nobody else."""
        if person.uid is None:
            return
        path = self._folder(person) / f"{receipt.assignment} {receipt.id}.json"
        _write(path, json.dumps(asdict(receipt), indent=1))
        os.chown(path, -1, person.uid)
        path.chmod(0o640)

    def tell(self, person: Student, told: dict[str, object], name: str = "deadlines.json") -> None:
        """Show a person what is theirs alone; nothing is written that is there already."""
        if person.uid is None:
            return
        path = self._receipts / person.slug / name
        text = json.dumps(told, indent=1, sort_keys=True)
        if _is(path, text):
            return
        self._folder(person)
        _write(path, text)
        os.chown(path, -1, person.uid)
        path.chmod(0o640)

    def tell_all(self, due: dict[str, str]) -> None:
        """Show the course when each assignment is due, without anybody's extension."""
        path = self._receipts / "deadlines.json"
        text = json.dumps(due, indent=1, sort_keys=True)
        if not _is(path, text):
            _write(path, text)
            path.chmod(0o644)

    def _folder(self, person: Student) -> Path:
        folder = self._receipts / person.slug
        folder.mkdir(exist_ok=True)
        os.chown(folder, 0 if os.geteuid() == 0 else -1, person.uid or 0)
        folder.chmod(0o750)
        return folder

    def forget_made_up(self, there: set[str]) -> None:
        """Remove what was shown to people who were made up and are gone (a rehearsal's)."""
        for folder in self._receipts.iterdir():
            if CHECK_NAME.fullmatch(folder.name) and folder.name not in there:
                shutil.rmtree(folder)

    def report(self, entry: dict[str, object]) -> None:
        """Tell staff of what was refused: a line of JSON."""
        path = self._received / "refused.jsonl"
        if path.exists() and path.stat().st_size > LONGEST_LOG:
            path.replace(path.with_suffix(".jsonl.1"))
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
        os.chown(path, -1, self._graders)
        path.chmod(0o640)

    def _share(self, folder: Path) -> None:
        os.chown(folder, -1, self._graders)
        folder.chmod(SUBMISSION_MODE)


def _is(path: Path, text: str) -> bool:
    return path.exists() and path.read_text("utf-8") == text


def _write(path: Path, text: str) -> None:
    new = path.with_name(f".{path.name}.new")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
