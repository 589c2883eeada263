"""The pages before nbgitpuller's own: the student's consent to what a link brings, or why not."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path

from jupyter_server.base.handlers import JupyterHandler
from tornado import web
from tornado.escape import xhtml_escape
from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.routing import AnyMatches, Router, Rule

from semesterhub_notebook.git_links import AGREED, Link, LinkError, Passes, to_be_asked

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff;
  max-width: 36em; margin: 12vh auto; padding: 0 1em; }
button { font: inherit; padding: .5em 1.2em; border: 0; border-radius: 4px;
  background: #1565c0; color: #fff; cursor: pointer; }
code { overflow-wrap: anywhere; }
@media (prefers-color-scheme: dark) {
  body { color: #eee; background: #1b1b1b; } a { color: #90caf9; } }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{_HASH}'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def _page(title: str, inside: str) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n"
        f"<main>\n<h1>{title}</h1>\n{inside}\n</main>\n</html>\n"
    )


def consent_page(link: Link, arguments: Mapping[str, str], lab: str, *, is_new: bool) -> str:
    """Write what a link would do, with a button for it."""
    fields = "".join(
        f'<input type="hidden" name="{xhtml_escape(name)}" value="{xhtml_escape(value)}">'
        for name, value in {**arguments, AGREED: link.wanted_proof}.items()
    )
    folder, repository = xhtml_escape(link.folder), xhtml_escape(link.repository)
    branch = f", branch <code>{xhtml_escape(link.branch)}</code>" if link.branch else ""
    if is_new:
        done = (
            f"The link puts a new folder <code>{folder}</code> into your home, with the files of"
            f" <code>{repository}</code>{branch}."
        )
    elif link.backup:
        done = (
            f"Your folder <code>{folder}</code> is kept under a name with the time in it, and a new"
            f" one comes from <code>{repository}</code>{branch}."
        )
    else:
        done = (
            f"The link brings what is new in <code>{repository}</code>{branch} into your folder"
            f" <code>{folder}</code>. What you changed there stays. If you agree, the same link"
            " does not ask again."
        )
    return _page(
        "Get these files?",
        f"<p>{done}</p>\n<p>Agree only if the link is from your course: a notebook can do here what"
        f' you can do.</p>\n<form method="get">{fields}<button>Get the files</button></form>\n'
        f'<p><a href="{xhtml_escape(lab)}">Go on without them</a></p>',
    )


def refusal_page(reason: str, lab: str) -> str:
    """Write why a link does nothing."""
    return _page(
        "This link does nothing",
        f"<p>{xhtml_escape(reason)}</p>\n<p>Nothing was changed. If your course's staff made the"
        " link, show them this page.</p>\n"
        f'<p><a href="{xhtml_escape(lab)}">Go to your files</a></p>',
    )


class _PageHandler(JupyterHandler):
    """What comes before nbgitpuller: it changes nothing."""

    def _send(self, page: str) -> None:
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("Cache-Control", "no-store")
        self.finish(page)


class ConsentHandler(_PageHandler):
    """Asks the student."""

    def initialize(self, link: Link, home: Path) -> None:
        """Take what would be done, and where."""
        self._link = link
        self._new = not (home / link.folder).exists()

    @web.authenticated
    def get(self) -> None:
        """Show it."""
        given = {
            name: values[0].decode()
            for name, values in self.request.query_arguments.items()
            if name not in {AGREED, "token", "_xsrf"}
        }
        self._send(consent_page(self._link, given, self.base_url, is_new=self._new))


class RefusalHandler(_PageHandler):
    """Says why a link does nothing."""

    def initialize(self, reason: str) -> None:
        """Take the reason."""
        self._why = reason

    @web.authenticated
    def get(self) -> None:
        """Show it."""
        self.set_status(400)
        self._send(refusal_page(self._why, self.base_url))


class GitLinks(Router):
    """A rule that answers links which are not to be followed yet, and lets the others pass."""

    def __init__(self, application: web.Application, base_url: str, home: Path) -> None:
        self._application = application
        self._page = f"{base_url}git-pull"
        self._home = home
        self._passes = Passes()

    def find_handler(self, request: HTTPServerRequest, **_: object) -> HTTPMessageDelegate | None:
        """Look at what a link names before nbgitpuller does."""
        page = request.path.rstrip("/") == self._page
        if not page and request.path.rstrip("/") != f"{self._page}/api":
            return None
        try:
            link = to_be_asked(
                request.query_arguments, request.headers, self._home, self._passes, for_page=page
            )
        except LinkError as error:
            return self._answer(request, RefusalHandler, {"reason": str(error)})
        about: dict[str, object] = {"link": link, "home": self._home}
        return self._answer(request, ConsentHandler, about) if link else None

    def _answer(
        self, request: HTTPServerRequest, handler: type[JupyterHandler], about: dict[str, object]
    ) -> HTTPMessageDelegate:
        return self._application.get_handler_delegate(request, handler, about)

    def install(self, rules: list[Rule]) -> None:
        """Go before all other rules."""
        rules.insert(0, Rule(AnyMatches(), self))
