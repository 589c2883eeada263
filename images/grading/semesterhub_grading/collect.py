"""`collect`, which takes submissions from the intake's store instead of the exchange."""

import json
import os
import re
import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.exchange.default import ExchangeCollect
from traitlets import Unicode

STAMP = "%Y-%m-%d %H:%M:%S.%f UTC"
SECRET = re.compile(r"[0-9a-f]{32,256}")


@dataclass(frozen=True)
class Received:
    """One submission in the store."""

    student: str
    folder: Path
    time: datetime
    late_seconds: int
    digest: str = ""


def submissions(received: Path, assignment: str, student: str = "*") -> list[Received]:
    """Return all submissions of an assignment, oldest first."""
    found = []
    for folder in sorted((received / assignment).glob(f"{student}/*")):
        try:
            receipt = json.loads((folder / "receipt.json").read_text("utf-8"))
        except FileNotFoundError:
            continue
        found.append(
            Received(
                student=receipt["student"],
                folder=folder,
                time=datetime.fromisoformat(receipt["received"]).astimezone(UTC),
                late_seconds=receipt["late_seconds"],
                digest=receipt["digest"],
            )
        )
    return sorted(found, key=lambda one: one.time)


class StoreCollect(ExchangeCollect):
    """Who a submission is from and when it came is what the intake saw."""

    received = Unicode("/srv/received", help="The intake's store.").tag(config=True)

    def init_src(self) -> None:
        """Choose each student's newest submission, before the deadline where that is wanted."""
        student = self.coursedir.student_id or "*"
        chosen: dict[str, Received] = {}
        for one in submissions(Path(self.received), self.coursedir.assignment_id, student):
            known = chosen.get(one.student)
            if self.before_duedate and known and one.late_seconds and not known.late_seconds:
                continue
            chosen[one.student] = one
        self.src_records = list(chosen.values())

    def copy_files(self) -> None:
        """Copy what is new, whole or not at all."""
        assignment = self.coursedir.assignment_id
        self.log.info("%d submissions of %s in the store", len(self.src_records), assignment)
        for one in self.src_records:
            place = self.coursedir.format_path(
                self.coursedir.submitted_directory, one.student, assignment
            )
            target = Path(place)
            stamp = one.time.strftime(STAMP)
            if target.is_dir():
                have = target / "timestamp.txt"
                if have.is_file() and have.read_text("utf-8") == stamp:
                    self.log.info("Nothing newer of %s", one.student)
                    continue
                if not self.update and not self.before_duedate:
                    self.log.info("%s is collected already; --update takes the newer", one.student)
                    continue
            self.log.info("Collecting %s of %s", assignment, one.student)
            target.parent.mkdir(parents=True, exist_ok=True)
            self._share(target.parent)
            new = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
            shutil.copytree(one.folder / "files", new)
            (new / "timestamp.txt").write_text(stamp, "utf-8")
            self._keep_secret(new / "submission_secret.txt")
            self._share(new)
            if target.exists():
                shutil.rmtree(target)
            new.rename(target)

    def _keep_secret(self, path: Path) -> None:
        """Feedback is found by its hash; one student's missing one must not stop all others'."""
        try:
            good = SECRET.fullmatch(path.read_text("utf-8")) is not None
        except (OSError, ValueError):
            good = False
        if not good:
            path.unlink(missing_ok=True)
            path.write_text(secrets.token_hex(64), "utf-8")

    def _share(self, folder: Path) -> None:
        """Let all who grade in, whatever the store's modes were."""
        ours = folder.name.startswith(".")
        for path in (folder, *folder.rglob("*")) if ours else (folder,):
            if path.stat().st_uid == os.geteuid():
                path.chmod(0o2770 if path.is_dir() else 0o660)
