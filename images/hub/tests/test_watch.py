"""What the alerts service is told, and that nobody else is told it."""

from typing import Any

import pytest
from docker.errors import APIError
from prometheus_client import CollectorRegistry, Histogram
from semesterhub import watch
from semesterhub.roles import STAFF_SCOPE, WATCH_SCOPE
from tornado.web import HTTPError


def node(name: str, state: str = "ready", **labels: str) -> dict[str, Any]:
    return {
        "Description": {"Hostname": name},
        "Status": {"State": state},
        "Spec": {"Availability": "active", "Labels": labels},
    }


def service(name: str, running: int, **labels: str) -> dict[str, Any]:
    return {
        "Spec": {"Name": name, "Labels": {"semesterhub.stack": "dev", **labels}},
        "ServiceStatus": {"RunningTasks": running, "DesiredTasks": 1},
    }


def test_machines_of_this_stack_alone() -> None:
    own = node("anna", "down", **{"semesterhub.role.dev": "node"})
    other = node("berta", **{"semesterhub.role.other": "node"})
    told = watch.describe_nodes([own, other], "dev")
    assert told == [{"name": "anna", "state": "down", "availability": "active"}]
    assert [each["name"] for each in watch.describe_nodes([node("here")], "dev")] == ["here"]


def test_services_without_students() -> None:
    student = {"semesterhub.student": "ada"}
    told = watch.describe_services(
        [service("semesterhub-dev-hub", 1), service("semesterhub-dev-student-ada", 0, **student)],
        "dev",
    )
    assert told == [{"name": "hub", "running": 1, "desired": 1}]


def test_starts_are_counted_by_how_they_ended() -> None:
    registry = CollectorRegistry()
    seconds = Histogram(
        "spawn_seconds", "", ["status", "reason"], buckets=[10, 60], registry=registry
    )
    for took in (3, 5, 30, 100):
        seconds.labels(status="success", reason="").observe(took)
    seconds.labels(status="failure", reason="timeout").observe(60)
    seconds.labels(status="error", reason="unknown").observe(1)
    assert watch.count_starts(seconds.collect()) == {
        "succeeded": 4,
        "failed": 2,
        "buckets": [[10.0, 2], [60.0, 3], [1e9, 4]],
    }
    assert watch.count_starts([]) == {"succeeded": 0, "failed": 0, "buckets": []}


class Stack:
    """Settings, as far as they are read here."""

    stack = "dev"


class Broken:
    """An engine that is away."""

    async def overview(self, label: str) -> Any:
        """Fail."""
        raise APIError(label)


async def test_an_engine_that_is_away_hides_nothing_else() -> None:
    told = await watch.ask_engine(Broken(), Stack())  # type: ignore[arg-type]
    assert told == {"nodes": None, "services": None}


class Handler(watch.WatchHandler):
    """The handler without a request."""

    def __init__(self, *scopes: str) -> None:
        self.expanded_scopes = set(scopes)


@pytest.mark.parametrize("scopes", [(), (STAFF_SCOPE,), ("read:hub", "read:metrics")])
async def test_nobody_else_is_told(scopes: tuple[str, ...]) -> None:
    with pytest.raises(HTTPError) as caught:
        await Handler(*scopes).get()
    assert caught.value.status_code == 403
    assert WATCH_SCOPE not in scopes
