"""Accounts of native login, in the hub's database: passwords, approvals, one-time links."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from jupyterhub import orm
from sqlalchemy import Boolean, DateTime, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, Session, mapped_column

LINK_DAYS = 14
_TOKEN_BYTES = 24


class Account(orm.Base):
    """A person's password, and whether staff (or a link from staff) let them in.

    The table is nativeauthenticator's, which earlier versions of this hub used.
    """

    __tablename__ = "users_info"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    username: Mapped[str] = mapped_column(String(255))
    password: Mapped[bytes] = mapped_column(LargeBinary)
    is_authorized: Mapped[bool | None] = mapped_column(Boolean, default=False)


class Link(orm.Base):
    """A link with which one named person sets their password, once. Its code is not kept."""

    __tablename__ = "semesterhub_links"
    username: Mapped[str] = mapped_column(String(255), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    ends: Mapped[datetime] = mapped_column(DateTime)


def find(db: Session, name: str) -> Account | None:
    """Find a person's account."""
    return db.query(Account).filter(Account.username == name).first()


def sign_up(db: Session, name: str, digest: bytes) -> bool:
    """Make an account that waits for approval; False if the name has one."""
    if find(db, name):
        return False
    db.add(Account(username=name, password=digest, is_authorized=False))
    db.commit()
    return True


def approve(db: Session, name: str) -> bool:
    """Let a person in who signed up; False if nobody did by that name."""
    account = find(db, name)
    if account:
        account.is_authorized = True
        db.commit()
    return account is not None


def refuse(db: Session, name: str) -> bool:
    """Remove a sign-up that was not approved, so that the name is free again."""
    account = find(db, name)
    if account is None or account.is_authorized:
        return False
    db.delete(account)
    db.commit()
    return True


def set_password(db: Session, name: str, digest: bytes) -> None:
    """Give a person a password and let them in."""
    account = find(db, name)
    if account is None:
        account = Account(username=name, password=digest)
        db.add(account)
    account.password = digest
    account.is_authorized = True
    db.commit()


def make_link(db: Session, name: str, days: int = LINK_DAYS) -> tuple[str, datetime]:
    """Make a person's link, in the place of an earlier one; return its code and when it ends."""
    code = secrets.token_urlsafe(_TOKEN_BYTES)
    ends = _now() + timedelta(days=days)
    db.merge(Link(username=name, digest=_digest(code), ends=ends))
    db.commit()
    return code, ends.replace(tzinfo=UTC)


def whose_link(db: Session, code: str) -> str | None:
    """Tell for whom a link is; None if it is used, replaced, ended or made up."""
    link = db.query(Link).filter(Link.digest == _digest(code)).first()
    return link.username if link and link.ends > _now() else None


def use_link(db: Session, code: str, digest: bytes) -> str | None:
    """Set the password of the link's person and end the link, in one transaction."""
    name = whose_link(db, code)
    if name is not None:
        db.query(Link).filter(Link.username == name).delete()
        set_password(db, name, digest)
    return name


def end_links(db: Session, roster: Collection[str]) -> None:
    """End the links of people who are on the roster no more."""
    for link in db.query(Link):
        if link.username not in roster:
            db.delete(link)
    db.commit()


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
