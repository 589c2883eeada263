"""How many tokens one person may have: each is a row of the hub's database, and of its copies."""

import logging
from typing import Any

from jupyterhub import orm
from jupyterhub.apihandlers.users import UserTokenListAPIHandler
from sqlalchemy import func
from sqlalchemy.orm import Session
from tornado.web import HTTPError

from semesterhub import words
from semesterhub.settings import load_settings

log = logging.getLogger("semesterhub.tokens")

MOST_OF_LOGINS = 500
"""Tokens that logins at one's server leave; beyond that the oldest end."""
LONGEST_NOTE = 200
OWN = "jupyterhub"
"""What the database calls who asked for a token that is no login's."""


class CourseTokenHandler(UserTokenListAPIHandler):
    """JupyterHub's tokens, of which nobody can have any number, or any size."""

    async def post(self, user_name: str) -> None:
        """Make a token for somebody who is logged in; a password is no way in here."""
        if self.current_user is None:
            raise HTTPError(403, words.API_ONLY)
        body = self.get_json_body() or {}
        note = body.get("note") if isinstance(body, dict) else None
        if note is not None and (not isinstance(note, str) or len(note) > LONGEST_NOTE):
            raise HTTPError(400, words.LONG_NOTE.format(most=LONGEST_NOTE))
        user = self.find_user(user_name)
        if user is not None:
            tokens = self.db.query(orm.APIToken).filter_by(user_id=user.orm_user.id, client_id=OWN)
            if (count := tokens.count()) >= load_settings().limits.tokens:
                raise HTTPError(403, words.TOO_MANY_TOKENS.format(count=count))
        await super().post(user_name)


def end_oldest(db: Session, most: int = MOST_OF_LOGINS) -> int:
    """End the oldest tokens of logins of whoever has more than so many; tell how many."""
    by_login = orm.APIToken.client_id != OWN
    many = (
        db.query(orm.APIToken.user_id)
        .filter(by_login, orm.APIToken.user_id.is_not(None))
        .group_by(orm.APIToken.user_id)
        .having(func.count() > most)
    )
    ended = 0
    for [user_id] in many.all():
        newest_first = orm.APIToken.id.desc()
        mine = db.query(orm.APIToken.id).filter(by_login, orm.APIToken.user_id == user_id)
        old: list[Any] = [row[0] for row in mine.order_by(newest_first).offset(most)]
        for begin in range(0, len(old), 500):
            some = old[begin : begin + 500]
            db.query(orm.APIToken).filter(orm.APIToken.id.in_(some)).delete()
        ended += len(old)
        log.warning("Ended the oldest %d of somebody's tokens: nobody logs in so often", len(old))
    db.commit()
    return ended
