"""Sums over the samples and starts: what the plots and their tables show."""

import math
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from semesterhub_statistics.database import SAMPLE_SECONDS

HOUR, DAY = 3600, 86_400
NIGHT_BEFORE, NIGHT_AFTER = 24 * HOUR, 2 * HOUR
AHEAD_SECONDS = 600
"""Rows of a clock that was ahead are not shown before their time."""
REASONS = {
    "full": "the machines were full",
    "timeout": "not ready in time",
    "homes": "the home folder could not be opened",
    "rejected": "the machine refused it",
    "failed": "the server ended while it started",
    "complete": "the server ended while it started",
    "refused": "Swarm refused it",
    "options": "wrong options",
}
Rows = Sequence[sqlite3.Row]


@dataclass
class Largest:
    """The largest of several numbers, under a key each."""

    found: dict[Any, dict[str, int]] = field(default_factory=dict)

    def take(self, key: Any, row: sqlite3.Row, names: Iterable[str]) -> None:  # noqa: ANN401 (any key)
        """Take a row's numbers; one that is not known is left out."""
        known = self.found.setdefault(key, {})
        for name in names:
            if row[name] is not None:
                known[name] = max(known.get(name, 0), row[name])


class Days:
    """Days, weeks and hours by the course's clock. Remembers what it was asked."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._known: dict[int, tuple[date, int]] = {}

    def day_and_hour(self, time: int) -> tuple[date, int]:
        """Return the day and the hour of a moment."""
        quarter = time - time % 900  # what zones' offsets are multiples of
        if quarter not in self._known:
            local = datetime.fromtimestamp(quarter, self._zone)
            self._known[quarter] = (local.date(), local.hour)
        return self._known[quarter]


def online(rows: Rows) -> dict[str, list[Any]]:
    """Return the largest numbers of each hour; None where nothing was recorded."""
    names = ("running", "active")
    hours = Largest()
    for row in rows:
        hours.take(row["time"] // HOUR, row, names)
    return _columns(hours.found, names, HOUR)


def machines(rows: Rows) -> dict[str, list[Any]]:
    """Return memory and disk, in bytes, of each hour."""
    names = (
        *("memory_used", "memory_total", "memory_promised", "memory_machines"),
        *("disk_used", "disk_total"),
    )
    hours = Largest()
    for row in rows:
        hours.take(row["time"] // HOUR, row, names)
    return _columns(hours.found, names, HOUR)


def _columns(
    found: dict[int, dict[str, int]], names: Iterable[str], seconds: int
) -> dict[str, list[Any]]:
    if not found:
        return {"time": [], **{name: [] for name in names}}
    steps = range(min(found), max(found) + 1)
    nothing: dict[str, int] = {}
    return {
        "time": [step * seconds for step in steps],
        **{name: [found.get(step, nothing).get(name) for step in steps] for name in names},
    }


def by_day(rows: Rows, days: Days) -> list[dict[str, Any]]:
    """Return each day's largest numbers, for the tables."""
    names = ("running", "active", "memory_used", "memory_total", "disk_used", "disk_total")
    names = (*names, "memory_promised", "memory_machines")
    largest = Largest()
    for row in rows:
        largest.take(days.day_and_hour(row["time"])[0], row, names)
    return [{"day": day, **numbers} for day, numbers in sorted(largest.found.items())]


@dataclass(frozen=True)
class Heat:
    """The largest number of people on line in each hour of each week."""

    weeks: list[tuple[date, list[int | None]]]
    """Each week's Monday, and its 24 hours."""
    most: int

    def shade(self, number: int | None) -> int:
        """Return how dark a number is, from 0 to 9."""
        if not number or not self.most:
            return 0
        return max(1, math.ceil(9 * number / self.most))


def heat(rows: Rows, days: Days) -> Heat:
    """Sum up weeks and hours."""
    cells: dict[date, list[int | None]] = {}
    for row in rows:
        day, hour = days.day_and_hour(row["time"])
        week = cells.setdefault(day - timedelta(days=day.weekday()), [None] * 24)
        week[hour] = max(week[hour] or 0, row["running"])
    most = max((number or 0 for week in cells.values() for number in week), default=0)
    return Heat(sorted(cells.items()), most)


def starts_by_day(rows: Rows, days: Days) -> list[dict[str, Any]]:
    """Return each day's starts: how many, how long, how many failed."""
    times: dict[date, list[float]] = {}
    failed: dict[date, int] = {}
    for row in rows:
        day = days.day_and_hour(row["began"])[0]
        if row["result"] == "ready":
            times.setdefault(day, []).append(row["seconds"])
        elif row["result"] == "failed":
            failed[day] = failed.get(day, 0) + 1
    return [
        {
            "day": day,
            "ready": len(times.get(day, [])),
            "p50": percentile(times.get(day, []), 50),
            "p95": percentile(times.get(day, []), 95),
            "failed": failed.get(day, 0),
        }
        for day in sorted({*times, *failed})
    ]


def percentile(values: Sequence[float], percent: int) -> float | None:
    """Return the value that so many per cent do not exceed; None of nothing."""
    if not values:
        return None
    return round(sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)], 1)


def reasons(rows: Rows) -> list[dict[str, Any]]:
    """Return why starts failed, the most frequent first, and when it happened last."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["result"] != "failed":
            continue
        words = REASONS.get(row["reason"], row["reason"])
        entry = found.setdefault(words, {"reason": words, "count": 0, "last": 0})
        entry["count"] += 1
        entry["last"] = max(entry["last"], row["began"])
    return sorted(found.values(), key=lambda each: -each["count"])


def night(samples: Rows, starts: Rows, due: int) -> dict[str, Any]:
    """Return the day before a deadline and what came just after, in steps of five minutes."""
    first, last = due - NIGHT_BEFORE, due + NIGHT_AFTER
    steps = range(first - first % SAMPLE_SECONDS, last, SAMPLE_SECONDS)
    found = {row["time"]: row for row in samples if first - SAMPLE_SECONDS < row["time"] < last}
    near = [row for row in starts if first <= row["began"] < last]
    hours = []
    for hour in range(first, last, HOUR):
        inside = [row for time, row in found.items() if hour <= time < hour + HOUR]
        begun = [row for row in near if hour <= row["began"] < hour + HOUR]
        hours.append(
            {
                "hour": hour,
                "running": max((row["running"] for row in inside), default=None),
                "active": max((row["active"] for row in inside), default=None),
                "starts": sum(row["result"] == "ready" for row in begun),
                "failed": sum(row["result"] == "failed" for row in begun),
            }
        )
    return {
        "due": due,
        "time": list(steps),
        "running": [found[step]["running"] if step in found else None for step in steps],
        "active": [found[step]["active"] if step in found else None for step in steps],
        "hours": hours if found else [],
    }
