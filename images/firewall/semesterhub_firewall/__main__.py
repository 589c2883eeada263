"""The firewall: one process on each machine that runs students."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from http.client import HTTPException

from . import state
from .engine import Engine, EngineError
from .guard import Guard, log
from .machine import ROUTES, own_addresses
from .rules import CONNECTIONS, DATAGRAMS, Policy, allowed, limit, network, ruleset

DOCKER_SOCKET = "/var/run/docker.sock"
RECONNECT = (0.1, 0.3, 1.0, 2.0)


def policy() -> Policy:
    """Read the settings; raise ValueError with what is wrong."""
    blocked = [one for one in os.environ.get("BLOCKED", "").split(",") if one.strip()]
    return Policy(
        course=network(os.environ.get("COURSE_SUBNET", "")),
        blocked=(*map(network, blocked), *own_addresses(ROUTES.read_text())),
        allowed=allowed(os.environ.get("ALLOWED", "")),
        connections=limit("CONNECTIONS", os.environ.get("CONNECTIONS", ""), CONNECTIONS),
        datagrams=limit("DATAGRAMS", os.environ.get("DATAGRAMS", ""), DATAGRAMS),
    )


class Watch:
    """Follows the engine, and goes over everything from time to time."""

    def __init__(self, engine: Engine, guard: Guard, every: float) -> None:
        self._engine = engine
        self._guard = guard
        self._every = every
        self._connected = False
        self._writing = threading.Lock()

    def follow(self) -> None:
        """Close containers as they start, for ever."""
        tries = 0
        while True:
            try:
                for student in self._engine.starts():
                    if student is None:
                        # Listening now, so nothing can start unseen: then all that runs already.
                        self._connected = True
                        tries = 0
                        log("listening to the engine")
                        self._say()
                        for running in self._engine.students():
                            self._guard.submit(running)
                    else:
                        self._guard.submit(student)
                log("the engine ended the connection")
            except (OSError, HTTPException, EngineError, ValueError) as error:
                log(f"the engine does not answer: {error}")
            self._connected = False
            # An engine that is away tells nobody when it is back.
            time.sleep(RECONNECT[min(tries, len(RECONNECT) - 1)])
            tries += 1

    def heartbeat(self) -> None:
        """Say how things are, every few seconds."""
        while True:
            self._say()
            time.sleep(state.EVERY)  # that time goes by is what the file says

    def _say(self) -> None:
        guard = self._guard
        with self._writing:
            state.write(time.time(), connected=self._connected, failed=dict(guard.failed))

    def verify(self) -> None:
        """See that every table is there and as it should be; the machine's addresses may change."""
        while True:
            time.sleep(self._every)  # the kernel tells nobody that a table was changed
            try:
                self._guard.rules = ruleset(policy())
                self._guard.verify()
            except (OSError, HTTPException, EngineError, ValueError) as error:
                log(f"could not look over the containers: {error}")


def main() -> int:
    """Run until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    try:
        rules = ruleset(policy())
        stack = os.environ["STACK"]
        every = float(os.environ.get("VERIFY_SECONDS", "60"))
    except KeyError:
        log("STACK is not set: give the stack whose students are to be closed")
        return 2
    except (ValueError, OSError) as error:
        log(f"cannot start: {error}")
        return 2
    engine = Engine(DOCKER_SOCKET, stack)
    watch = Watch(engine, Guard(engine, rules), every)
    for job in (watch.heartbeat, watch.verify):
        threading.Thread(target=job, daemon=True, name=job.__name__).start()
    watch.follow()
    return 1


if __name__ == "__main__":
    sys.exit(main())
