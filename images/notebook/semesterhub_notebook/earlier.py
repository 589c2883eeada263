"""Earlier versions of the student's files, for the page: asks the backups, passes answers on."""

import errno
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import APIHandler
from tornado import web

from semesterhub_notebook.mailbox import Mailbox, below_home, gone

WAIT_SECONDS = 20.0
"""Shorter than what a proxy waits: who is not answered by then asks again with the ticket."""
_KEYS = ("do", "backup", "name")
_FULL = {errno.ENOSPC, errno.EDQUOT}


class EarlierHandler(APIHandler):
    """Takes a request from the page; the page waits for the answer by its ticket."""

    mailbox: Mailbox
    home: Path

    def initialize(self, mailbox: Mailbox, home: Path) -> None:
        """Take where requests go, and whose files they are about."""
        self.mailbox = mailbox
        self.home = home

    @web.authenticated
    async def post(self) -> None:
        """Ask for a `list` of what is at a path, or to `restore` one of it beside."""
        body = self.get_json_body() or {}
        if not isinstance(body, dict) or not isinstance(body.get("path"), str):
            raise web.HTTPError(400, "The request names no path.")
        root = Path(self.contents_manager.root_dir)
        try:
            path = below_home(self.home, root, body["path"])
            request = {key: body[key] for key in _KEYS if key in body}
            ticket = self.mailbox.ask({**request, "path": path})
        except ValueError as error:
            self.finish({"ok": False, "message": f"There are no backups of that: {error}."})
        except OSError as error:
            if error.errno not in _FULL:
                raise
            message = "The course's exchange is full. Tell the course's staff."
            self.finish({"ok": False, "message": message})
        else:
            await self._wait(ticket, path)

    @web.authenticated
    async def get(self) -> None:
        """Go on waiting."""
        await self._wait(self.get_query_argument("ticket"), self.get_query_argument("path"))

    async def _wait(self, ticket: str, path: str) -> None:
        try:
            answer: dict[str, Any] | None = await self.mailbox.answer(ticket, WAIT_SECONDS)
        except ValueError as error:
            raise web.HTTPError(400, str(error)) from error
        self.set_header("Cache-Control", "no-store")
        if answer is None:
            self.finish({"waiting": {"ticket": ticket, "path": path}})
            return
        if "names" in answer:
            answer["names"] = gone(answer["names"], self.home / path)
        self.finish(answer)


def install(
    application: web.Application, base_url: str, environ: Mapping[str, str]
) -> dict[str, bool]:
    """Answer the page, and tell it by its configuration; a course without backups does neither."""
    mailbox = Mailbox.find(environ)
    if mailbox is None:
        return {}
    options = {"mailbox": mailbox, "home": Path(environ.get("HOME") or Path.cwd())}
    application.add_handlers(".*$", [(f"{base_url}semesterhub/earlier", EarlierHandler, options)])
    return {"semesterhubEarlier": True}
