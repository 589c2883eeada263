"""Login by Google, GitHub, CILogon and Globus, each for names on the roster only."""

from typing import Any

from oauthenticator.cilogon import CILogonOAuthenticator
from oauthenticator.github import GitHubOAuthenticator
from oauthenticator.globus import GlobusOAuthenticator
from oauthenticator.google import GoogleOAuthenticator
from traitlets import List, Unicode

from semesterhub.auth import RosterOnly


class CourseGoogleAuthenticator(RosterOnly, GoogleOAuthenticator):
    """Google accounts, of the hosted domains if there are any."""


class CourseGitHubAuthenticator(RosterOnly, GitHubOAuthenticator):
    """GitHub accounts that are members of an organization.

    The stock class lets every member in (`allowed_organizations`); a course needs both, the
    roster and the membership.
    """

    required_organizations = List(
        Unicode(), config=True, help="Organizations (or org:team), one of which is needed"
    )

    async def check_allowed(self, username: str, auth_model: Any) -> bool:  # noqa: ANN401 (JupyterHub's)
        """Ask the roster, then GitHub."""
        if not await super().check_allowed(username, auth_model):
            return False
        if not self.required_organizations:
            return True
        token = auth_model["auth_state"]["token_response"]
        for organization in self.required_organizations:
            if await self._check_membership_allowed_organizations(
                organization, username, token["access_token"], token["token_type"]
            ):
                return True
        self.log.warning("%s is in none of the course's GitHub organizations", username)
        return False


class CourseCILogonAuthenticator(RosterOnly, CILogonOAuthenticator):
    """Accounts of the named universities, through CILogon."""


class CourseGlobusAuthenticator(RosterOnly, GlobusOAuthenticator):
    """Globus accounts of one identity provider.

    Globus names lose their domain, so without a provider anybody's `ada@elsewhere` would be
    `ada`; the settings refuse that.
    """
