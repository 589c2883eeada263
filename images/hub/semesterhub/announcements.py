"""What staff announce: one text, on the hub's pages and in people's servers, until it ends.

It is text and never HTML. The hub's database keeps it; pages read it from memory.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jupyterhub import orm
from jupyterhub.apihandlers.base import APIHandler
from sqlalchemy import DateTime, Integer, String
from sqlalchemy.orm import Mapped, Session, mapped_column
from tornado.web import HTTPError

from semesterhub.roles import STAFF_SCOPE

LONGEST = 500
LONGEST_DAYS = 366


class Row(orm.Base):
    """The announcement, in the database."""

    __tablename__ = "semesterhub_announcement"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    text: Mapped[str] = mapped_column(String(LONGEST))
    ends: Mapped[datetime | None] = mapped_column(DateTime)


@dataclass(frozen=True)
class Announcement:
    """A text, and when it ends."""

    text: str
    ends: datetime | None = None

    @property
    def id(self) -> str:
        """Tell it from another one: who has read this one need not see it again."""
        return hashlib.sha256(f"{self.text}\0{self.ends}".encode()).hexdigest()[:16]

    def model(self) -> dict[str, Any]:
        """Write it for programs."""
        ends = self.ends and self.ends.strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"id": self.id, "text": self.text, "ends": ends}


class Board:
    """The place where the announcement hangs."""

    def __init__(self) -> None:
        self._kept: Announcement | None = None

    def load(self, db: Session) -> None:
        """Read what the database kept over a restart."""
        row = db.query(Row).first()
        self._kept = (
            Announcement(row.text, row.ends and row.ends.replace(tzinfo=UTC)) if row else None
        )

    def current(self) -> Announcement | None:
        """Give the announcement, unless there is none or it has ended."""
        kept = self._kept
        if kept is None or (kept.ends is not None and kept.ends <= datetime.now(UTC)):
            return None
        return kept

    def put(self, db: Session, announcement: Announcement | None) -> None:
        """Announce it in the place of an earlier one; None: take that down."""
        db.query(Row).delete()
        if announcement:
            ends = announcement.ends and announcement.ends.replace(tzinfo=None)
            db.add(Row(id=1, text=announcement.text, ends=ends))
        db.commit()
        self._kept = announcement


BOARD = Board()


def read_text(text: str) -> str:
    """Return the text of an announcement; raise HTTPError for what can't be one."""
    text = "\n".join(line.strip() for line in text.strip().splitlines())
    if not text:
        raise HTTPError(400, "The announcement is empty. Write a text, or take the old one down.")
    if len(text) > LONGEST:
        raise HTTPError(
            400, f"The announcement has {len(text)} letters; at most {LONGEST} are shown."
        )
    if not all(letter.isprintable() or letter == "\n" for letter in text):
        raise HTTPError(400, "The announcement has a control character in it. Type it anew.")
    return text


def read_end(text: str) -> datetime:
    """Return when an announcement ends, written with its zone; raise HTTPError otherwise."""
    try:
        ends = datetime.fromisoformat(text)
    except ValueError:
        ends = None
    if ends is None or ends.tzinfo is None:
        raise HTTPError(400, "until must be a time with its zone, as 2026-12-01T18:00+01:00")
    days = (ends - datetime.now(UTC)).total_seconds() / 86_400
    if not 0 < days <= LONGEST_DAYS:
        raise HTTPError(400, f"until must be a time from now to {LONGEST_DAYS} days on")
    return ends.astimezone(UTC).replace(microsecond=0)


class AnnouncementHandler(APIHandler):
    """The announcement for programs: `npm run announce`."""

    def _check(self) -> None:
        if self.current_user is None or STAFF_SCOPE not in self.expanded_scopes:
            raise HTTPError(403, "Only the course's staff announce.")

    def get(self) -> None:
        """Show it."""
        self._check()
        self._answer()

    def post(self) -> None:
        """Announce `text`, for good or `until` a time."""
        self._check()
        body = self.get_json_body()
        if not isinstance(body, dict) or not isinstance(body.get("text"), str):
            raise HTTPError(400, "The body must be an object with a text")
        until = body.get("until")
        if until is not None and not isinstance(until, str):
            raise HTTPError(400, "until must be a time with its zone, as 2026-12-01T18:00+01:00")
        ends = None if until is None else read_end(until)
        BOARD.put(self.db, Announcement(read_text(body["text"]), ends))
        self.log.info("%s announced something", self.current_user.name)
        self._answer()

    def delete(self) -> None:
        """Take it down."""
        self._check()
        BOARD.put(self.db, None)
        self.log.info("%s took the announcement down", self.current_user.name)
        self._answer()

    def _answer(self) -> None:
        current = BOARD.current()
        self.finish({"announcement": current.model() if current else None})
