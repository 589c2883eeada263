"""What the alerts service is told: machines, services and starts, without anybody's name.

The hub has the engine anyway. So the service that watches needs no Docker socket, and a token that
is good for this alone.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any

import requests
from docker.errors import APIError
from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.metrics import SERVER_SPAWN_DURATION_SECONDS
from prometheus_client import Metric
from tornado.web import HTTPError

from semesterhub.engine import Engine
from semesterhub.roles import WATCH_SCOPE
from semesterhub.settings import Settings, load_settings
from semesterhub.spawner import shared_engine

log = logging.getLogger("semesterhub.watch")

ENGINE_SECONDS = 8
FAILED = frozenset({"failure", "error"})


def describe_nodes(nodes: Iterable[Mapping[str, Any]], stack: str) -> list[dict[str, str]]:
    """Tell of the stack's machines; another stack's may be in the same Swarm."""
    label = f"semesterhub.role.{stack}"
    listed = list(nodes)
    own = [each for each in listed if label in each["Spec"].get("Labels", {})]
    return [
        {
            "name": str(each["Description"]["Hostname"]),
            "state": str(each["Status"]["State"]),
            "availability": str(each["Spec"]["Availability"]),
        }
        # A course on one machine gives it no role.
        for each in own or listed
    ]


def describe_services(services: Iterable[Mapping[str, Any]], stack: str) -> list[dict[str, Any]]:
    """Tell of the course's own services, not of students' servers."""
    prefix = f"semesterhub-{stack}-"
    return [
        {
            "name": str(each["Spec"]["Name"]).removeprefix(prefix),
            "running": int(each["ServiceStatus"]["RunningTasks"]),
            "desired": int(each["ServiceStatus"]["DesiredTasks"]),
        }
        for each in services
        if "semesterhub.student" not in each["Spec"].get("Labels", {})
    ]


def count_starts(metrics: Iterable[Metric]) -> dict[str, Any]:
    """Tell how many servers started since the hub did, how many did not, and how long they took."""
    succeeded = failed = 0.0
    buckets: dict[float, float] = {}
    for sample in (each for metric in metrics for each in metric.samples):
        status = sample.labels.get("status")
        if sample.name.endswith("_count") and status == "success":
            succeeded += sample.value
        elif sample.name.endswith("_count") and status in FAILED:
            failed += sample.value
        elif sample.name.endswith("_bucket") and status == "success":
            # JSON has no infinity; nothing takes as long as this.
            limit = min(float(sample.labels["le"]), 1e9)
            buckets[limit] = buckets.get(limit, 0.0) + sample.value
    return {
        "succeeded": int(succeeded),
        "failed": int(failed),
        "buckets": [[limit, int(count)] for limit, count in sorted(buckets.items())],
    }


async def ask_engine(engine: Engine, settings: Settings) -> dict[str, Any]:
    """Ask the manager; null where it does not answer soon."""
    try:
        async with asyncio.timeout(ENGINE_SECONDS):
            nodes, services = await engine.overview(f"semesterhub.stack={settings.stack}")
        return {
            "nodes": describe_nodes(nodes, settings.stack),
            "services": describe_services(services, settings.stack),
        }
    except (APIError, requests.RequestException, TimeoutError, KeyError) as error:
        log.warning("The engine did not say what runs: %s", error)
        return {"nodes": None, "services": None}


class WatchHandler(APIHandler):
    """GET /hub/api/course/watch."""

    async def get(self) -> None:
        """Tell it to whoever has the scope."""
        if WATCH_SCOPE not in self.expanded_scopes:
            raise HTTPError(403, "This is for the course's alerts.")
        settings = load_settings()
        self.finish(
            {
                **await ask_engine(shared_engine(), settings),
                "servers": self.users.count_active_users()["active"],
                "limit": settings.spawn.active_servers,
                "starts": count_starts(SERVER_SPAWN_DURATION_SECONDS.collect()),
            }
        )


HANDLERS: list[tuple[Any, ...]] = [(r"/api/course/watch", WatchHandler)]
