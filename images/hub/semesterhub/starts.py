"""Starts of servers, kept in the hub's database until the statistics service has read them."""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from jupyterhub import orm
from jupyterhub.spawner import SpawnException
from sqlalchemy import DateTime, Float, Integer, String
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

log = logging.getLogger("semesterhub.starts")

KEPT = 20_000
"""Rows: days of a large class, for a statistics service that is away so long."""
READY, FAILED, CANCELLED = "ready", "failed", "cancelled"


class Start(orm.Base):
    """One start of a server, that succeeded or not."""

    __tablename__ = "semesterhub_starts"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    username: Mapped[str] = mapped_column(String(255))
    began: Mapped[datetime] = mapped_column(DateTime)
    waited: Mapped[float] = mapped_column(Float)
    """Seconds in line, before the start's turn came."""
    seconds: Mapped[float] = mapped_column(Float)
    """Seconds altogether, as the person saw it."""
    result: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(40))
    """The reason of a failure, one word; empty for other results."""


class Stopwatch:
    """Times one start."""

    def __init__(self) -> None:
        self.began = datetime.now(UTC).replace(tzinfo=None)
        self._clock = time.monotonic()
        self.waited = 0.0
        self.waits_for_room = False
        """Whether the last that Swarm said was that no machine has room."""

    def turn(self) -> None:
        """Note that the start's turn has come."""
        self.waited = self.seconds()

    def seconds(self) -> float:
        """Return the seconds since the start began."""
        return time.monotonic() - self._clock


@contextmanager
def recorded(db: Session, username: str) -> Iterator[Stopwatch]:
    """Record what comes of a start. A database that can't take the record fails no start."""
    watch = Stopwatch()
    result, reason = FAILED, "error"
    try:
        yield watch
        result, reason = READY, ""
    except SpawnException as error:
        reason = "full" if watch.waits_for_room else (error.reason or reason)
        raise
    except asyncio.CancelledError:
        result, reason = CANCELLED, ""
        raise
    finally:
        _record(db, username, watch, result, reason)


def _record(db: Session, username: str, watch: Stopwatch, result: str, reason: str) -> None:
    row = Start(
        username=username,
        began=watch.began,
        waited=watch.waited,
        seconds=watch.seconds(),
        result=result,
        reason=reason[:40],
    )
    try:
        db.add(row)
        db.commit()
        db.query(Start).filter(Start.id <= row.id - KEPT).delete()
        db.commit()
    except SQLAlchemyError:
        db.rollback()
        log.exception("A start is missing in the statistics")


def after(db: Session, last: int, most: int) -> list[Start]:
    """Return the oldest starts that came after one, by its number."""
    return list(db.query(Start).filter(Start.id > last).order_by(Start.id).limit(most))


def newest(db: Session) -> int:
    """Return the number of the newest start; 0 if there is none."""
    row = db.query(Start.id).order_by(Start.id.desc()).first()
    return int(row[0]) if row else 0
