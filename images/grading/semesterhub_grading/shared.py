"""What every page of the service has: its headers, its end, and only names in its address."""

import inspect
import unicodedata
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from tornado import web

from semesterhub_grading.people import read_people

BASE_POLICY = "frame-ancestors 'none'; base-uri 'none'; object-src 'none'; form-action 'self'"
# nbgrader writes names from the address into its pages' scripts, and looks for folders by them.
_REFUSED = frozenset("\"'`<>&\\/*?[]{}")


def is_name(text: str) -> bool:
    """Tell whether this can be the name of an assignment, a notebook or a student."""
    return (
        bool(text)
        and not text.startswith(".")
        and _REFUSED.isdisjoint(text)
        and not any(unicodedata.category(letter) in {"Cc", "Zl", "Zp"} for letter in text)
    )


def check_names(settings: dict[str, Any], assignment: str, student: str | None) -> None:
    """Refuse what is no name, and nobody's."""
    if not is_name(assignment):
        raise web.HTTPError(400, "this is no name")
    people = read_people(settings["semesterhub_settings"].places.received)
    if student is not None and student not in {person.slug for person in people}:
        raise web.HTTPError(404, "there is no such student")


class Shared:
    """For every page: no frame, and no database session that outlives its request."""

    settings: dict[str, Any]
    path_of_a_file = False
    """Whether the address ends with a file's path rather than with names."""

    @property
    def content_security_policy(self) -> str:
        """Refuse to be framed: all servers share one origin."""
        return BASE_POLICY

    def set_default_headers(self) -> None:
        """Set the policy and keep pages out of caches."""
        super().set_default_headers()  # type: ignore[misc]
        self.set_header("X-Content-Type-Options", "nosniff")  # type: ignore[attr-defined]
        self.set_header("Referrer-Policy", "same-origin")  # type: ignore[attr-defined]
        self.set_header("Cache-Control", "no-store")  # type: ignore[attr-defined]

    async def prepare(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (jupyter_server's)
        """Answer no address with a name that is none: a student may have sent the link."""
        names = [*self.path_args, *self.path_kwargs.values()]  # type: ignore[attr-defined]
        if not self.path_of_a_file and not all(is_name(name) for name in names):
            raise web.HTTPError(404, "this is no name")
        waiting = super().prepare(*args, **kwargs)  # type: ignore[misc]
        if inspect.isawaitable(waiting):
            await waiting

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ANN401 (tornado's)
        """Say what is wrong as text; nbgrader has pages of its own for two of them."""
        if status_code in {403, 500, 502} and hasattr(self, "coursedir"):
            super().write_error(status_code, **kwargs)  # type: ignore[misc]
            return
        error = kwargs.get("exc_info", (None, None))[1]
        text = getattr(error, "log_message", None) or self._reason  # type: ignore[attr-defined]
        self.set_header("Content-Type", "text/plain; charset=utf-8")  # type: ignore[attr-defined]
        self.finish(f"{status_code}: {text}\n")  # type: ignore[attr-defined]

    def on_finish(self) -> None:
        """End the session: the next request begins with what the database has then."""
        super().on_finish()  # type: ignore[misc]
        gradebook = self.settings["nbgrader_gradebook"]
        if gradebook is not None:
            gradebook.db.remove()

    @property
    def who(self) -> str:
        """The grader's name at the hub."""
        return str(self.current_user.username)  # type: ignore[attr-defined]


class Page(Shared, JupyterHandler):
    """A page of ours."""
