"""The hub's part of a rehearsal (api.py), asked by the tool."""

import json
from http import HTTPStatus
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from semesterhub.check_browser import Answer, AnswerError
from semesterhub.check_steps import ERRORS, StepError, in_words
from semesterhub.rehearsal.room import Room
from semesterhub.settings import secret

INSIDE = "http://127.0.0.1:8081/hub/api/course/rehearsal"
ANSWER_SECONDS = 60
"""A hub that starts hundreds of servers may be slow."""
REMOVAL_SECONDS = 1800
ASK = "ask the hub"
LOGS = "npm run logs hub"


class RefusedError(Exception):
    """The hub begins none; the message says why."""


class Hub:
    """The hub of this container."""

    async def begin(self, students: int, *, insist: bool) -> tuple[list[dict[str, str]], Room]:
        """Ask for a class; RefusedError where something speaks against it."""
        try:
            told = await self._ask("POST", {"students": students, "insist": insist})
        except AnswerError as error:
            if error.status == HTTPStatus.CONFLICT:
                raise RefusedError(str(error).partition(": ")[2]) from error
            raise RefusedError(f"the hub does not answer as it should: {error}") from error
        except ERRORS as error:
            raise RefusedError(f"the hub does not answer: {in_words(error)}") from error
        return told["students"], Room(**told["room"])

    async def go_on(self) -> int:
        """Tell that the tool is there; return how many people have servers."""
        try:
            told = await self._ask("PUT", {})
        except ERRORS as error:
            raise StepError(ASK, in_words(error), LOGS) from error
        return int(told["people"])

    async def machines(self) -> dict[str, str]:
        """Ask for the name of each student's machine; none where that can't be told."""
        try:
            told = await self._ask("GET", None)
        except ERRORS:
            return {}
        names: dict[str, str] = told["machines"]
        return names

    async def end(self) -> str:
        """Have the class removed; say who is left, if anybody."""
        try:
            told = await self._ask("DELETE", None, REMOVAL_SECONDS)
        except ERRORS as error:
            return f"The made-up students could not be removed: {in_words(error)}"
        left: dict[str, str] = told["left"]
        if not left:
            return ""
        why = next(iter(left.values()))
        return f"{len(left)} made-up students could not be removed: {why}"

    async def keep(self, report: dict[str, Any]) -> str:
        """Have a report kept for the statistics page; say whether it is."""
        try:
            await self._ask("POST", report, place="/report")
        except ERRORS as error:
            return f"It could not be kept for the statistics page: {in_words(error)}"
        return "In a minute it is on the statistics page."

    async def _ask(
        self, method: str, body: object, seconds: float = ANSWER_SECONDS, place: str = ""
    ) -> Any:  # noqa: ANN401 (JSON)
        request = HTTPRequest(
            INSIDE + place,
            method,
            headers={"Authorization": f"token {secret('operator-token')}"},
            body=None if body is None else json.dumps(body),
            request_timeout=seconds,
        )
        response = await AsyncHTTPClient().fetch(request, raise_error=False)
        if response.error and not response.headers:
            raise response.error
        answer = Answer(response.code, response.body.decode(errors="replace"), "the hub")
        text = answer.expect(HTTPStatus.OK, HTTPStatus.NO_CONTENT).text
        return json.loads(text) if text else None
