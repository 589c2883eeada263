"""Login from a learning management system by LTI 1.3, for names on the roster only."""

import asyncio
from typing import Any

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jupyterhub.app import JupyterHub
from jupyterhub.handlers import BaseHandler
from ltiauthenticator.lti13 import validator
from ltiauthenticator.lti13.auth import LTI13Authenticator
from ltiauthenticator.lti13.constants import LTI13_GENERAL_REQUIRED_CLAIMS
from ltiauthenticator.lti13.error import InvalidAudienceError, ValidationError
from ltiauthenticator.lti13.handlers import LTI13CallbackHandler, LTI13LoginInitHandler
from tornado.web import HTTPError, authenticated
from traitlets import Unicode

from semesterhub import gradebook_link, lms_members, lti_services, words
from semesterhub.auth import RosterOnly
from semesterhub.lti import LOG_IN_THERE, SYSTEM
from semesterhub.roster import load_roster

CLAIM = "https://purl.imsglobal.org/spec/lti/claim"
DEEP = "https://purl.imsglobal.org/spec/lti-dl/claim"
DEEP_LINKING = "LtiDeepLinkingRequest"
KEY_ID = "semesterhub"
TOKEN_SECONDS = 300
LONGEST_TITLE = 200

# ltiauthenticator 1.6.3 asks of a deep link what LTI calls optional (azp, tool_platform, …), and
# few systems send all of it.
validator.LTI13_DEEP_LINKING_REQUIRED_CLAIMS = {
    **LTI13_GENERAL_REQUIRED_CLAIMS,
    f"{CLAIM}/message_type": DEEP_LINKING,
}


class CourseLoginInitHandler(LTI13LoginInitHandler):
    """Where a launch begins."""

    async def get(self) -> None:
        """Send the browser to the system for a signed launch."""
        if not self.get_argument("iss", ""):
            raise HTTPError(403, LOG_IN_THERE)
        if self.get_argument("iss") != self.authenticator.issuer:
            raise HTTPError(403, self.authenticator.say(words.LAUNCH_REFUSED))
        super().post()

    post = get  # type: ignore[assignment] (the stock handler's, which is no coroutine)

    def authorize_redirect(self, **kwargs: Any) -> None:  # noqa: ANN401 (the stock handler's)
        """Ask as the client that the course is, whatever the launch calls it."""
        [client] = self.authenticator.client_id
        super().authorize_redirect(**{**kwargs, "client_id": client})

    def get_redirect_uri(self) -> str:
        """Name the address that the system knows."""
        return f"{self.authenticator.hub_url}/hub/lti13/oauth_callback"

    def _set_oauth_cookie(self, key: str, value: str) -> None:
        # The system's page sends the browser back by a form, to which browsers add no other cookie.
        self._set_cookie(key, value, expires_days=1, samesite="None")


class CourseCallbackHandler(LTI13CallbackHandler):
    """Where the system sends the browser with the signed launch."""

    async def get(self) -> None:
        """Tell whoever came by themselves where to begin."""
        raise HTTPError(403, LOG_IN_THERE)

    async def post(self) -> None:
        """Check the launch; let the person in, or say why not."""
        launch = await self._launch()
        user = await self.login_user(launch)
        if user is None:
            raise HTTPError(403, self.authenticator.say(words.NOT_ACCEPTED))
        gradebook_link.remember(self.db, user.name, launch)
        is_staff = load_roster().is_staff(user.name)
        if is_staff:
            lms_members.remember(self.db, launch)
        if launch[f"{CLAIM}/message_type"] != DEEP_LINKING:
            await self.redirect_to_next_url(user)
            return
        if not is_staff:
            raise HTTPError(403, self.authenticator.say(words.LINK_BY_STAFF))
        await self._choose(launch)

    async def _launch(self) -> dict[str, Any]:
        """Return what the system says. Its keys are fetched in a thread: that can take a while."""
        try:
            return await asyncio.to_thread(self.decode_and_validate_launch_request)
        except (ValidationError, HTTPError, jwt.PyJWTError) as error:
            self.log.warning("A launch is refused: %s", error)
            status = 401 if isinstance(error, InvalidAudienceError) else 403
            raise HTTPError(status, self.authenticator.say(words.LAUNCH_REFUSED)) from error

    async def _choose(self, launch: dict[str, Any]) -> None:
        """Ask what the link shall open. The answer comes back with what the system wants to see."""
        wanted = launch[f"{DEEP}/deep_linking_settings"]
        carried = {
            "back": str(wanted["deep_link_return_url"]),
            "data": wanted.get("data"),
            "deployment": launch[f"{CLAIM}/deployment_id"],
        }
        page = await self.render_template(
            "lti-link.html", carried=self.authenticator.sign(carried, use="link")
        )
        self.finish(page)


class LinkHandler(BaseHandler):
    """Makes the link that staff chose."""

    @authenticated
    async def post(self) -> None:
        """Show the button that brings it to the learning management system."""
        if not load_roster().is_staff(self.current_user.name):
            raise HTTPError(403, self.authenticator.say(words.LINK_BY_STAFF))
        carried = self.authenticator.verify(self.get_body_argument("carried"), use="link")
        title = self.get_body_argument("title", "").strip()[:LONGEST_TITLE]
        points = self.get_body_argument("points", "").strip()
        item: dict[str, Any] = {
            "type": "ltiResourceLink",
            "title": title or self.authenticator.course_title,
            "url": f"{self.authenticator.hub_url}/hub",
            "window": {"targetName": "_blank"},
        }
        if title and points:
            most = _points(points)
            item["lineItem"] = {"label": title, "scoreMaximum": most, "resourceId": title}
        answer = {
            f"{CLAIM}/message_type": "LtiDeepLinkingResponse",
            f"{CLAIM}/version": "1.3.0",
            f"{CLAIM}/deployment_id": carried["deployment"],
            f"{DEEP}/content_items": [item],
        }
        if carried["data"] is not None:
            answer[f"{DEEP}/data"] = carried["data"]
        [client] = self.authenticator.client_id
        about = {"iss": client, "aud": self.authenticator.issuer}
        page = await self.render_template(
            "lti-link.html",
            back=carried["back"],
            token=self.authenticator.sign({**answer, **about}),
            item=item,
        )
        self.finish(page)


class KeysHandler(BaseHandler):
    """The hub's public key, with which the learning management system checks what it says."""

    async def get(self) -> None:
        """Show it, as a JSON Web Key Set."""
        self.set_header("Content-Type", "application/json")
        self.finish(self.authenticator.public_keys())


class CourseLTI13Authenticator(RosterOnly, LTI13Authenticator):
    """LTI 1.3 launches signed by the configured platform."""

    login_handler = CourseLoginInitHandler
    callback_handler = CourseCallbackHandler
    private_key = Unicode(config=True, help="The hub's own key, in PEM")
    token_url = Unicode(config=True, help="Where the platform gives tokens for its services")
    hub_url = Unicode(config=True, help="Where browsers find the hub")

    async def authenticate(self, handler: Any, data: Any = None) -> Any:  # noqa: ANN401 (JupyterHub's)
        """Take the name. The stock class takes `sub` where the naming field is missing."""
        custom = self.username_key.startswith("custom_")
        fields = data.get(f"{CLAIM}/custom", {}) if custom else data
        name = fields.get(self.username_key.removeprefix("custom_"))
        if not isinstance(name, str) or not name.strip():
            self.log.warning("A launch came without %s", self.username_key)
            said = self.say(words.NAMELESS, provider=SYSTEM, field=self.username_key)
            raise HTTPError(403, said)
        return {"name": name, "auth_state": {"sub": data.get("sub")}}

    def get_handlers(self, app: JupyterHub) -> list[tuple[str, Any]]:
        """Add the hub's key, and where staff make links."""
        own = [(r"/lti13/keys", KeysHandler), (r"/lti13/link", LinkHandler)]
        return [*super().get_handlers(app), *own]

    def sign(self, claims: dict[str, Any], use: str = "") -> str:
        """Sign something; with a use, it is for the hub itself."""
        now = lti_services.now()
        about = {"iat": now, "exp": now + TOKEN_SECONDS, "nonce": lti_services.nonce()}
        mine = {"aud": f"semesterhub-{use}"} if use else {}
        return jwt.encode({**claims, **about, **mine}, self.private_key, "RS256", {"kid": KEY_ID})

    def verify(self, token: str, use: str) -> dict[str, Any]:
        """Read what the hub signed for a use of its own."""
        key = load_pem_private_key(self.private_key.encode(), None).public_key()
        try:
            return dict(
                jwt.decode(token, key, algorithms=["RS256"], audience=f"semesterhub-{use}")  # type: ignore[arg-type] (an RSA key)
            )
        except jwt.PyJWTError as error:
            raise HTTPError(403, self.say(words.LAUNCH_REFUSED)) from error

    def public_keys(self) -> dict[str, Any]:
        """Give the public key as a JSON Web Key Set."""
        key = load_pem_private_key(self.private_key.encode(), None).public_key()
        shown = jwt.algorithms.RSAAlgorithm.to_jwk(key, as_dict=True)  # type: ignore[arg-type] (an RSA key)
        return {"keys": [{**shown, "kid": KEY_ID, "use": "sig", "alg": "RS256"}]}


def _points(text: str) -> float:
    try:
        points = float(text.replace(",", "."))
    except ValueError:
        points = 0.0
    if not 0 < points < 1e6:  # noqa: PLR2004 (also no NaN)
        raise HTTPError(400, "The points must be a number above 0.")
    return points
