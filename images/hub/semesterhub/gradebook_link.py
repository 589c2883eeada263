"""Grades into the learning management system: who is who there, and LTI's grade services."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from jupyterhub import orm
from jupyterhub.apihandlers.base import APIHandler
from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column
from tornado.httpclient import HTTPClientError
from tornado.httputil import url_concat
from tornado.web import HTTPError

from semesterhub import course
from semesterhub.lti_services import FAILURES, Services, claim

ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
CONTEXT = "https://purl.imsglobal.org/spec/lti/claim/context"
SCOPES = (
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
)
ITEM = "application/vnd.ims.lis.v2.lineitem+json"
ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"


class Member(orm.Base):
    """Whom a course of the system's calls what, and where that course's gradebook is."""

    __tablename__ = "semesterhub_lti_members"
    context: Mapped[str] = mapped_column(String(255), primary_key=True)
    username: Mapped[str] = mapped_column(String(255), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255))
    line_items: Mapped[str] = mapped_column(String(2000))


def remember(db: Session, username: str, launch: Mapping[str, Any]) -> None:
    """Remember where a person's grades go, if the launch says so."""
    place = claim(launch, ENDPOINT).get("lineitems")
    context = claim(launch, CONTEXT).get("id")
    if not place or not context or not launch.get("sub"):
        return
    db.merge(
        Member(
            context=str(context)[:255],
            username=username,
            subject=str(launch["sub"])[:255],
            line_items=str(place)[:2000],
        )
    )
    db.commit()


class Gradebooks:
    """The system's gradebooks, as the tool that the course is there."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def item(self, gradebook: str, assignment: str, most: float) -> str:
        """Find the column of an assignment, made if there is none yet; return its address."""
        found = await self._ask(url_concat(gradebook, {"resource_id": assignment}), "GET", ITEMS)
        for each in found or []:
            if each.get("resourceId") == assignment:
                return str(each["id"])
        new = {"label": assignment, "scoreMaximum": most, "resourceId": assignment}
        return str((await self._ask(gradebook, "POST", ITEM, new))["id"])

    async def score(self, item: str, subject: str, given: float, most: float) -> None:
        """Write one grade."""
        parts = urlsplit(item)
        place = parts._replace(path=f"{parts.path.rstrip('/')}/scores").geturl()
        said = {
            "userId": subject,
            "scoreGiven": given,
            "scoreMaximum": most,
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        await self._ask(place, "POST", SCORE, said)

    async def _ask(self, url: str, method: str, kind: str, body: object = None) -> Any:  # noqa: ANN401 (JSON)
        return (await self._services.ask(url, method, kind, body)).body


async def send(
    gradebooks: Gradebooks,
    members: Iterable[Member],
    scores: Mapping[str, float],
    assignment: str,
    most: float,
) -> tuple[int, dict[str, str]]:
    """Write an assignment's grades; return how many, and whose was refused and why.

    A person may also have come from a course of their own that is gone since, or never took grades:
    that is no reason to write nobody's.
    """
    sent, refused = 0, dict[str, str]()
    items: dict[str, str] = {}
    broken: dict[str, str] = {}
    for each in members:
        place = each.line_items
        try:
            if place not in items and place not in broken:
                items[place] = await gradebooks.item(place, assignment, most)
        except FAILURES as error:
            broken[place] = str(error)
        if place in broken:
            refused[each.username] = broken[place]
            continue
        try:
            await gradebooks.score(items[place], each.subject, scores[each.username], most)
            sent += 1
        except HTTPClientError as error:
            refused[each.username] = str(error)
    return sent, refused


class ScoresHandler(APIHandler):
    """The operator's way to write an assignment's grades into the system."""

    async def post(self) -> None:
        """Write them; tell whom the system does not know yet, and what it refused."""
        course.check_staff(self)
        if not hasattr(self.authenticator, "token_url"):
            raise HTTPError(409, "Grades go into the learning management system by LTI 1.3 only.")
        body = self.get_json_body() or {}
        try:
            assignment, most = str(body["assignment"]), float(body["maximum"])
            scores = {str(name): float(score) for name, score in body["scores"].items()}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise HTTPError(400, f"assignment, maximum and scores are needed: {error}") from error
        members = self.db.query(Member).filter(Member.username.in_(scores)).all()
        services = Services(self.authenticator, SCOPES)
        try:
            if members:
                await services.open()
            sent, refused = await send(Gradebooks(services), members, scores, assignment, most)
        except FAILURES as error:
            self.log.exception("The platform's gradebook can't be used")
            raise HTTPError(502, f"the platform's gradebook can't be used: {error}") from error
        known = {each.username for each in members}
        unknown = sorted(set(scores) - known)
        self.finish({"sent": sent, "unknown": unknown, "refused": refused})
