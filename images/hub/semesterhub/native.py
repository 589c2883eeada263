"""Login with passwords that the hub keeps itself."""

from pathlib import Path
from typing import Any

import nativeauthenticator
from nativeauthenticator import NativeAuthenticator
from nativeauthenticator.handlers import LoginHandler
from nativeauthenticator.orm import UserInfo

from semesterhub.auth import RosterOnly

TEMPLATES = str(Path(nativeauthenticator.__file__).parent / "templates")


class NoTimer:
    """Stands where JupyterHub had its statsd client, up to version 5."""

    def timer(self, _name: str) -> "NoTimer":
        """Make a timer."""
        return self

    def start(self) -> "NoTimer":
        """Start it."""
        return self

    def stop(self, *, send: bool) -> None:
        """Stop it."""


class CourseLoginHandler(LoginHandler):
    """The login page of nativeauthenticator 1.3, which still times logins with that client."""

    statsd = NoTimer()


class CourseNativeAuthenticator(RosterOnly, NativeAuthenticator):
    """People on the roster sign up; an operator approves them (`semesterhub-admin approve`).

    The stock class approves whoever signs up first with a name that is allowed, so a stranger
    could take a student's name, or a teacher's.
    """

    def get_authed_users(self) -> set[str]:
        """Only those who were approved, not everybody on the roster."""
        return {info.username for info in UserInfo.all_users(self.db) if info.is_authorized}

    def validate_username(self, username: str) -> bool:
        """Refuse, at sign-up too, whoever is not on the roster."""
        return super().validate_username(username) and username in self.allowed_users

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:  # noqa: ANN401 (JupyterHub's)
        """Give the pages, with a login page that works with this JupyterHub."""
        return [
            (path, CourseLoginHandler if handler is LoginHandler else handler)
            for path, handler in super().get_handlers(app)
        ]
