"""Write the statistics of a term that never was: students with habits, two deadlines, bad days.

    python3 test/statistics/term.py FOLDER [--people 220] [--weeks 15] [--ends 2026-12-11T12:00]

FOLDER gets statistics.sqlite and deadlines.json. The rounds go through the service's own recorder,
so that the file is what a real term leaves. The same arguments make the same term.
"""

import argparse
import json
import math
import random
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "images" / "hub"))

from semesterhub_statistics import database
from semesterhub_statistics.names import People
from semesterhub_statistics.recorder import Recorder
from semesterhub_statistics.settings import Names
from semesterhub_statistics.sources import Machine

KEY = b"simulated" * 4
STEP = 300
GIB = 2**30
DEADLINE_WEEKS = (6, 12)
"""After so many weeks an assignment is due, on the Sunday night."""
# How likely somebody begins to work in an hour of a weekday, of a day at the weekend.
WEEKDAY = [*[0.1] * 7, 0.3, 1, 3, 4, 4, 2, 4, 5, 5, 4, 3, 4, 5, 4, 3, 1, 0.4]
WEEKEND = [*[0.1] * 9, 0.4, 1, 1.5, 1.5, 2, 2.5, 2.5, 2, 2, 2.5, 2.5, 2, 1, 0.6, 0.3]


@dataclass
class Student:
    """Somebody with habits."""

    name: str
    diligence: float
    until: int = 0
    """When they leave; 0: they are away."""
    started: int = 0
    active: int = 0


@dataclass
class Term:
    """A term that is being simulated."""

    people: int
    weeks: int
    ends: datetime
    chance: random.Random
    now: int = 0
    number: int = 0
    students: list[Student] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Enrol the students and set the deadlines."""
        begins = self.ends - timedelta(weeks=self.weeks)
        self.begins = int(begins.timestamp() // STEP * STEP)
        self.now = self.begins
        self.students = [
            Student(f"student-{number:04}", self.chance.lognormvariate(0, 0.5))
            for number in range(self.people)
        ]
        monday = begins - timedelta(days=begins.weekday())
        midnight = monday.replace(hour=23, minute=59, second=0, microsecond=0)
        self.deadlines = [
            int((midnight + timedelta(days=6, weeks=week - 1)).timestamp())
            for week in DEADLINE_WEEKS
            if week <= self.weeks
        ]

    def pressure(self) -> float:
        """Tell how much more is worked because a deadline comes."""
        left = [due - self.now for due in self.deadlines if due > self.now - 3600]
        days = min(left, default=10**9) / 86_400
        return 1 + 34 * math.exp(-max(days, 0) * 2.2)

    def step(self) -> dict[str, Any]:
        """Go on for five minutes; return what the hub would tell."""
        moment = datetime.fromtimestamp(self.now, UTC)
        table = WEEKEND if moment.weekday() > 4 else WEEKDAY
        hour = table[moment.hour] * self.pressure()
        starts = []
        for student in self.students:
            if student.until and self.now >= student.until:
                student.until = 0
            elif not student.until and self.chance.random() < 0.0006 * hour * student.diligence:
                starts.append(self._start(student))
            if student.until and self.chance.random() < 0.7:
                student.active = self.now
        on_line = [each for each in self.students if each.until]
        return {
            "people": {"students": self.people, "staff": 6},
            "servers": [
                {"user": each.name, "name": "", "started": each.started, "active": each.active}
                for each in on_line
            ],
            "starts": starts,
            "last": self.number,
            "machines": {"count": 4, "memoryBytes": self.people * GIB // 2},
            "reservedBytes": GIB // 4,
        }

    def _start(self, student: Student) -> dict[str, Any]:
        self.number += 1
        crowd = sum(1 for each in self.students if each.until) / self.people
        seconds = self.chance.lognormvariate(1.4, 0.35) * (1 + 2.5 * crowd**2)
        reason = self._failure(crowd)
        if not reason:
            student.started = student.active = self.now
            student.until = self.now + STEP * self.chance.randint(4, 40)
        return {
            "id": self.number,
            "user": student.name,
            "began": self.now - int(seconds),
            "waited": 0.0,
            "seconds": 120.0 if reason in {"timeout", "full"} else round(seconds, 2),
            "result": "failed" if reason else "ready",
            "reason": reason,
        }

    def _failure(self, crowd: float) -> str:
        bad_day = (self.now - self.begins) // 86_400 == 30
        if bad_day and self.chance.random() < 0.2:
            return "rejected"
        if crowd > 0.3 and self.chance.random() < 0.08:
            return "full"
        return "timeout" if self.chance.random() < 0.002 else ""

    def machine(self, running: int) -> Machine:
        """Tell what the machine with the files would have."""
        done = (self.now - self.begins) / (self.weeks * 7 * 86_400)
        return Machine(
            memory_used=int((3 + running * 0.02 + self.chance.random() * 0.2) * GIB),
            memory_total=16 * GIB,
            disk_used=int((20 + 160 * done**0.8 + self.chance.random()) * GIB),
            disk_total=400 * GIB,
        )


def rehearsal(began: int) -> dict[str, Any]:
    """Make a rehearsal that found a limit."""
    steps = range(0, 600, 10)
    change = "student.memoryReserved: 320M (now 384M) lets all start on these machines"
    return {
        "began": began,
        "students": 220,
        "minutes": 10,
        "people": 0,
        "started": 184,
        "refused": 36,
        "failed": 0,
        "submitted": 184,
        "start": {"p50": 6.1, "p95": 14.2, "most": 19.7},
        "limit": "places",
        "findings": [["36 of 220 found no machine with room", change]],
        "plot": {
            "time": [began + step for step in steps],
            "servers": [min(184, 2 * step) for step in steps],
            "cpu": [min(88, 12 + step) if step < 130 else 46 for step in steps],
            "memory": [min(81, 20 + step // 2) for step in steps],
        },
    }


def write(folder: Path, people: int, weeks: int, ends: datetime, names: Names = "names") -> None:
    """Simulate a term and record it."""
    folder.mkdir(parents=True, exist_ok=True)
    term = Term(people, weeks, ends, random.Random(people))  # noqa: S311 (no secret)
    live = database.open_to_write(folder / "statistics.sqlite")
    # Made again in a moment: nobody needs it to survive a crash.
    live.execute("PRAGMA synchronous=OFF")
    recorder = Recorder(
        live, People(names, KEY), 10_000, wall=lambda: term.now, steady=lambda: term.now
    )
    # A night without the hub: nothing is recorded.
    away = range(term.begins + 20 * 86_400, term.begins + 20 * 86_400 + 8 * 3600)
    while term.now < ends.timestamp():
        told = term.step()
        if term.now not in away:
            recorder.record(told, term.machine(len(told["servers"])))
        term.now += STEP
    recorder.record(
        {**term.step(), "rehearsals": [rehearsal(term.begins + 86_400)]}, term.machine(0)
    )
    live.close()
    due = {
        f"ps{number}": datetime.fromtimestamp(each, UTC).isoformat()
        for number, each in enumerate(term.deadlines, 1)
    }
    (folder / "deadlines.json").write_text(json.dumps(due), "utf-8")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=220)
    parser.add_argument("--weeks", type=int, default=15)
    parser.add_argument("--ends", default="2026-12-11T12:00", help="UTC")
    given = parser.parse_args()
    write(given.folder, given.people, given.weeks, datetime.fromisoformat(given.ends + "+00:00"))


if __name__ == "__main__":
    main()
