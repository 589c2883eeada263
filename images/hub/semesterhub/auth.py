"""Who may log in: whoever the login method names, if the roster has the name."""

import secrets
from collections.abc import Callable, Mapping
from hmac import compare_digest
from typing import Any, TypeVar
from urllib.parse import urlsplit

from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.auth import Authenticator
from jupyterhub.utils import maybe_future
from tornado.web import HTTPError
from traitlets import HasTraits, Unicode

from semesterhub import words
from semesterhub.roster import Roster, normalize
from semesterhub.settings import Login
from semesterhub.strict import SettingsError
from semesterhub.tries import Tries

Kind = TypeVar("Kind")

CLASSES = {
    "dummy": "semesterhub.auth.CourseDummyAuthenticator",
    "native": "semesterhub.native.CourseNativeAuthenticator",
    "google": "semesterhub.oauth.CourseGoogleAuthenticator",
    "github": "semesterhub.oauth.CourseGitHubAuthenticator",
    "cilogon": "semesterhub.oauth.CourseCILogonAuthenticator",
    "globus": "semesterhub.oauth.CourseGlobusAuthenticator",
    "oidc": "semesterhub.oidc.CourseOIDCAuthenticator",
    "workshop": "semesterhub.workshop.CourseWorkshopAuthenticator",
    "lti13": "semesterhub.lti13.CourseLTI13Authenticator",
    "lti": "semesterhub.lti.CourseLTIAuthenticator",
}
DEVICE_COOKIE = "semesterhub-device"
DEVICE_DAYS = 180


class RosterOnly(HasTraits):
    """Mixin: what a login method allows holds only for names on the roster.

    Methods have rules of their own that let people in (organizations, groups, domains); each of
    them would otherwise be a way past the roster.
    """

    course_title = Unicode("this course", config=True, help="What the course is called")
    contact = Unicode("the course's staff", config=True, help="Whom people ask for help")

    def say(self, text: str, **values: object) -> str:
        """Fill in one of the sentences in words.py."""
        return text.format(title=self.course_title, contact=self.contact, **values)

    def normalize_username(self, username: str) -> str:
        """Write a name as the roster does, and then as the method does."""
        return super().normalize_username(normalize(username))  # type: ignore[misc] (the method's)

    async def get_authenticated_user(self, handler: Any, data: Any) -> Any:  # noqa: ANN401 (JupyterHub's)
        """Let somebody in, or say why not. The REST API tries no passwords for anybody."""
        if isinstance(handler, APIHandler):
            raise HTTPError(403, words.API_ONLY)
        found = await super().get_authenticated_user(handler, data)  # type: ignore[misc] (the method's)
        if found is None:
            raise HTTPError(403, self.say(words.NOT_ACCEPTED))
        return found

    async def check_blocked_users(self, username: str, authentication: Any) -> bool:  # noqa: ANN401 (JupyterHub's)
        """Refuse who left the roster, in the words for who never was on it."""
        if username in self.blocked_users:  # type: ignore[attr-defined] (the method's)
            raise HTTPError(403, self.say(words.STRANGER, name=username))
        check = super().check_blocked_users  # type: ignore[misc] (the method's)
        return await self._ask(check, username, authentication)

    async def check_allowed(self, username: str, auth_model: Any) -> bool:  # noqa: ANN401 (JupyterHub's)
        """Ask the roster first, then the method."""
        if username not in self.allowed_users:  # type: ignore[attr-defined] (the method's)
            raise HTTPError(403, self.say(words.STRANGER, name=username))
        check = super().check_allowed  # type: ignore[misc] (the method's)
        return await self._ask(check, username, auth_model)

    async def _ask(self, check: Callable[..., Any], username: str, model: Any) -> bool:  # noqa: ANN401 (JupyterHub's)
        """Ask the method, which may refuse by an answer or in its own words."""
        try:
            return bool(await maybe_future(check(username, model)))
        except HTTPError as refusal:
            self.log.warning("%s is not accepted: %s", username, refusal.get_message())  # type: ignore[attr-defined] (the method's)
            raise HTTPError(403, self.say(words.NOT_ACCEPTED)) from refusal


class Passwords(RosterOnly):
    """Mixin: names and passwords from the login page, a limited number of times."""

    wrong = words.WRONG

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 (JupyterHub's)
        super().__init__(**kwargs)
        self.tries = Tries()

    async def authenticate(self, handler: Any, data: Mapping[str, str]) -> str:  # noqa: ANN401 (JupyterHub's)
        """Check a password, unless there were too many wrong ones; raise HTTPError otherwise."""
        name = self.normalize_username(data.get("username", "").strip())  # type: ignore[attr-defined] (Authenticator's)
        await self.try_password(handler, name, data.get("password", ""))
        _remember_device(handler, name)
        return name

    async def try_password(self, handler: Any, name: str, password: str) -> None:  # noqa: ANN401 (JupyterHub's)
        """Return if this is the person's password; else raise HTTPError with what to do."""
        if name not in self.allowed_users:  # type: ignore[attr-defined] (Authenticator's)
            await self.unknown()
            raise HTTPError(403, self.say(self.wrong))
        place = (name, handler.request.remote_ip, _device(handler, name))
        wait = self.tries.begin(*place)
        if wait:
            refusal = HTTPError(429, words.wait(wait, self.contact))
            refusal.headers = {"Retry-After": str(wait)}  # type: ignore[attr-defined] (read by JupyterHub)
            raise refusal
        if not await self.is_password(handler, name, password):
            raise HTTPError(403, self.say(self.wrong))
        self.tries.right(*place)
        await self.may_enter(handler, name)

    async def is_password(self, handler: Any, name: str, password: str) -> bool:  # noqa: ANN401 (JupyterHub's)
        """Whether this is the password of somebody on the roster."""
        raise NotImplementedError

    async def may_enter(self, handler: Any, name: str) -> None:  # noqa: ANN401 (JupyterHub's)
        """Raise HTTPError if the right password is not enough."""

    async def unknown(self) -> None:
        """Take as long as for a name that is known."""


class CourseDummyAuthenticator(Passwords, Authenticator):
    """One password for everybody on the roster: for a computer of one's own, never for a course."""

    password = Unicode(config=True, help="The password of everybody")
    wrong = words.NOT_TOGETHER

    async def is_password(self, handler: Any, name: str, password: str) -> bool:  # noqa: ANN401
        """Compare in constant time; an empty password lets nobody in."""
        return bool(self.password) and compare_digest(password.encode(), self.password.encode())


def _device(handler: Any, name: str) -> str:  # noqa: ANN401 (JupyterHub's)
    """Read which browser this is, if the person has logged in with it before."""
    value = (handler.get_signed_cookie(DEVICE_COOKIE, max_age_days=DEVICE_DAYS) or b"").decode()
    identity, _, whose = value.partition(" ")
    return identity if whose == name else ""


def _remember_device(handler: Any, name: str) -> None:  # noqa: ANN401 (JupyterHub's)
    if _device(handler, name):
        return
    handler.set_signed_cookie(
        DEVICE_COOKIE,
        f"{secrets.token_urlsafe(12)} {name}",
        expires_days=DEVICE_DAYS,
        path=handler.hub.base_url,
        httponly=True,
        samesite="Lax",
        secure=handler.request.protocol == "https",
    )


def common(roster: Roster, title: str = "", contact: str = "") -> dict[str, Any]:
    """Set what holds for every method: the roster and nobody else, no admins."""
    return {
        "allowed_users": set(roster.names),
        "allow_all": False,
        "allow_existing_users": False,
        "admin_users": set(),
        "enable_auth_state": True,
        **({"course_title": title} if title else {}),
        **({"contact": contact} if contact else {}),
    }


def options(login: Login, login_secret: Mapping[str, Any], public_url: str) -> dict[str, Any]:
    """Set what the method's own class needs."""
    match login.method:
        case "dummy":
            return {"password": _of(login_secret, "password", str)}
        case "native":
            return {"public_url": public_url}
        case "lti":
            return {
                "consumers": _of(login_secret, "consumers", dict),
                "uri_scheme": "https",
                "username_key": login.username_claim,
            }
        case "workshop":
            return {
                "passphrase": _of(login_secret, "passphrase", str),
                "staff_passphrase": _of(login_secret, "staffPassphrase", str),
                "seats": login.seats,
            }
        case "lti13":
            return {
                "issuer": login.issuer,
                "client_id": {login.client_id},
                "authorize_url": login.authorize_url,
                "jwks_endpoint": login.keys_url,
                "token_url": login.token_url,
                "username_key": login.username_claim,
                "uri_scheme": "https",
                "hub_url": public_url.rstrip("/"),
                "private_key": _of(login_secret, "privateKey", str),
                "auto_login": True,
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
        case "oidc":
            required = {each.claim: list(each.values) for each in login.required_claims}
            return {
                "issuer": login.issuer,
                "login_service": login.provider_name or urlsplit(login.issuer).hostname,
                "username_claim": login.username_claim,
                "scope": ["openid", *login.scopes],
                "required_claims": required,
                "enable_pkce": True,
            }
        case _:
            # without one, any Globus account whose name the roster has
            return {"identity_provider": "".join(login.identity_providers)}
