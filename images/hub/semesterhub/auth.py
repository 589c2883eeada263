"""Who may log in: whoever the login method names, if the roster has the name."""

from collections.abc import Mapping
from hmac import compare_digest
from typing import Any, TypeVar

from jupyterhub.auth import Authenticator
from jupyterhub.utils import maybe_future
from traitlets import Unicode

from semesterhub.roster import Roster
from semesterhub.settings import Login
from semesterhub.strict import SettingsError

Kind = TypeVar("Kind")

CLASSES = {
    "dummy": "semesterhub.auth.CourseDummyAuthenticator",
    "native": "semesterhub.native.CourseNativeAuthenticator",
    "google": "semesterhub.oauth.CourseGoogleAuthenticator",
    "github": "semesterhub.oauth.CourseGitHubAuthenticator",
    "cilogon": "semesterhub.oauth.CourseCILogonAuthenticator",
    "globus": "semesterhub.oauth.CourseGlobusAuthenticator",
    "lti": "semesterhub.lti.CourseLTIAuthenticator",
}


class RosterOnly:
    """Mixin: what a login method allows holds only for names on the roster.

    Methods have rules of their own that let people in (organizations, groups, domains); each of
    them would otherwise be a way past the roster.
    """

    async def check_allowed(self, username: str, auth_model: Any) -> bool:  # noqa: ANN401 (JupyterHub's)
        """Ask the roster first, then the method."""
        on_roster = username in self.allowed_users  # type: ignore[attr-defined] (the method's)
        method = super().check_allowed  # type: ignore[misc] (the method's)
        return on_roster and bool(await maybe_future(method(username, auth_model)))


class CourseDummyAuthenticator(RosterOnly, Authenticator):
    """One password for everybody on the roster: for a computer of one's own, never for a course."""

    password = Unicode(config=True, help="The password of everybody")

    async def authenticate(
        self,
        handler: Any,  # noqa: ANN401 (JupyterHub's signature)
        data: Mapping[str, str],
    ) -> str | None:
        """Compare in constant time; an empty password lets nobody in."""
        given, wanted = data.get("password", "").encode(), self.password.encode()
        right = bool(wanted) and compare_digest(given, wanted)
        return data.get("username") if right else None


def common(roster: Roster) -> dict[str, Any]:
    """Set what holds for every method: the roster and nobody else, no admins."""
    return {
        "allowed_users": set(roster.names),
        "allow_all": False,
        "allow_existing_users": False,
        "admin_users": set(),
        "enable_auth_state": True,
    }


def options(login: Login, login_secret: Mapping[str, Any], public_url: str) -> dict[str, Any]:
    """Set what the method's own class needs."""
    match login.method:
        case "dummy":
            return {"password": _of(login_secret, "password", str)}
        case "native":
            return {
                "enable_signup": True,
                "open_signup": False,
                "minimum_password_length": 10,
                "check_common_password": True,
                "allowed_failed_logins": 10,
            }
        case "lti":
            return {
                "consumers": _of(login_secret, "consumers", dict),
                "uri_scheme": "https",
                "username_key": login.username_claim,
            }
        case _:
            return {
                "client_id": login.client_id,
                "client_secret": _of(login_secret, "clientSecret", str),
                "oauth_callback_url": f"{public_url.rstrip('/')}/hub/oauth_callback",
                **_provider(login),
            }


def _of(login_secret: Mapping[str, Any], key: str, kind: type[Kind]) -> Kind:
    value = login_secret.get(key)
    if not isinstance(value, kind) or not value:
        # the value itself is not told: it is a secret, whatever is wrong with it
        raise SettingsError("login-secret", [f"{key} must be there, a {kind.__name__}"])
    return value


def _provider(login: Login) -> dict[str, Any]:
    match login.method:
        case "google":
            return {"hosted_domain": list(login.hosted_domains)}
        case "github":
            organizations = list(login.organizations)
            scope = {"scope": ["read:user", "read:org"]} if organizations else {}
            return {"required_organizations": organizations, **scope}
        case "cilogon":
            rule = {"username_derivation": {"username_claim": login.username_claim}}
            return {"idps": dict.fromkeys(login.identity_providers, rule)}
        case _:
            # without one, any Globus account whose name the roster has
            return {"identity_provider": "".join(login.identity_providers)}
