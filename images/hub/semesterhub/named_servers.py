"""Servers beside a person's usual one: what they may be called, and how many there may be.

Only a request that carries the page's own token makes a name. So a link that somebody is sent
starts no more than a server that they made themselves.
"""

import re
from typing import Any
from urllib.parse import quote

from jupyterhub.apihandlers.users import UserServerAPIHandler
from jupyterhub.handlers.pages import SpawnHandler
from jupyterhub.slugs import is_valid_display_name
from jupyterhub.spawner import SpawnException
from tornado.web import HTTPError

from semesterhub import words

NAME = re.compile(r"[a-z](?:-?[a-z0-9]+)*")
LONGEST = 30
LONGEST_DISPLAY = 60
MOST_BODY = 8192
"""Bytes. A request says a name and a choice, and both are kept in the database."""
_PAGES = (
    "api assignments consoles courses custom desktop doc edit files formgrader git-pull git-sync"
    " hub kernelspecs lab login logout lsp metrics nbclassic nbconvert nbextensions nbgitpuller"
    " nbgrader notebook notebooks oauth-callback proxy public retro rstudio services shutdown"
    " spawn static terminals tree user validate view voila vscode"
)
TAKEN = frozenset(_PAGES.split())
"""What comes after /user/NAME/ in addresses of the usual server: the proxy would lead them to a
server of that name instead."""


def can_be_name(name: str) -> bool:
    """Tell whether a server may have this name."""
    return len(name) <= LONGEST and NAME.fullmatch(name) is not None and name not in TAKEN


def client_id(username: str, name: str) -> str:
    """Give a named server an OAuth client of its own.

    JupyterHub joins the two by a hyphen: ada's server `b` would be the client of the usual server
    of somebody called ada-b. What joins them here is never in a name that is quoted.
    """
    return f"jupyterhub-user-{quote(username)}!{name}"


def check_start(user: Any, name: str, most: int) -> None:  # noqa: ANN401 (JupyterHub's)
    """Refuse to start a named server that the course does not have, or has no more.

    JupyterHub counts names as they are made. The configuration may have changed since then.
    """
    if not name:
        return
    if not can_be_name(name):
        raise SpawnException(words.NOT_A_SERVERS_NAME, reason="name", status_code=400)
    beside = [one for other, one in user.spawners.items() if other not in {"", name}]
    others = sum(one.active for one in beside)
    if others >= most:
        said = words.TOO_MANY_SERVERS.format(most=most) if most else words.NO_NAMED_SERVERS
        raise SpawnException(said, reason="servers", status_code=403)


class Checked:
    """What holds of a request for a named server, whichever way it comes."""

    makes_names = True

    async def _check_named_server_request(
        self,
        user: Any,  # noqa: ANN401 (JupyterHub's)
        server_name: str,
        display_name: str,
        check_limit: bool = True,  # noqa: FBT001, FBT002 (JupyterHub's)
    ) -> None:
        if not can_be_name(server_name):
            raise HTTPError(400, words.NOT_A_SERVERS_NAME)
        long = len(display_name) > LONGEST_DISPLAY
        if long or not is_valid_display_name(display_name):
            raise HTTPError(400, words.NOT_A_TITLE.format(most=LONGEST_DISPLAY))
        if server_name not in user.orm_spawners and not self.makes_names:
            raise HTTPError(404, "There is no server of that name.")
        await super()._check_named_server_request(  # type: ignore[misc] (JupyterHub's handlers)
            user, server_name, display_name, check_limit
        )


class ServersAPIHandler(Checked, UserServerAPIHandler):
    """Making, starting and stopping servers."""

    @property
    def allow_named_servers(self) -> bool:
        """Whether there may be some; what runs can be stopped after that has changed, too."""
        return self.request.method == "DELETE" or bool(super().allow_named_servers)

    async def prepare(self) -> None:
        """Refuse what is larger than any request is."""
        if len(self.request.body) > MOST_BODY:
            raise HTTPError(413, f"This takes no more than {MOST_BODY} bytes.")
        await super().prepare()

    async def patch(self, user_name: str, server_name: str = "") -> None:
        """Refuse it: service, route and statistics know a server by the name that it began with."""
        raise HTTPError(405, "A server can't be changed. Delete it and make another one.")


class SpawnPageHandler(Checked, SpawnHandler):
    """The page that starts a server: of the usual one, and of those that there are."""

    makes_names = False


HANDLERS: list[tuple[str, type]] = [
    # without a name at its end it is the usual server's address, too
    (r"/api/users/([^/]+)/servers/([^/]*)", ServersAPIHandler),
    (r"/spawn/([^/]+)/([^/]+)", SpawnPageHandler),
]
