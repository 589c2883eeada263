"""A Swarm in memory, and a spawner that needs no hub around it."""

# ruff: noqa: D102 (the methods are documented where they are real)

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import requests
from docker.errors import APIError, NotFound
from semesterhub.spawner import SemesterSpawner
from semesterhub.starts import Start

NETWORK = "semesterhub-dev-course"


def api_error(status: int, explanation: str) -> APIError:
    response = requests.Response()
    response.status_code = status
    return APIError(explanation, response, explanation)


def task(service: str, state: str, **more: Any) -> dict[str, Any]:
    address = more.pop("address", "")
    attachment = {"Network": {"Spec": {"Name": NETWORK}}, "Addresses": [f"{address}/20"]}
    other = {"Network": {"Spec": {"Name": "ingress"}}, "Addresses": ["10.0.0.9/24"]}
    return {
        "ServiceID": service,
        "CreatedAt": more.pop("created", "2026-11-21T12:00:00Z"),
        "DesiredState": more.pop("desired", "running"),
        "Status": {"State": state, "Err": more.pop("err", ""), **more},
        "NetworksAttachments": [other, attachment] if address else None,
    }


class FakeEngine:
    """What Engine does, from a list of looks that the test writes."""

    def __init__(self, looks: list[list[dict[str, Any]]] | None = None) -> None:
        self.closing = False
        self.looks = looks or []
        self.existing: dict[str, str] = {}  # service ID by name
        self.labels = {"semesterhub.stack": "dev", "semesterhub.student": "ada"}  # of all of them
        self.created: list[Mapping[str, Any]] = []
        self.removed: list[str] = []
        self.listings = 0
        self.refuse: Exception | None = None
        self.words = ""

    async def create(self, spec: Mapping[str, Any]) -> str:
        if self.refuse:
            raise self.refuse
        if spec["name"] in self.existing:
            raise api_error(409, "name conflicts with an existing object")
        self.created.append(spec)
        self.existing[spec["name"]] = "new"
        return "new"

    async def remove(self, service: str) -> bool:
        self.removed.append(service)
        self.existing = {n: i for n, i in self.existing.items() if i != service}
        return True

    async def last_words(self, service: str) -> str:
        assert service in self.existing.values(), "asked when it was removed"
        return self.words

    async def services(self, filters: Mapping[str, str]) -> list[dict[str, Any]]:
        return [
            {"ID": i, "Spec": {"Name": n, "Labels": self.labels}}
            for n, i in self.existing.items()
            if n.startswith(filters["name"])
        ]

    async def tasks(self, names: list[str]) -> list[dict[str, Any]]:
        self.listings += 1
        self.asked = names
        await asyncio.sleep(0)
        alive = set(self.existing.values())
        look = self.looks[0] if self.looks else []
        if len(self.looks) > 1:
            self.looks.pop(0)
        return [each for each in look if each["ServiceID"] in alive]


class FakeClient:
    """A docker-py client that fails as told, then answers."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)

    def tasks(self, filters: Mapping[str, Any]) -> list[Any]:
        if self.failures:
            raise self.failures.pop(0)
        return [filters]

    def service_logs(self, service: str, **options: Any) -> Any:
        if self.failures:
            raise self.failures.pop(0)
        assert (service, options["tail"]) == ("new", 20)
        yield from (b"one\n", b"two \xff\n")

    def remove_service(self, service: str) -> None:
        if self.failures:
            raise self.failures.pop(0)
        raise NotFound(service)

    def create_service(self, **_: Any) -> dict[str, str]:
        if self.failures:
            raise self.failures.pop(0)
        return {"ID": "made"}


class FakeSession:
    """The hub's database, as far as a spawner uses it."""

    def __init__(self, spawner: "LoneSpawner") -> None:
        self._spawner = spawner

    def add(self, row: Start) -> None:
        row.id = 1
        self._spawner.starts.append(row)

    def commit(self) -> None:
        self._spawner.commits += not self._spawner.starts

    def query(self, *_: object) -> Any:
        return SimpleNamespace(filter=lambda *_: SimpleNamespace(delete=lambda: 0))


class LoneSpawner(SemesterSpawner):
    """The real spawner; only what JupyterHub around it would give is made up."""

    def __init__(self, **kwargs: Any) -> None:
        self.commits = 0
        self.starts: list[Start] = []
        """What was recorded of starts."""
        user = SimpleNamespace(name="ada", db=FakeSession(self))
        orm_spawner = SimpleNamespace(state=None, name="", server=None)
        super().__init__(user=user, orm_spawner=orm_spawner, **kwargs)

    @property
    def server(self) -> Any:
        return SimpleNamespace(base_url="/user/ada/", url="http://old:8888/user/ada/")

    def get_env(self) -> dict[str, str]:
        return {"JUPYTERHUB_USER": "ada"}
