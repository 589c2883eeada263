"""The configuration of a hub that has a login and nothing else: no proxy, no engine.

LOGIN and SECRET are those of the course's settings, in JSON; PROVIDER is the address of whoever
stands in for the accounts' provider; OPERATOR_TOKEN lets somebody make and list users.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from jupyterhub.proxy import Proxy
from semesterhub import auth
from semesterhub.native import TEMPLATES
from semesterhub.roster import parse_roster
from semesterhub.settings import Login


class NoProxy(Proxy):
    """Nobody stands before this hub."""

    should_start = False

    async def add_route(self, routespec: str, target: str, data: Any) -> None:
        """Forget it."""

    async def delete_route(self, routespec: str) -> None:
        """Forget it."""

    async def forgot_routes(self) -> bool:
        """Never restart."""
        return False

    async def get_all_routes(self) -> dict[str, Any]:
        """Know of none but the hub's own."""
        return {"/": {"routespec": "/", "target": os.environ["HUB_URL"], "data": {"hub": True}}}


c = get_config()  # noqa: F821 (JupyterHub provides it)
roster = parse_roster('{"students": ["ada"], "staff": [], "groups": {}}')
login = Login(**json.loads(os.environ["LOGIN"]))
url = os.environ["HUB_URL"]
name = auth.CLASSES[login.method]
c.JupyterHub.hub_bind_url = url
c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.authenticator_class = name
c.JupyterHub.template_paths = [TEMPLATES] if login.method == "native" else []
c.Authenticator.update(auth.common(roster))
if token := os.environ.get("OPERATOR_TOKEN"):
    c.JupyterHub.services = [{"name": "operator", "api_token": token}]
    scopes = ["admin:users", "list:users"]
    c.JupyterHub.load_roles = [{"name": "operator", "services": ["operator"], "scopes": scopes}]
c.Authenticator.enable_auth_state = False
options = c[name.rpartition(".")[-1]]
options.update(auth.options(login, json.loads(os.environ["SECRET"]), url))
if login.method == "lti":
    # there is no TLS before this hub, and its address is part of what is signed
    options.uri_scheme = "http"
elif provider := os.environ.get("PROVIDER"):
    options.authorize_url = f"{provider}/authorize"
    options.token_url = f"{provider}/token"
    options.userdata_url = f"{provider}/user"
    if login.method == "github":
        options.github_api = provider
