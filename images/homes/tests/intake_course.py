"""A storage tree with two students, as the intake finds it."""

import json
import os
from datetime import datetime
from pathlib import Path

from semesterhub_intake.intake import Intake
from semesterhub_intake.people import Student
from semesterhub_intake.settings import Limits, Settings

ADA, EVE = 20001, 20002


class Course:
    """A storage tree, two students, and a look when the test says so."""

    def __init__(self, storage: Path) -> None:
        self.settings = Settings(storage, "c1", Limits(bytes=1 << 20, files=20), 1, "UTC", 19998)
        self.inbound = self.settings.exchange / "inbound"
        for folder in ("inbound", "outbound/ps1", "feedback", "receipts"):
            (self.settings.exchange / folder).mkdir(parents=True)
        self.inbound.chmod(0o3773)
        (storage / "received").mkdir()
        (storage / "grading").mkdir()
        people = [
            Student("ada@uni.edu", "ada", ADA, ("lab-1",)),
            Student("eve@uni.edu", "eve", EVE, ()),
        ]
        self.people = people
        self.intake = Intake(self.settings, lambda: self.people)

    def hand_in(self, uid: int, name: str, files: dict[str, str], folder: str = "") -> Path:
        """Put a folder into inbound as nbgrader does."""
        made = self.inbound / (folder or f"{name}+ps1+2026-11-30 10:00:00.0 UTC+abc")
        made.mkdir()
        for path, text in files.items():
            (made / path).parent.mkdir(exist_ok=True)
            (made / path).write_text(text)
            os.chown(made / path, uid, uid)
            os.chown((made / path).parent, uid, uid)
        os.chown(made, uid, uid)
        made.chmod(0o777)
        return made

    def taken(self, slug: str) -> list[Path]:
        """List what the store has of a student."""
        return sorted((self.settings.received / "ps1" / slug).glob("*"))

    def receipts(self, slug: str) -> list[dict[str, object]]:
        """Read what a student is told."""
        found = sorted((self.settings.exchange / "receipts" / slug).glob("*.json"))
        return [json.loads(path.read_text()) for path in found]

    def refused(self) -> list[dict[str, str]]:
        """Read what staff are told."""
        path = self.settings.received / "refused.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    def deadline(self, due: datetime, late: str = "accept", **extensions: datetime) -> None:
        """Write what the grading service writes."""
        entry = {
            "due": due.isoformat(),
            "late": late,
            "extensions": {
                who.replace("at_", "@").replace("_", "-"): when.isoformat()
                for who, when in extensions.items()
            },
        }
        path = self.settings.storage / "grading" / "deadlines.json"
        path.write_text(json.dumps({"ps1": entry}))
