"""Login from a learning management system, by LTI 1.1, for names on the roster only."""

from typing import Any

from jupyterhub.app import JupyterHub
from ltiauthenticator.lti11.auth import LTI11Authenticator
from ltiauthenticator.lti11.handlers import LTI11AuthenticateHandler
from tornado.web import HTTPError

from semesterhub.auth import RosterOnly

LOG_IN_THERE = (
    "This course is opened from its page in the learning management system: "
    "log in there and follow the course's link."
)
NOT_ON_ROSTER = "You are not on this course's roster. Its staff can add you."


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
        if await self.login_user() is None:
            raise HTTPError(403, NOT_ON_ROSTER)
        self.redirect(self.get_body_argument("custom_next", self.get_next_url()))


class CourseLTIAuthenticator(RosterOnly, LTI11Authenticator):
    """LTI 1.1 launches signed by one of the configured consumers."""

    def get_handlers(self, app: JupyterHub) -> list[tuple[str, Any]]:
        """Put the course's own handler in the stock one's place."""
        stock = super().get_handlers(app)
        own = {LTI11AuthenticateHandler: CourseLaunchHandler}
        return [(path, own.get(handler, handler)) for path, handler in stock]
