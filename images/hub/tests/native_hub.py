"""The configuration of a hub that has native login and nothing else: no proxy, no engine."""

import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from jupyterhub.proxy import Proxy
from semesterhub import auth
from semesterhub.native import TEMPLATES, CourseNativeAuthenticator
from semesterhub.roster import parse_roster
from semesterhub.settings import Login


class NoProxy(Proxy):
    """Nobody stands before this hub."""

    should_start = False

    async def add_route(self, routespec: str, target: str, data: Any) -> None:
        """Forget it."""

    async def delete_route(self, routespec: str) -> None:
        """Forget it."""

    async def get_all_routes(self) -> dict[str, Any]:
        """Know of none but the hub's own."""
        return {"/": {"routespec": "/", "target": os.environ["HUB_URL"], "data": {"hub": True}}}


c = get_config()  # noqa: F821 (JupyterHub provides it)
roster = parse_roster('{"students": ["ada"], "staff": [], "groups": {}}')
c.JupyterHub.hub_bind_url = os.environ["HUB_URL"]
c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.authenticator_class = CourseNativeAuthenticator
c.JupyterHub.template_paths = [TEMPLATES]
c.Authenticator.update(auth.common(roster))
c.Authenticator.enable_auth_state = False
c.CourseNativeAuthenticator.update(auth.options(Login(method="native"), {}, "https://uni.edu"))
