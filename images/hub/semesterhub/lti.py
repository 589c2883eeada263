"""Login from a learning management system, by LTI 1.1, for names on the roster only."""

from typing import Any

from jupyterhub.app import JupyterHub
from ltiauthenticator.lti11.auth import LTI11Authenticator
from ltiauthenticator.lti11.handlers import LTI11AuthenticateHandler
from tornado.web import HTTPError

from semesterhub import words
from semesterhub.auth import RosterOnly

LOG_IN_THERE = (
    "This course is opened from its page in the learning management system: "
    "log in there and follow the course's link."
)
SYSTEM = "the learning management system"


class CourseLaunchHandler(LTI11AuthenticateHandler):
    """Where the learning management system sends the browser.

    The stock handler sends whoever it refuses, and whoever comes without a launch, in a circle
    that ends at "405 Method Not Allowed".
    """

    async def get(self) -> None:
        """Tell whoever came by themselves where to begin."""
        raise HTTPError(403, LOG_IN_THERE)

    async def post(self) -> None:
        """Check the launch; let the person in, or say why not."""
        await self.login_user()
        self.redirect(self.get_body_argument("custom_next", self.get_next_url()))


class CourseLTIAuthenticator(RosterOnly, LTI11Authenticator):
    """LTI 1.1 launches signed by one of the configured consumers."""

    async def authenticate(self, handler: Any, data: Any = None) -> Any:  # noqa: ANN401 (JupyterHub's)
        """Check the launch. The stock class takes `user_id` where the naming field is missing."""
        found = await super().authenticate(handler, data)
        if found and not str(found["auth_state"].get(self.username_key) or "").strip():
            self.log.warning("A launch came without %s", self.username_key)
            said = self.say(words.NAMELESS, provider=SYSTEM, field=self.username_key)
            raise HTTPError(403, said)
        return found

    def get_handlers(self, app: JupyterHub) -> list[tuple[str, Any]]:
        """Put the course's own handler in the stock one's place."""
        stock = super().get_handlers(app)
        own = {LTI11AuthenticateHandler: CourseLaunchHandler}
        return [(path, own.get(handler, handler)) for path, handler in stock]
