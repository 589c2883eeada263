"""Writes down once a minute what goes on: sessions, starts, and a sample for five minutes."""

import json
import logging
import sqlite3
import time
from collections.abc import Callable
from typing import Any

from semesterhub_statistics.database import ACTIVE_SECONDS, SAMPLE_SECONDS
from semesterhub_statistics.names import People
from semesterhub_statistics.sources import Machine

log = logging.getLogger("statistics")

ROUND_SECONDS = 60
AWAY_SECONDS = 5 * ROUND_SECONDS
"""After a longer pause a session that is gone counts as ended when it was last seen."""
DAY = 86_400
STEP_SECONDS = 300

Clock = Callable[[], float]


class WrongClockError(Exception):
    """The computer's clock is behind what was recorded when the database was made."""


class Recorder:
    """One database's writer. A round is one transaction: what fails changes nothing."""

    def __init__(
        self,
        database: sqlite3.Connection,
        people: People,
        keep_names_days: int,
        wall: Clock = time.time,
        steady: Clock = time.monotonic,
    ) -> None:
        """Take the database, how people are called, and for how many days."""
        self._database = database
        self._people = people
        self._keep = keep_names_days * DAY
        self._wall = wall
        self._steady = steady
        self._trusted_since: tuple[float, float] | None = None
        self._behind_since: tuple[float, float] | None = None
        self._created = int(self._remember("created", str(int(wall()))))

    def _remember(self, key: str, value: str) -> str:
        with self._database:
            self._database.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (key, value))
        return self._meta(key) or value

    def _meta(self, key: str) -> str | None:
        row = self._database.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row["value"])

    @property
    def last_start(self) -> int:
        """The number, at the hub, of the last start that is recorded."""
        return int(self._meta("last_start") or 0)

    def record(self, told: dict[str, Any], machine: Machine) -> None:
        """Write one round, whole or not at all."""
        now = int(self._wall())
        if now < self._created:
            self._created = self._first_day(now)
        with self._database:
            running = self._sessions(told["servers"], now)
            self._active(told["servers"], running, now)
            self._starts(told)
            self._sample(told, machine, now)
            self._rehearsals(told)
            self._forget(now)
            for key, number in {**told["people"], "round": now}.items():
                self._set(key, number)

    def _first_day(self, now: int) -> int:
        """Raise WrongClockError, until the clock has been steady for a day.

        Then it was ahead when the database was made, and is not behind now.
        """
        steady = self._steady()
        wall_then, steady_then = self._behind_since or (now, steady)
        if abs((now - wall_then) - (steady - steady_then)) > STEP_SECONDS:
            wall_then, steady_then = now, steady
        self._behind_since = (wall_then, steady_then)
        if steady - steady_then < DAY:
            raise WrongClockError("the clock is behind the database's first day")
        log.warning("The clock was ahead when the database was made; its first day is today")
        with self._database:
            self._set("created", now)
        return now

    def _set(self, key: str, value: object) -> None:
        self._database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, str(value)))

    def _sessions(self, servers: list[dict[str, Any]], now: int) -> dict[str, int]:
        """Extend the sessions that go on, end the others; return the people by their names."""
        execute = self._database.execute
        numbers = {
            name: self._people.identify(self._database, name)
            for name in {each["user"] for each in servers}
        }
        going_on = [
            execute(
                "INSERT INTO session (person, server, started, seen) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (person, server, started)"
                " DO UPDATE SET seen = excluded.seen, ended = NULL RETURNING id",
                (numbers[each["user"]], each["name"], each["started"], now),
            ).fetchone()["id"]
            for each in servers
            if each["started"] is not None
        ]
        execute(
            "UPDATE session SET ended = max(started, iif(? - seen > ?, seen, ?))"
            " WHERE ended IS NULL AND id NOT IN (SELECT value FROM json_each(?))",
            (now, AWAY_SECONDS, now, json.dumps(going_on)),
        )
        return numbers

    def _active(self, servers: list[dict[str, Any]], numbers: dict[str, int], now: int) -> None:
        for each in servers:
            if each["active"] is None or now - each["active"] > ACTIVE_SECONDS:
                continue
            person = numbers[each["user"]]
            extended = self._database.execute(
                "UPDATE active SET ended = max(ended, ?) WHERE person = ? AND began ="
                " (SELECT max(began) FROM active WHERE person = ? AND began <= ?) AND ended >= ?",
                (now, person, person, now, now - AWAY_SECONDS),
            )
            if extended.rowcount == 0:
                self._database.execute(
                    "INSERT OR IGNORE INTO active VALUES (?, ?, ?)", (person, now, now)
                )

    def _starts(self, told: dict[str, Any]) -> None:
        for each in told["starts"]:
            person = self._people.identify(self._database, each["user"])
            row = [each[key] for key in ("began", "waited", "seconds", "result", "reason")]
            self._database.execute(
                "INSERT OR IGNORE INTO start (person, began, waited, seconds, result, reason)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (person, *row),
            )
        # The hub has another database than before where its number is smaller: all is read again.
        last = told["last"]
        self._set("last_start", last if last >= self.last_start else 0)

    def _rehearsals(self, told: dict[str, Any]) -> None:
        """Keep what came of rehearsals apart from what people did."""
        # A hub that is older than this service tells of none.
        for each in told.get("rehearsals", ()):
            names = ("began", "students", "minutes", "started", "refused", "failed", "submitted")
            row = [*(each[name] for name in names), each["start"]["most"], each["limit"]]
            self._database.execute(
                "INSERT OR IGNORE INTO rehearsal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [*row, json.dumps(each)],
            )

    def _sample(self, told: dict[str, Any], machine: Machine, now: int) -> None:
        """Keep the largest numbers of five minutes."""
        machines = told["machines"] or {"count": None, "memoryBytes": None}
        # people, however many servers each of them has
        running = {each["user"] for each in told["servers"]}
        active = {
            each["user"]
            for each in told["servers"]
            if each["active"] is not None and now - each["active"] <= ACTIVE_SECONDS
        }
        row = {
            "time": now - now % SAMPLE_SECONDS,
            "running": len(running),
            "active": len(active),
            "machines": machines["count"],
            "memory_machines": machines["memoryBytes"],
            "memory_promised": len(told["servers"]) * told["reservedBytes"],
            "memory_used": machine.memory_used,
            "memory_total": machine.memory_total,
            "disk_used": machine.disk_used,
            "disk_total": machine.disk_total,
        }
        columns = list(row)
        largest = ", ".join(
            f"{name} = max(coalesce({name}, excluded.{name}), coalesce(excluded.{name}, {name}))"
            for name in columns[1:]
        )
        self._database.execute(
            f"INSERT INTO sample ({', '.join(columns)}) VALUES ({', '.join('?' for _ in columns)})"  # noqa: S608 (our own words)
            f" ON CONFLICT (time) DO UPDATE SET {largest}",
            list(row.values()),
        )

    def _forget(self, now: int) -> None:
        """Take the names off old records.

        Only when the clock has gone on steadily for a day: one that is set to next year, and back,
        must not cost this year's records.
        """
        steady = self._steady()
        if self._trusted_since is not None:
            wall_then, steady_then = self._trusted_since
            if abs((now - wall_then) - (steady - steady_then)) > STEP_SECONDS:
                log.warning("The clock was set; names are kept for a day more")
                self._trusted_since = None
        if self._trusted_since is None:
            self._trusted_since = (now, steady)
        if steady - self._trusted_since[1] < DAY:
            return
        self._trusted_since = (now, steady)
        limit = now - self._keep
        execute = self._database.execute
        execute("DELETE FROM active WHERE ended < ?", (limit,))
        execute("UPDATE session SET person = NULL WHERE ended < ?", (limit,))
        execute("UPDATE start SET person = NULL WHERE began < ?", (limit,))
        execute(
            "DELETE FROM person WHERE id NOT IN (SELECT person FROM session WHERE person NOTNULL"
            " UNION SELECT person FROM start WHERE person NOTNULL UNION SELECT person FROM active)"
        )
