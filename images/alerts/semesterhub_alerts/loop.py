"""The loop: every minute a round of facts, rules and messages."""

import contextlib
import logging
import signal
import threading
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from semesterhub_alerts.channels import Channel, DeliveryError, call, channels
from semesterhub_alerts.delivery import deliver, enqueue
from semesterhub_alerts.facts import Facts
from semesterhub_alerts.gather import gather
from semesterhub_alerts.handover import decide
from semesterhub_alerts.message import Message, compose, plain
from semesterhub_alerts.metrics import Seen
from semesterhub_alerts.rules import RULES
from semesterhub_alerts.server import Server, forget, waiting
from semesterhub_alerts.settings import Settings
from semesterhub_alerts.store import load, save
from semesterhub_alerts.tracker import advance

EVERY_SECONDS = 60
HEALTHY_SECONDS = 5 * EVERY_SECONDS

log = logging.getLogger("alerts")


class Loop:
    """One course's alerts."""

    def __init__(self, settings: Settings, ways: Mapping[str, Channel] | None = None) -> None:
        self.settings = settings
        self.ways = channels(settings) if ways is None else ways
        self.file = settings.data / "memory.json"
        self.memory = load(self.file)
        self.notices = settings.data / "notices"
        self.seen: Seen | None = None
        """The last round, for Prometheus."""
        self._stop = threading.Event()

    def run(self) -> None:
        """Go on until told to end."""
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: self._stop.set())
        log.info("Watching %s; messages go by %s", self.settings.url, ", ".join(self.ways) or "-")
        if self.settings.monitoring_token:
            Server(self.settings.monitoring_token, self.notices, lambda: self.seen).start()
        while not self._stop.is_set():
            self.round()
            self._stop.wait(EVERY_SECONDS)

    def round(self) -> None:
        """Do one round; whatever goes wrong in it, the next one comes."""
        try:
            facts = gather(self.settings, self.memory)
            self.judge(facts, time.time())
            self._beat()
            self._note_well(time.time())
        except Exception as error:  # noqa: BLE001 (a loop that ended would tell nobody anything)
            text = plain(self.settings.hide(f"{type(error).__name__}: {error}"), 300)
            log.error("A round failed, it goes on: %s", text)  # noqa: TRY400 (a trace has what it was called with)

    def judge(self, facts: Facts, now: float) -> None:
        """Tell what is new, once it is noted."""
        memory, settings = self.memory, self.settings
        troubles, events = advance(RULES, facts, settings.limits, memory.troubles, now)
        memory.troubles = troubles
        self.seen = Seen(now, facts, tuple(troubles.values()))
        notices, files = waiting(self.notices)
        events = decide(memory.handover, notices, events, troubles, now)
        if events:
            message = compose(events, settings.stack, settings.title, settings.url)
            for line in message.lines:
                log.info("%s: %s", line.kind, line.text)
            enqueue(memory, self.ways, message, now)
        # Ahead of the sending: a crash in between sends a message twice, and never none.
        save(self.file, memory)
        forget(files)
        deliver(memory, self.ways, now)
        save(self.file, memory)

    def _note_well(self, now: float) -> None:
        """Write what `semesterhub-alerts-health` compares with the clock."""
        file = well_until(self.settings.data)
        new = file.with_suffix(".new")
        new.write_text(f"{int(now) + HEALTHY_SECONDS}\n")
        new.replace(file)

    def _beat(self) -> None:
        """Tell a watcher outside that this watcher is alive: the one thing it can't tell itself."""
        if not self.settings.heartbeat:
            return
        try:
            call(urllib.request.Request(self.settings.heartbeat, method="GET"))  # noqa: S310 (https by the configuration's check)
        except DeliveryError as error:
            if self.memory.errors.get("heartbeat") != str(error):
                log.warning("The heartbeat was not taken: %s", error)
            self.memory.errors["heartbeat"] = str(error)
        else:
            self.memory.errors.pop("heartbeat", None)


def well_until(data: Path) -> Path:
    """Tell the file in which each round writes until when the rounds count as going on."""
    return data / "well-until"


def is_alive(data: Path, now: float) -> bool:
    """Whether the rounds go on."""
    with contextlib.suppress(OSError, ValueError):
        return now < int(well_until(data).read_text())
    return False


def send_now(ways: Mapping[str, Channel], message: Message) -> dict[str, str]:
    """Send a message by every channel at once; return what each said, empty where it was taken."""
    said: dict[str, str] = {}
    for name, way in ways.items():
        try:
            way(message)
        except DeliveryError as error:
            said[name] = str(error)
        else:
            said[name] = ""
    return said
