"""configurable-http-proxy as a service of its own, whose routes the hub keeps whole."""

import logging
from typing import Any

import aiohttp
from jupyterhub.httpclient import fetch
from jupyterhub.proxy import ConfigurableHTTPProxy
from jupyterhub.utils import url_path_join

from semesterhub.loops import forever

log = logging.getLogger("semesterhub.proxy")


class CourseProxy(ConfigurableHTTPProxy):
    """A proxy that the hub does not start, and that forgets its routes when it restarts."""

    async def get_all_routes(self) -> dict[str, Any]:
        """List the routes, without the proxy's own idea of activity.

        An open JupyterLab asks its server something every few seconds for ever, so a proxy
        sees activity where nobody is. What counts is what servers report of kernels and people.
        """
        routes = await super().get_all_routes()
        for route in routes.values():
            route["data"].pop("last_activity", None)
        return routes

    async def forgot_routes(self) -> bool:
        """Whether the proxy is up and lacks even the hub's route, as the hub itself adds it."""
        url = url_path_join(self.api_url, "api/routes")
        headers = {"Authorization": f"token {self.auth_token}"}
        try:
            response = await fetch(url, headers=headers)
            routes = await response.json()
        except (aiohttp.ClientError, TimeoutError) as error:
            log.info("The proxy does not answer: %s", error)
            return False
        # the proxy begins with a default route of its own, without the hub's mark
        own = self._routespec_to_chp_path(self.app.hub.routespec)
        return not routes.get(own, {}).get("jupyterhub")


async def keep_routes(app: Any, every: float = 2.0) -> None:  # noqa: ANN401 (a JupyterHub)
    """Give a restarted proxy its routes back at once; JupyterHub itself looks every 5 minutes."""

    async def look() -> None:
        if await app.proxy.forgot_routes():
            log.warning("The proxy has no routes: it was restarted; adding them")
            await app.proxy.check_routes(app.users, app._service_map)

    await forever("the proxy's routes", every, look)
