"""The configuration of a hub that has a login and nothing else: no proxy, no engine.

LOGIN and SECRET are those of the course's settings, in JSON; PROVIDER is the address of whoever
stands in for the accounts' provider; OPERATOR_TOKEN lets somebody make and list users; CHECK_EVERY
is how often the hub looks for what a check left, in seconds; REHEARSAL_LEASE is how long it keeps a
rehearsal whose tool is silent.
"""

import asyncio
import functools
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

from fakes import task
from jupyterhub.proxy import Proxy
from semesterhub import auth, check_student, hub, own_templates, pages, roles, spawner, watch
from semesterhub.homes import Home
from semesterhub.rehearsal import api
from semesterhub.roster import load_roster
from semesterhub.settings import Login, RequiredClaim, load_settings
from semesterhub.spawner import SemesterSpawner
from semesterhub.spec import Server


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


class OneServer:
    """An engine on which every service is one little server, ready at once."""

    closing = False
    port = 0

    def __init__(self) -> None:
        self.services_made: list[str] = []

    async def create(self, spec: dict[str, Any]) -> str:
        """Make a service."""
        if not OneServer.port:
            listening = await asyncio.start_server(self._answer, "127.0.0.1", 0)
            OneServer.port = listening.sockets[0].getsockname()[1]
        self.services_made.append(spec["name"])
        return str(spec["name"])

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(SERVER_SECONDS)
        version = b"HTTP/1.1 200 OK\r\nX-JupyterHub-Version: 6.1.1\r\n"
        writer.write(version + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()

    async def remove(self, service: str) -> bool:
        """Remove it."""
        self.services_made.remove(service)
        return True

    async def tasks(self, names: list[str]) -> list[dict[str, Any]]:
        """List what was made and not removed."""
        return [
            {**task(name, "running", address="127.0.0.1"), "NodeID": "n1"}
            for name in names
            if name in self.services_made
        ]

    async def nodes(self) -> list[dict[str, Any]]:
        """List one machine."""
        await asyncio.sleep(SERVER_SECONDS)
        return [
            {
                "Spec": {"Availability": "active", "Labels": {}},
                "Status": {"State": "ready"},
                "Description": {"Hostname": "anna", "Resources": {"MemoryBytes": 8 * 2**30}},
                "ID": "n1",
            }
        ]

    async def until_ready(self) -> None:
        """Be ready."""

    async def last_words(self, service: str) -> str:
        """Say nothing."""
        return ""

    async def overview(self, label: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Tell of one machine, and one service of whoever has the label."""
        node = {
            "Description": {"Hostname": "anna"},
            "Status": {"State": "ready"},
            "Spec": {"Availability": "active"},
        }
        service = {
            "Spec": {"Name": "semesterhub-dev-hub", "Labels": {label: ""}},
            "ServiceStatus": {"RunningTasks": 1, "DesiredTasks": 1},
        }
        return [node], [service]


class OneServerSpawner(SemesterSpawner):
    """The course's spawner with that engine, and no homes service."""

    @property
    def port(self) -> int:  # type: ignore[override] (a trait elsewhere)
        """All are one."""
        return OneServer.port

    async def _whose(self) -> Server:
        home = Home(slug=self.user.name, uid=20000, gid=20000, groups=(), path="/data")
        return Server(username=self.user.name, staff=False, home=home, name=self.name)


check_student.EVERY_SECONDS = float(os.environ.get("CHECK_EVERY", "10"))
api.LEASE_SECONDS = float(os.environ.get("REHEARSAL_LEASE", "120"))
SERVER_SECONDS = float(os.environ.get("SERVER_SECONDS", "0"))
engine = functools.cache(OneServer)
for module in (spawner, hub, watch, api):
    module.shared_engine = engine  # type: ignore[attr-defined] (each of them has it)
c = get_config()  # noqa: F821 (JupyterHub provides it)
roster = load_roster()
login = Login(**json.loads(os.environ["LOGIN"]))
login = replace(
    login, required_claims=tuple(RequiredClaim(*each) for each in login.required_claims)
)
url = os.environ["HUB_URL"]
name = auth.CLASSES[login.method]
c.JupyterHub.hub_bind_url = url
c.SemesterHub.inner_port = urlsplit(url).port + 1
c.SemesterHub.inner_address = "127.0.0.1"
c.JupyterHub.db_url = load_settings().database_url
c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.spawner_class = OneServerSpawner
c.JupyterHub.concurrent_spawn_limit = 0
c.JupyterHub.active_server_limit = int(os.environ.get("ACTIVE_SERVERS", "0"))
c.JupyterHub.allow_named_servers = load_settings().limits.named_servers > 0
c.JupyterHub.named_server_limit_per_user = load_settings().limits.named_servers
c.JupyterHub.authenticator_class = name
c.JupyterHub.template_paths = own_templates.paths(load_settings().face.templates)
c.JupyterHub.template_vars = pages.template_vars(
    replace(load_settings(), login=login, contact="Grace Hopper")
)
c.Authenticator.update(auth.common(roster, "Data Science 101", "Grace Hopper"))
c.JupyterHub.load_groups = {
    group: {"users": list(names)} for group, names in roster.all_groups.items()
}
c.JupyterHub.custom_scopes = roles.CUSTOM_SCOPES
optional = {
    name: token
    for name in roles.OPTIONAL
    if (token := os.environ.get(f"{name.upper()}_TOKEN")) is not None
}
c.JupyterHub.load_roles = roles.roles(roster, staff_may_enter_servers=False, optional=optional)
services = {each: {"name": each} for each in ("cull", "operator", "statistics")}
services |= {name: {"name": name, "api_token": token} for name, token in optional.items()}
if token := os.environ.get("STATISTICS_TOKEN"):
    services["statistics"].update(
        api_token=token,
        url=os.environ["STATISTICS_URL"],
        oauth_no_confirm=True,
        oauth_client_allowed_scopes=[roles.STAFF_SCOPE],
    )
if token := os.environ.get("OPERATOR_TOKEN"):
    services["operator"]["api_token"] = token
    # to make users, beside what the operator may
    c.JupyterHub.load_roles.append(
        {"name": "maker", "services": ["operator"], "scopes": ["admin:users", "list:users"]}
    )
c.JupyterHub.services = list(services.values())
c.Authenticator.enable_auth_state = False
options = c[name.rpartition(".")[-1]]
options.update(auth.options(login, json.loads(os.environ["SECRET"]), url))
if login.method.startswith("lti"):
    # there is no TLS before this hub, and its address is part of what is signed
    options.uri_scheme = "http"
elif (provider := os.environ.get("PROVIDER")) and login.method != "oidc":
    options.authorize_url = f"{provider}/authorize"
    options.token_url = f"{provider}/token"
    options.userdata_url = f"{provider}/user"
    if login.method == "github":
        options.github_api = provider
