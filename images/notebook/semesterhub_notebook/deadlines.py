"""Deadlines and receipts in nbgrader's Assignment List, which has no place for either.

Its panel shows the course's name beside each assignment: there it says until when, and what became
of the last submission. What the panel sends back is freed of that again.
"""

import functools
import json
import math
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

RECEIPTS = Path("/srv/nbgrader/exchange")
MARK = " \N{MIDDLE DOT} "


def folder(course: str, slug: str, root: Path = RECEIPTS) -> Path:
    """Where the course's intake leaves what is for one student alone."""
    return root / course / "receipts" / slug


def plain(course_id: str) -> str:
    """Give the course's name as nbgrader has it."""
    return course_id.partition(MARK)[0]


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _local(instant: str, zone: ZoneInfo) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(zone):%Y-%m-%d %H:%M}"


def due(receipts: Path, assignment: str) -> str:
    """Say until when an assignment may be handed in."""
    told = _read(receipts / "deadlines.json")
    entry = told.get("assignments", {}).get(assignment)
    if not entry:
        return ""
    closes = ", then closed" if entry["closes"] else ""
    return f"due {_local(entry['due'], ZoneInfo(told['zone']))}{closes}"


def received(receipts: Path, assignment: str) -> str:
    """Say what became of the newest submission."""
    zone = ZoneInfo(_read(receipts / "deadlines.json").get("zone", "UTC"))
    names = sorted(receipts.glob(f"{assignment} *.json"))
    newest = _read(names[-1]) if names else {}
    if not newest:
        return "not received yet"
    if not newest["accepted"]:
        return f"REFUSED: {newest['reason']}"
    late = f", {_span(newest['late_seconds'])} late" if newest["late_seconds"] else ""
    ran = tried(receipts, assignment, newest.get("id"))
    return f"received {_local(newest['received'], zone)}{late}, {newest['digest'][:8]}{ran}"


def _span(seconds: float) -> str:
    """Say a time in the unit that people would choose; a begun minute counts."""
    minutes = math.ceil(seconds / 60)
    for unit, length in (("days", 24 * 60), ("hours", 60)):
        if minutes >= 2 * length:
            return f"{minutes // length} {unit}"
    return f"{minutes} min"


def tried(receipts: Path, assignment: str, submission: str | None) -> str:
    """Say how a submission ran, where the course tries them and has tried this one."""
    trial = _read(receipts / "trials.json").get(assignment)
    if not trial or trial["id"] != submission:
        return ""
    if trial["problem"]:
        return f"; NOT RUN: {trial['problem']}"
    return f"; ran: {trial['well']} of {trial['cells']} cells without error"


def install(manager: type[Any], receipts: Path) -> None:
    """Add both to what the panel asks of the server extension's manager."""
    listed = manager.list_assignments

    def list_assignments(self: Any, course_id: str | None = None) -> dict[str, Any]:  # noqa: ANN401
        answer: dict[str, Any] = listed(self, course_id=plain(course_id or "") or None)
        if answer.get("success"):
            for entry in answer["value"]:
                say = received if entry["status"] == "submitted" else due
                if text := say(receipts, entry["assignment_id"]):
                    entry["course_id"] = f"{entry['course_id']}{MARK}{text}"
        return answer

    manager.list_assignments = list_assignments
    for name in ("fetch_assignment", "fetch_feedback", "submit_assignment"):
        setattr(manager, name, _freed(getattr(manager, name)))


def _freed(method: Any) -> Any:  # noqa: ANN401 (a method of nbgrader's)
    @functools.wraps(method)
    def with_plain(self: Any, course_id: str, assignment_id: str) -> Any:  # noqa: ANN401
        return method(self, plain(course_id), assignment_id)

    return with_plain
