"""Who is in the course there: the names and roles of a learning management system, by LTI 1.3."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from jupyterhub import orm
from jupyterhub.apihandlers.base import APIHandler
from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column
from tornado.httpclient import HTTPClientError
from tornado.httputil import url_concat
from tornado.web import HTTPError

from semesterhub import course
from semesterhub.lti_services import FAILURES, Services, claim

CLAIM = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
CONTEXT = "https://purl.imsglobal.org/spec/lti/claim/context"
LINK = "https://purl.imsglobal.org/spec/lti/claim/resource_link"
CUSTOM = "https://purl.imsglobal.org/spec/lti/claim/custom"
SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
KIND = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
TEACHES = re.compile(
    r"(?:.*/membership#)?(?:Instructor|TeachingAssistant|ContentDeveloper|Administrator)"
    r"|.*/membership/Instructor#.+"
)
"""A role in the course itself: who teaches elsewhere may be a student here. Mentors are parents."""
MOST_PAGES = 200
NOT_THERE = {404, 410}
"""What a platform says of the list of a course that it has no more."""


class LmsCourse(orm.Base):
    """A course of the system's from which staff came, and where its list of people is."""

    __tablename__ = "semesterhub_lti_courses"
    context: Mapped[str] = mapped_column(String(255), primary_key=True)
    members: Mapped[str] = mapped_column(String(2000))
    #: The link by which they came: with it the system says whom it calls what.
    link: Mapped[str] = mapped_column(String(255))


def remember(db: Session, launch: Mapping[str, Any]) -> None:
    """Remember where the list of people is, if a launch of staff says so.

    A student may have come from a course of their own, where they teach.
    """
    place = claim(launch, CLAIM).get("context_memberships_url")
    context = claim(launch, CONTEXT).get("id")
    if not place or not context:
        return
    link = str(claim(launch, LINK).get("id", ""))[:255]
    db.merge(LmsCourse(context=str(context)[:255], members=str(place)[:2000], link=link))
    db.commit()


async def _lists(
    db: Session, services: Services, courses: Sequence[LmsCourse]
) -> list[list[Mapping[str, Any]]]:
    """Get each course's list; forget a course that was deleted there."""
    lists = []
    for each in courses:
        try:
            lists.append(await _members(services, each))
        except HTTPClientError as error:
            if error.code not in NOT_THERE:
                raise
            # Its staff's next launch would bring it back.
            db.delete(each)
    db.commit()
    return lists


async def _members(services: Services, known: LmsCourse) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    place = url_concat(known.members, {"rlid": known.link} if known.link else {})
    for _ in range(MOST_PAGES):
        answer = await services.ask(place, "GET", KIND)
        found += answer.body["members"]
        if not answer.more:
            return found
        place = answer.more
    raise ValueError(f"{known.members} has more than {MOST_PAGES} pages")


def _told(member: Mapping[str, Any], username_key: str) -> dict[str, str]:
    """Put into columns of a class list what the system says of one person."""
    key = username_key.removeprefix("custom_")
    if username_key.startswith("custom_"):
        messages = member.get("message") or [{}]
        name = messages[0].get(CUSTOM, {}).get(key)
    else:
        name = member.get("user_id" if key == "sub" else key)
    teaches = any(TEACHES.fullmatch(str(role)) for role in member.get("roles", []))
    return {
        "username": str(name or ""),
        "email": str(member.get("email") or ""),
        "name": str(member.get("name") or ""),
        "role": "teacher" if teaches else "student",
    }


class MembersHandler(APIHandler):
    """The operator's look at who is in the course there."""

    async def get(self) -> None:
        """List the people of each course that staff came from, everybody once."""
        course.check_staff(self)
        if not hasattr(self.authenticator, "token_url"):
            raise HTTPError(409, "The list of people comes by LTI 1.3 only.")
        courses = self.db.query(LmsCourse).all()
        services = Services(self.authenticator, [SCOPE])
        try:
            if courses:
                await services.open()
            lists = await _lists(self.db, services, courses)
        except FAILURES as error:
            self.log.exception("The platform's list of people can't be read")
            why = f"the platform's list of people can't be read: {error}"
            raise HTTPError(502, why) from error
        key = self.authenticator.username_key
        here: dict[tuple[str, str], dict[str, str]] = {}
        for member in (each for members in lists for each in members):
            if member.get("status", "Active") != "Active":
                continue
            told = _told(member, key)
            who = (told["username"], "" if told["username"] else str(member.get("user_id")))
            if who not in here or told["role"] == "teacher":
                here[who] = told
        gone = len(courses) - len(lists)
        self.finish({"courses": len(lists), "gone": gone, "members": list(here.values())})
