"""Login by Google, GitHub, CILogon and Globus, each for names on the roster only."""

from collections.abc import Awaitable
from typing import Any

import aiohttp
from oauthenticator.cilogon import CILogonOAuthenticator
from oauthenticator.github import GitHubOAuthenticator
from oauthenticator.globus import GlobusOAuthenticator
from oauthenticator.google import GoogleOAuthenticator
from tornado.httpclient import HTTPClientError
from tornado.web import HTTPError
from traitlets import List, Unicode

from semesterhub import words
from semesterhub.auth import RosterOnly

SERVER_ERROR = 500


class Provided(RosterOnly):
    """Mixin: who somebody is, is what a provider says; and it may say too little, or nothing."""

    async def authenticate(self, handler: Any, data: Any = None, **kwargs: Any) -> Any:  # noqa: ANN401 (JupyterHub's)
        """Ask the provider."""
        return await self.telling(super().authenticate(handler, data, **kwargs))  # type: ignore[misc] (the method's)

    async def telling(self, asking: Awaitable[Any]) -> Any:  # noqa: ANN401 (JupyterHub's)
        """Wait for the provider's answer; what goes wrong there is told as that."""
        try:
            return await asking
        except HTTPError as error:
            if error.status_code < SERVER_ERROR:
                raise
            self.log.exception("Login by %s failed", self.login_service)  # type: ignore[attr-defined] (Authenticator's)
        except (HTTPClientError, aiohttp.ClientError, OSError, ValueError, KeyError, TypeError):
            self.log.exception("Login by %s failed", self.login_service)  # type: ignore[attr-defined] (Authenticator's)
        raise HTTPError(502, self.say(words.NO_PROVIDER, provider=self.login_service))  # type: ignore[attr-defined] (Authenticator's)

    def naming_field(self, user_info: dict[str, Any]) -> str:
        """Tell what of an account is a name on the roster."""
        return str(self.username_claim)  # type: ignore[attr-defined] (the method's)

    def is_name(self, value: object) -> bool:
        """Whether what a provider sent can be a person's name."""
        return isinstance(value, str) and bool(value.strip())

    def user_info_to_username(self, user_info: dict[str, Any]) -> str:
        """Take the name, if there is one: an account without it is nobody on the roster."""
        field = self.naming_field(user_info)
        if not self.is_name(user_info.get(field)):
            # the fields' names only: the rest is personal
            self.log.warning("An account came without %s; it has %s", field, sorted(user_info))  # type: ignore[attr-defined] (Authenticator's)
            raise HTTPError(
                403,
                self.say(words.NAMELESS, provider=self.login_service, field=field),  # type: ignore[attr-defined] (Authenticator's)
            )
        return str(super().user_info_to_username(user_info))  # type: ignore[misc] (the method's)


class WithDomain(Provided):
    """Mixin: a name has a domain behind an `@`."""

    def is_name(self, value: object) -> bool:
        """Whether there are a name and a domain."""
        if not isinstance(value, str):
            return False
        name, _, domain = value.partition("@")
        return bool(name.strip() and domain.strip())


class CourseGoogleAuthenticator(WithDomain, GoogleOAuthenticator):
    """Google accounts, of the hosted domains if there are any.

    The stock class leaves out the domain where there is only one. A roster may have the whole
    address or the part before the `@`; both are the same person.
    """

    def user_info_to_username(self, user_info: dict[str, Any]) -> str:
        """Take the name in the form that the roster has."""
        name = super().user_info_to_username(user_info)
        address = self.normalize_username(str(user_info["email"]))
        return address if address in self.allowed_users else name


class CourseGitHubAuthenticator(Provided, GitHubOAuthenticator):
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


class CourseCILogonAuthenticator(Provided, CILogonOAuthenticator):
    """Accounts of the named universities, through CILogon."""

    def naming_field(self, user_info: dict[str, Any]) -> str:
        """Look up the university's; an account of another one is not accepted."""
        university = self.idps.get(user_info.get("idp"))
        if not university:
            self.log.warning("An account of %s, which is not configured", user_info.get("idp"))
            raise HTTPError(403, self.say(words.NOT_ACCEPTED))
        return str(university["username_derivation"]["username_claim"])


class CourseGlobusAuthenticator(WithDomain, GlobusOAuthenticator):
    """Globus accounts of one identity provider.

    Globus names lose their domain, so without a provider anybody's `ada@elsewhere` would be
    `ada`; the settings refuse that.
    """
