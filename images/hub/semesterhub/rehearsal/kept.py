"""What came of rehearsals, kept in the hub's database for the statistics service to read."""

import json
from typing import Any

from jupyterhub import orm
from sqlalchemy import Integer, Text
from sqlalchemy.orm import Mapped, Session, mapped_column

KEPT = 20


class Rehearsed(orm.Base):
    """One rehearsal's report."""

    __tablename__ = "semesterhub_rehearsals"
    began: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """Seconds since 1970."""
    report: Mapped[str] = mapped_column(Text)


def keep(db: Session, began: int, report: str) -> None:
    """Keep a report, and the newest of those before it."""
    db.merge(Rehearsed(began=began, report=report))
    db.commit()
    old = db.query(Rehearsed).order_by(Rehearsed.began.desc()).offset(KEPT).all()
    for each in old:
        db.delete(each)
    db.commit()


def reports(db: Session) -> list[dict[str, Any]]:
    """Return the reports, the oldest first."""
    return [json.loads(each.report) for each in db.query(Rehearsed).order_by(Rehearsed.began)]
