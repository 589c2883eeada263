"""Login with passwords that the hub keeps itself."""

from pathlib import Path

import nativeauthenticator
from nativeauthenticator import NativeAuthenticator
from nativeauthenticator.orm import UserInfo

from semesterhub.auth import RosterOnly

TEMPLATES = str(Path(nativeauthenticator.__file__).parent / "templates")


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
