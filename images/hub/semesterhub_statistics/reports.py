"""What the pages show, read from the database: the whole course's, or one person's."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any

from semesterhub_statistics import database, series
from semesterhub_statistics.deadlines import read_deadlines
from semesterhub_statistics.settings import Places, Settings

TABLES = {
    "samples": "SELECT * FROM sample WHERE time <= :until ORDER BY time",
    "starts": "SELECT began, name AS person, waited, seconds, result, reason FROM start"
    " LEFT JOIN person ON person.id = person WHERE began <= :until ORDER BY began",
    "sessions": "SELECT name AS person, server, started, coalesce(ended, seen) AS ended"
    " FROM session LEFT JOIN person ON person.id = person WHERE started <= :until"
    " ORDER BY started",
    "people": "SELECT name AS person, (SELECT count(*) FROM session WHERE person = person.id)"
    " AS sessions, (SELECT round(sum(coalesce(ended, seen) - started) / 3600.0, 2) FROM session"
    " WHERE person = person.id) AS hours_on_line, (SELECT round(sum(ended - began) / 3600.0, 2)"
    " FROM active WHERE person = person.id) AS hours_active, (SELECT max(seen) FROM session"
    " WHERE person = person.id) AS last_seen FROM person ORDER BY name",
    "rehearsals": "SELECT began, students, minutes, servers, refused, failed, submitted,"
    " slowest_start, reached FROM rehearsal WHERE began <= :until ORDER BY began",
}
TIMES = {"time", "began", "started", "ended", "last_seen"}
"""Columns that are moments."""
FRESH_SECONDS = 60
REHEARSALS_SHOWN = 10


class Reports:
    """Reads; what is the same for all staff is made once a minute."""

    def __init__(self, settings: Settings, places: Places) -> None:
        """Take the settings and where the database is."""
        self._settings = settings
        self._places = places
        self._lock = threading.Lock()
        self._made: tuple[float, dict[str, Any]] | None = None

    def course(self) -> dict[str, Any]:
        """Return the whole term."""
        with self._lock:
            if self._made is None or time.monotonic() - self._made[0] > FRESH_SECONDS:
                self._made = (time.monotonic(), self._course())
            return self._made[1]

    def _course(self) -> dict[str, Any]:
        with closing(database.open_to_read(self._places.database)) as db:
            until = {"until": int(time.time()) + series.AHEAD_SECONDS}
            samples = db.execute(TABLES["samples"], until).fetchall()
            starts = db.execute(TABLES["starts"], until).fetchall()
            reports = [
                json.loads(row["report"])
                for row in db.execute(
                    "SELECT report FROM rehearsal WHERE began <= :until"
                    " ORDER BY began DESC LIMIT :most",
                    {**until, "most": REHEARSALS_SHOWN},
                )
            ]
            meta = dict(db.execute("SELECT key, value FROM meta").fetchall())
        days = series.Days(self._settings.zone)
        online_by_day = series.by_day(samples, days)
        starts_by_day = series.starts_by_day(starts, days)
        nights = {
            name: series.night(samples, starts, due)
            for name, due in read_deadlines(self._places.deadlines).items()
        }
        return {
            "students": int(meta.get("students", 0)),
            "staff": int(meta.get("staff", 0)),
            "round": int(meta.get("round", 0)),
            "now": samples[-1] if samples else None,
            "days": online_by_day,
            "heat": series.heat(samples, days),
            "starts": starts_by_day,
            "reasons": series.reasons(starts),
            "rehearsals": reports,
            "nights": {name: night for name, night in nights.items() if night["hours"]},
            "plots": {
                "online": series.online(samples),
                "machines": series.machines(samples),
                "starts": self._plotted(starts_by_day),
                "rehearsal": reports[0]["plot"] if reports else None,
                "nights": {
                    name: {key: night[key] for key in ("due", "time", "running", "active")}
                    for name, night in nights.items()
                },
            },
        }

    def _plotted(self, rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
        """Give each row its day's noon, and a row to each day without one."""
        if not rows:
            return {"time": [], "ready": [], "failed": [], "p50": [], "p95": []}
        known = {row["day"]: row for row in rows}
        span = (rows[-1]["day"] - rows[0]["day"]).days
        all_days = [rows[0]["day"] + timedelta(days=number) for number in range(span + 1)]
        columns: dict[str, list[Any]] = {"time": [self._noon(day) for day in all_days]}
        for name in ("ready", "failed"):
            columns[name] = [known[day][name] if day in known else 0 for day in all_days]
        for name in ("p50", "p95"):
            columns[name] = [known[day][name] if day in known else None for day in all_days]
        return columns

    def _noon(self, day: date) -> int:
        return int(
            datetime(day.year, day.month, day.day, 12, tzinfo=self._settings.zone).timestamp()
        )

    def person(self, recorded: str) -> dict[str, Any]:
        """Return one person's sessions, the newest first, and hours of each week."""
        with closing(database.open_to_read(self._places.database)) as db:
            sessions = db.execute(
                "SELECT started, coalesce(ended, seen) AS ended, ended IS NULL AS runs"
                " FROM session JOIN person ON person.id = person WHERE name = ?"
                " ORDER BY started DESC",
                (recorded,),
            ).fetchall()
            active = db.execute(
                "SELECT began AS started, active.ended FROM active"
                " JOIN person ON person.id = person WHERE name = ?",
                (recorded,),
            ).fetchall()
        weeks: dict[date, dict[str, float]] = {}
        for kind, rows in (("on_line", sessions), ("active", active)):
            for row in rows:
                local = datetime.fromtimestamp(row["started"], self._settings.zone).date()
                monday = local - timedelta(days=local.weekday())
                week = weeks.setdefault(monday, {"on_line": 0.0, "active": 0.0})
                week[kind] += (row["ended"] - row["started"]) / series.HOUR
        ordered = sorted(weeks.items())
        return {
            "sessions": sessions,
            "weeks": ordered,
            "plots": {
                "mine": {
                    "time": [self._noon(day) for day, _ in ordered],
                    "on_line": [round(week["on_line"], 2) for _, week in ordered],
                    "active": [round(week["active"], 2) for _, week in ordered],
                }
            },
        }

    def mine(self, recorded: str) -> Iterator[list[Any]]:
        """Return one person's sessions for CSV."""
        with closing(database.open_to_read(self._places.database)) as db:
            found = db.execute(
                "SELECT started, coalesce(ended, seen) AS ended FROM session"
                " JOIN person ON person.id = person WHERE name = ? ORDER BY started",
                (recorded,),
            )
            yield from written(found)

    def table(self, name: str) -> Iterator[list[Any]]:
        """Return a table's head and rows for CSV; moments in UTC, as ISO 8601 has them."""
        with closing(database.open_to_read(self._places.database)) as db:
            found = db.execute(TABLES[name], {"until": int(time.time()) + series.AHEAD_SECONDS})
            yield from written(found)


def written(found: sqlite3.Cursor) -> Iterator[list[Any]]:
    """Write a query's head and rows."""
    head = [column[0] for column in found.description]
    yield head
    for row in found:
        yield [
            iso(value) if name in TIMES else harmless(value)
            for name, value in zip(head, row, strict=True)
        ]


def iso(seconds: int | None) -> str:
    """Write a moment."""
    return "" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def harmless(value: object) -> object:
    """Return what no spreadsheet takes for a formula."""
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{value}"
    return value
