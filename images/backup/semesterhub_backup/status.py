"""The status file: what happened last, for people and programs."""

# ruff: noqa: N815 (the names are those of status.json, which JavaScript reads)

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from semesterhub_backup.lock import held, is_held
from semesterhub_backup.settings import Settings
from semesterhub_backup.summary import write_summary
from semesterhub_backup.times import iso, parse_iso

PATIENCE = 3  # intervals without a success
DRILL_DAYS = 31
# A course's first backup is followed by its first drill; this long it may take.
FIRST_DRILL_DAYS = 1
# Two clocks that differ by so much are one.
SKEW_SECONDS = 300
DAY_SECONDS = 86400


@dataclass
class Status:
    """What is kept, under status.json's names. Times are ISO."""

    target: str = ""
    # Since when backups are expected: so a new course is not ill before its first one.
    since: str = ""
    lastSuccess: str | None = None
    lastError: dict[str, str] | None = None
    lastRun: dict[str, Any] | None = None
    running: dict[str, str] | None = None
    nextRun: str | None = None
    # Trees that the last run could not read, and its lines about them and about single files.
    failed: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    problemCount: int = 0
    notes: list[str] = field(default_factory=list)
    firstSuccess: str | None = None
    lastDrill: dict[str, Any] | None = None
    lastDrillError: dict[str, str] | None = None
    lastPruned: str | None = None
    backups: int = 0
    oldest: str | None = None
    storedBytes: int | None = None


def status_file(settings: Settings) -> Path:
    """Tell where the status file is."""
    return settings.work / "status.json"


def lock_file(settings: Settings) -> Path:
    """Tell where the lock is that a backup or restore holds."""
    return settings.work / "lock"


def read_status(settings: Settings) -> Status:
    """Read it; an unreadable one is an empty one, since it is only a report.

    So is one that tells of another target: no backup is at this one yet, and the first is due.
    """
    try:
        known = json.loads(status_file(settings).read_text(encoding="utf-8"))
        names = Status.__dataclass_fields__
        status = Status(**{key: value for key, value in known.items() if key in names})
    except (OSError, ValueError, TypeError, AttributeError):
        status = Status()
    if status.target not in {"", settings.place}:
        status = Status(since=status.since)
    status.target = settings.place
    if not is_held(lock_file(settings)):
        status.running = None
    return status


def write_status(settings: Settings, status: Status) -> None:
    """Write it whole or not at all."""
    file = status_file(settings)
    new = file.with_name(f".{file.name}.new")
    new.write_text(json.dumps(asdict(status), indent=2) + "\n", encoding="utf-8")
    new.chmod(0o600)
    new.replace(file)
    write_well_until(settings, status, datetime.now(UTC))
    write_summary(settings, status)


@contextmanager
def updated_status(settings: Settings) -> Iterator[Status]:
    """Change the status: the loop, a run and its ticker do so at the same time."""
    with held(settings.work / "status.lock", lambda: None, poll=0.02):
        status = read_status(settings)
        yield status
        write_status(settings, status)


def age_seconds(text: str | None, now: datetime) -> int | None:
    """Age of an ISO time; one in the future is none: the clock was ahead when it was noted."""
    moment = parse_iso(text)
    if moment is None:
        return None
    age = int((now - moment).total_seconds())
    return None if age < -SKEW_SECONDS else max(0, age)


def well_until(status: Status, settings: Settings, now: datetime) -> int:
    """Tell until when backups count as going on, in seconds since 1970.

    That is three intervals after the last success, the service's start or, as now, a run's
    progress: a first backup may take longer than three intervals and must not be killed for it.
    """
    ages = [age_seconds(status.lastSuccess, now), age_seconds(status.since, now)]
    if status.running is not None:
        ages.append(0)
    youngest = min((age for age in ages if age is not None), default=None)
    if youngest is None:
        return 0
    return int(now.timestamp()) - youngest + PATIENCE * settings.every_seconds


def write_well_until(settings: Settings, status: Status, now: datetime) -> None:
    """Write it where `semesterhub-backup-health` reads it."""
    file = settings.work / "well-until"
    new = file.with_name(f".{file.name}.new")
    new.write_text(f"{well_until(status, settings, now)}\n", encoding="utf-8")
    new.replace(file)


def troubles(status: Status, settings: Settings, now: datetime) -> list[str]:
    """Say why backups are not well: no recent success, or no recent restore that was proved."""
    found = []
    age = age_seconds(status.lastSuccess, now)
    since = age_seconds(status.since, now)
    patience = PATIENCE * settings.every_seconds
    # A new course is not ill before its first backup is due.
    if age is None and (since is None or status.lastSuccess or since > patience):
        found.append("no backup has succeeded yet")
    elif age is not None and age > patience:
        found.append(f"the last success is older than {PATIENCE} intervals")
    drill = age_seconds((status.lastDrill or {}).get("at"), now)
    first = age_seconds(status.firstSuccess, now)
    is_new = drill is None and (first is None or first < FIRST_DRILL_DAYS * DAY_SECONDS)
    if status.lastDrillError is not None:
        found.append(f"the last restore drill failed: {status.lastDrillError['message']}")
    elif not is_new and (drill is None or drill > DRILL_DAYS * DAY_SECONDS):
        found.append("no restore was verified for a month: semesterhub-backup drill")
    return found


def report(status: Status, settings: Settings, now: datetime) -> dict[str, Any]:
    """Build what `status --json` prints."""
    known = asdict(status)
    known["lastSuccessAgeSeconds"] = age_seconds(status.lastSuccess, now)
    known["troubles"] = troubles(status, settings, now)
    known["healthy"] = not known["troubles"]
    return known


def as_text(known: dict[str, Any], now: datetime) -> str:
    """Say the same to a person."""
    ago = known["lastSuccessAgeSeconds"]
    last = "never" if ago is None else f"{known['lastSuccess']} ({ago // 60} min ago)"
    lines = [f"Target        {known['target']}", f"Last success  {last}"]
    if run := known["lastRun"]:
        lines.append(
            f"Last run      {run['seconds']} s, {run['homes']} homes, {run['sourceFiles']} files of"
            f" {megabytes(run['sourceBytes'])}, {run['changedFiles']} changed,"
            f" {megabytes(run['storedBytes'])} stored"
        )
    if error := known["lastError"]:
        lines.append(f"Last error    {error['at']}: {error['message']}")
    if drill := known["lastDrill"]:
        lines.append(
            f"Last drill    {drill['at']}: {drill['home']}, {drill['files']} files, as backed up"
        )
    lines += [f"Left out      {problem}" for problem in known["problems"]]
    if known["problemCount"] > len(known["problems"]):
        lines.append(f"Left out      {known['problemCount'] - len(known['problems'])} more")
    lines += [f"Note          {note}" for note in known["notes"]]
    if running := known["running"]:
        lines.append(
            f"Running       {running['what']} since {running['since']}: {running['progress']}"
        )
    lines.append(f"Next          {known['nextRun'] or 'after the loop has started'}")
    lines.append(
        f"Kept          {known['backups']} backups since {known['oldest'] or '-'},"
        f" {megabytes(known['storedBytes'])}"
    )
    lines.append(f"Health        {'; '.join(known['troubles']) or 'good'}")
    lines.append(f"Now           {iso(now)}")
    return "\n".join(lines)


def megabytes(size: int | None) -> str:
    """Write a size for people."""
    return "?" if size is None else f"{size / 1e6:,.1f} MB"
