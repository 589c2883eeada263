"""Start, watch and stop each person's server, a Swarm service of its own."""

import asyncio
import functools
import sys
from typing import Any

from docker.errors import APIError
from dockerspawner import SwarmSpawner
from jupyterhub.spawner import SpawnException
from jupyterhub.utils import maybe_future, url_path_join
from traitlets import Any as AnyTrait
from traitlets import Instance, default

from semesterhub import words
from semesterhub.choosing import Choosing
from semesterhub.engine import Engine, is_away
from semesterhub.homes import HomesError, fetch_home
from semesterhub.named_servers import check_start, client_id
from semesterhub.probe import until_answer
from semesterhub.progress import Telling
from semesterhub.roster import load_roster
from semesterhub.settings import Settings, load_settings
from semesterhub.spec import Server, environment, service_name, service_spec
from semesterhub.starts import Stopwatch, recorded
from semesterhub.tasks import Observation, Subscription, TaskWatcher, choose, explain, observe

STOP_TIMEOUT_SECONDS = 60
# JupyterHub's own time-out is longer by this, so that ours, which knows the reason, comes first
CLEANUP_SECONDS = 30
QUEUE_SECONDS = 3600
"""How long a start may wait in line, for JupyterHub's time-out, which counts that too."""
CONFLICT = 409
QUEUED = "Many servers are starting right now. Yours is in the queue and starts by itself."


@functools.cache
def shared_engine() -> Engine:
    """Return the one engine of this process."""
    return Engine()


@functools.cache
def shared_watcher() -> TaskWatcher:
    """Return the one watcher of this process."""
    return TaskWatcher(shared_engine())


@functools.cache
def shared_places() -> asyncio.Semaphore:
    """Return the places of servers that start at the same time: who comes later waits in line."""
    return asyncio.Semaphore(load_settings().spawn.concurrent or sys.maxsize)


class SemesterSpawner(Choosing, Telling, SwarmSpawner):
    """SwarmSpawner for a course: own homes and UIDs, limits, and Swarm's reasons told at once."""

    settings = Instance(Settings)
    engine = AnyTrait()
    watcher = AnyTrait()
    places = AnyTrait()
    starting = False
    _room = words.NO_ROOM

    @default("settings")
    def _default_settings(self) -> Settings:
        return load_settings()

    @default("engine")
    def _default_engine(self) -> Engine:
        return shared_engine()

    @default("watcher")
    def _default_watcher(self) -> TaskWatcher:
        return shared_watcher()

    @default("places")
    def _default_places(self) -> asyncio.Semaphore:
        return shared_places()

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 (JupyterHub's own signature)
        super().__init__(**kwargs)
        if self.name:
            self.oauth_client_id = client_id(self.user.name, self.name)
        self._watch = Stopwatch()

    # ---- start

    async def start(self) -> str:
        """Start the server and return its URL once it answers; on failure leave nothing behind."""
        with recorded(self.user.db, self.user.name) as self._watch:
            return await self._start_in_turn()

    async def _start_in_turn(self) -> str:
        self.begin_telling()
        self.starting = True
        seconds = self.settings.spawn.timeout_seconds
        try:
            check_start(self.user, self.name, self.settings.limits.named_servers)
            chosen = self.checked_choice()
            if self.places.locked():
                self.tell(2, QUEUED)
            async with self.places, asyncio.timeout(seconds):
                self._watch.turn()
                return await self._start(chosen)
        except TimeoutError:
            await self._give_up()
            raise SpawnException(
                f"Your server was not ready within {seconds} seconds. {self.told_last}".strip(),
                reason="timeout",
                status_code=503,
            ) from None
        except BaseException as error:
            # a hub that ends leaves the service: the next one finds it and goes on
            if not self.engine.closing:
                failed = isinstance(error, SpawnException)
                await asyncio.shield(self._give_up() if failed else self._clean_up())
            raise
        finally:
            self.starting = False

    async def _start(self, settings: Settings) -> str:
        self.tell(5, "Opening your home folder")
        server = await self._whose()
        self._room = words.NO_GPU if settings.limits.gpus else words.NO_ROOM
        self.tell(15, "Asking for a place on one of the course's machines")
        self.object_name = service_name(settings, server.home.slug, self.name)
        env = {**self.get_env(), **environment(settings, server)}
        self.object_id = await self._create(service_spec(settings, server, env))
        self.log.info("Created service %s (%s)", self.object_name, self.object_id[:12])
        self._remember()
        return await self._until_ready()

    async def _whose(self) -> Server:
        username = self.user.name
        roster = load_roster()
        folders = roster.folders_of(username)
        try:
            home = await fetch_home(self.settings.homes_url, username, folders)
        except HomesError as error:
            raise SpawnException(
                f"Your home folder can't be opened; please tell the course's staff. ({error})",
                reason="homes",
                status_code=503,
            ) from error
        for group in set(folders) - set(home.folders):
            self.log.error(
                "%s's server has no folder of %s; `npm run logs homes` says why", username, group
            )
        staff = roster.is_staff(username)
        grader = username in roster.graders
        return Server(username=username, staff=staff, grader=grader, home=home, name=self.name)

    async def _create(self, spec: dict[str, Any]) -> str:
        """Create the service; one that is there already was left by a hub that crashed."""
        try:
            return await self.engine.create(spec)
        except APIError as error:
            if error.status_code != CONFLICT:
                raise SpawnException(
                    "Swarm does not take the order for your server. Please tell the course's"
                    f" staff: {error.explanation}",
                    reason="refused",
                    status_code=500,
                ) from error
        name = spec["name"]
        for service in await self.engine.services({"name": name}):
            if service["Spec"]["Name"] != name:
                continue
            if service["Spec"].get("Labels") != spec["labels"]:
                raise SpawnException(words.NAME_TAKEN, reason="refused", status_code=500)
            self.log.warning("Removing service %s, left from before", name)
            await self._remove(name, service["ID"])
        return await self.engine.create(spec)

    def _remember(self) -> None:
        """Save the service's name now: a hub that restarts during this start finds it again."""
        self.orm_spawner.state = self.get_state()
        self.user.db.commit()

    async def _until_ready(self) -> str:
        """Follow Swarm's task until it runs, then the task and the server in it together."""
        with self.watcher.watch(self.object_name, self.object_id) as looks:
            seen = await self._placed(looks)
            self.tell(60, "Your server is starting")
            path = url_path_join(self.server.base_url, "api")
            answer = asyncio.create_task(until_answer(seen.address, self.port, path))
            death = asyncio.create_task(self._death(looks))
            try:
                await asyncio.wait({answer, death}, return_when=asyncio.FIRST_COMPLETED)
                await (death if death.done() else answer)
            finally:
                answer.cancel()
                death.cancel()
        self.tell(95, "Your server is ready")
        return f"http://{seen.address}:{self.port}"

    async def _placed(self, looks: Subscription) -> Observation:
        """Return once the container runs, and tell meanwhile what it waits for."""
        while True:
            seen = self._observation(await looks.next())
            if seen is None:
                continue
            self._check(seen)
            if seen.running and seen.address:
                return seen

    async def _death(self, looks: Subscription) -> None:
        """Raise if the task ends; never return."""
        while True:
            seen = self._observation(await looks.next())
            if seen is not None:
                self._check(seen)

    def _observation(self, tasks: list[dict[str, Any]]) -> Observation | None:
        task = choose(tasks)
        return observe(task, self.settings.course_network) if task else None

    def _check(self, seen: Observation) -> None:
        """Tell what is new, and give up at once on a task that will never run."""
        if seen.dead:
            raise SpawnException(explain(seen), reason=seen.state, status_code=500)
        if seen.waits_for_room:
            self._watch.waits_for_room = True
            self.tell(20, self._room)
        elif seen.state in {"assigned", "accepted", "preparing", "ready", "starting"}:
            self._watch.waits_for_room = False
            self.tell(40, "A place was found, the server is being set up")

    # ---- state

    async def poll(self) -> int | str | None:
        """Return None while the server runs or starts, else why it does not."""
        if self.starting:
            return None
        if not self.object_id:
            return 0
        try:
            seen = await self._look()
        except Exception as error:
            if not is_away(error):
                raise
            # It can't be told, so it is as it was: a server is not taken for dead, and removed.
            self.log.warning("The engine does not tell whether %s runs: %s", self._log_name, error)
            return None
        if seen is None:
            return 0
        return (seen.reason or seen.state) if seen.dead else None

    async def _look(self) -> Observation | None:
        tasks = await self.engine.tasks([self.object_name])
        return self._observation([t for t in tasks if t["ServiceID"] == self.object_id])

    async def get_ip_and_port(self) -> tuple[str, int]:
        """Return the task's own address on the course's network."""
        seen = await self._look()
        if seen is None or not seen.address:
            raise RuntimeError(f"service {self.object_name} has no address")
        return seen.address, self.port

    async def get_url(self) -> str:
        """Return where a server found by a restarted hub is, once Swarm has placed it."""
        with self.watcher.watch(self.object_name, self.object_id) as looks:
            while (seen := self._observation(await looks.next())) and not seen.dead:
                if seen.running and seen.address:
                    return url_path_join(f"http://{seen.address}:{self.port}", self.server.base_url)
        return self.server.url

    # ---- stop

    async def stop(self, now: bool = False) -> None:  # noqa: FBT001, FBT002 (JupyterHub's)
        """Remove the service and return when its container has ended: a start may follow."""
        await self._clean_up()
        self.clear_state()

    async def run_post_stop_hook(self) -> None:
        """Remove the service of a server that ended by itself, which JupyterHub does not stop."""
        await self._clean_up()
        await maybe_future(super().run_post_stop_hook())

    async def _clean_up(self) -> None:
        if self.object_id:
            await self._remove(self.object_name, self.object_id)
            self.object_id = ""

    async def _give_up(self) -> None:
        """Remove a server that did not start; what it said of why goes with it, so keep that."""
        if self.object_id:
            last = await self.engine.last_words(self.object_id)
            self.log.warning("%s did not start. Its last words: %s", self.object_name, last or "-")
        await self._clean_up()

    async def _remove(self, name: str, service_id: str) -> None:
        await self.engine.remove(service_id)
        try:
            async with asyncio.timeout(STOP_TIMEOUT_SECONDS):
                await self.watcher.gone(name, service_id)
        except TimeoutError:
            self.log.warning("Service %s is removed, but its container has not ended", name)
