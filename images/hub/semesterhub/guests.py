"""A workshop's guests: who came with the pass phrase, by a made-up name, until it ends."""

import secrets
from datetime import UTC, datetime
from importlib.resources import files

from jupyterhub import orm
from sqlalchemy import DateTime, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from semesterhub.roster import roster_file

WORDS = tuple(files("semesterhub").joinpath("guest-words.txt").read_text("utf-8").split())
END = "end"


class Guest(orm.Base):
    """Somebody who came with the pass phrase."""

    __tablename__ = "semesterhub_guests"
    username: Mapped[str] = mapped_column(String(255), primary_key=True)
    came: Mapped[datetime] = mapped_column(DateTime)


class Milestone(orm.Base):
    """What happened to the workshop as a whole: its end."""

    __tablename__ = "semesterhub_workshop"
    what: Mapped[str] = mapped_column(String(20), primary_key=True)
    moment: Mapped[datetime] = mapped_column(DateTime)


class FullError(RuntimeError):
    """All seats are taken."""


class EndedError(RuntimeError):
    """The workshop is over."""


def names(db: Session) -> tuple[str, ...]:
    """Name all guests."""
    return tuple(sorted(row[0] for row in db.query(Guest.username)))


def admit(db: Session, name: str, seats: int) -> str:
    """Let somebody in who comes again by a name, or with a new name where that is not known."""
    if has_ended(db):
        raise EndedError
    here = names(db)
    if name in here:
        return name
    if len(here) >= seats:
        raise FullError
    name = _new_name(frozenset(here))
    db.add(Guest(username=name, came=_now()))
    db.commit()
    roster_file.admit(names(db))
    return name


def end(db: Session) -> None:
    """Let nobody in any more."""
    db.merge(Milestone(what=END, moment=_now()))
    db.commit()


def reopen(db: Session) -> None:
    """Let people in again."""
    db.query(Milestone).filter(Milestone.what == END).delete()
    db.commit()


def has_ended(db: Session) -> bool:
    """Whether the workshop is over."""
    return db.get(Milestone, END) is not None


def forget(db: Session, name: str) -> None:
    """Take back a guest's name."""
    db.query(Guest).filter(Guest.username == name).delete()
    db.commit()
    roster_file.admit(names(db))


def _new_name(taken: frozenset[str]) -> str:
    while True:
        words = "-".join(secrets.choice(WORDS) for _ in range(2))
        name = f"{words}-{secrets.randbelow(9000) + 1000}"
        if name not in taken:
            return name


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
