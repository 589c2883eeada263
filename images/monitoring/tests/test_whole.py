"""Prometheus and Alertmanager as the image runs them, and the alerts service that delivers.

Needs Debian's programs on this computer; only addresses, folders and intervals are the test's own.
"""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from semesterhub_alerts.facts import Facts
from semesterhub_alerts.handover import WATCHDOG, Notice
from semesterhub_alerts.metrics import Seen
from semesterhub_alerts.server import Server, forget, waiting
from semesterhub_alerts.tracker import Trouble
from tools import PROGRAMS, checked, needed

TOKEN = "token-of-the-monitoring"
SECONDS = 60
QUICK = {
    "for: 5m": "for: 1s",
    "for: 2m": "for: 1s",
    "keep_firing_for: 5m": "keep_firing_for: 1s",
    "_interval: 30s": "_interval: 1s",
    "scrape_timeout: 10s": "scrape_timeout: 1s",
    "group_wait: 15s": "group_wait: 1s",
    "group_interval: 1m": "group_interval: 1s",
    "repeat_interval: 1m": "repeat_interval: 2s",
    # What began before Prometheus knew its Alertmanager is sent again after a minute.
    "--storage.tsdb.path": "--rules.alert.resend-delay=5s --storage.tsdb.path",
}


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def until(what: str, holds: Callable[[], object]) -> None:
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, f"not within {SECONDS} s: {what}"
        time.sleep(0.2)  # between two looks: Prometheus is asked, and calls nobody


@dataclass
class Bed:
    """All of it."""

    alerts: Server
    troubles: list[Trouble]
    prometheus: int
    alertmanager: int
    process: subprocess.Popen[bytes]

    def heard(self) -> list[Notice]:
        """Take the notices that came."""
        found, files = waiting(self.alerts.folder)
        forget(files)
        return found

    def query(self, expression: str) -> list[dict[str, object]]:
        """Ask Prometheus."""
        url = f"http://127.0.0.1:{self.prometheus}/api/v1/query?query={expression}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            found: list[dict[str, object]] = json.load(answer)["data"]["result"]
            return found


@contextmanager
def started(script: Path, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sh", script], env=env)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@pytest.fixture
def bed(tmp_path: Path, folder: Path) -> Iterator[Bed]:
    needed(*PROGRAMS)
    troubles: list[Trouble] = []
    server = Server(
        TOKEN,
        tmp_path / "notices",
        lambda: Seen(time.time(), Facts(hub_error=""), tuple(troubles)),
        port=0,
    )
    server.start()
    prometheus, alertmanager = free_port(), free_port()
    (tmp_path / "token").write_text(TOKEN)
    changes = {
        "127.0.0.1:9090": f"127.0.0.1:{prometheus}",
        "127.0.0.1:9093": f"127.0.0.1:{alertmanager}",
        "alerts:8091": f"127.0.0.1:{server.server_address[1]}",
        "hub:8081": "127.0.0.1:9",
        "chp:8002": "127.0.0.1:9",
        "/run/secrets/monitoring-token": str(tmp_path / "token"),
        "/srv/monitoring": str(tmp_path / "data"),
        "/etc/prometheus": str(tmp_path),
        **QUICK,
    }
    for name in ("prometheus.yml", "alertmanager.yml", "rules.yml", "bin/semesterhub-monitoring"):
        text = (folder / name).read_text()
        for before, after in changes.items():
            text = text.replace(before, after)
        (tmp_path / Path(name).name).write_text(text)
    env = {**os.environ, "KEEP_DAYS": "1", "KEEP_GIGABYTES": "1"}
    with ExitStack() as stack:
        process = stack.enter_context(started(tmp_path / "semesterhub-monitoring", env))
        yield Bed(server, troubles, prometheus, alertmanager, process)
    server.shutdown()
    server.server_close()


def test_what_is_wrong_comes_back_as_a_notice_unless_it_is_silenced(bed: Bed) -> None:
    seen: list[Notice] = []

    def has(rule: str, subject: str = "", *, firing: bool = True) -> bool:
        seen.extend(bed.heard())
        return any(
            (each.rule, each.subject, each.firing) == (rule, subject, firing) for each in seen
        )

    until("the watchdog", lambda: has(WATCHDOG))
    until("what Prometheus itself found", lambda: has("metrics-missing", "chp"))
    bed.troubles.append(Trouble("disk", "anna", "Full.", time.time()))
    until("what the rules found", lambda: has("disk", "anna"))
    (disk,) = [each for each in seen if each.rule == "disk"][:1]
    assert disk.text.startswith("Disks that are nearly full"), disk
    assert disk.advice != ""

    bed.troubles.clear()
    until("its end", lambda: has("disk", "anna", firing=False))

    address = f"--alertmanager.url=http://127.0.0.1:{bed.alertmanager}"
    words = ("silence", "add", "alertname=disk", "--duration=1h", "--comment=moving", "--author=me")
    checked("amtool", address, *words)
    seen.clear()
    bed.troubles.append(Trouble("disk", "berta", "Full.", time.time()))
    bed.troubles.append(Trouble("memory", "berta", "Full.", time.time()))
    until("the other alert", lambda: has("memory", "berta"))
    until("both alerts in Prometheus", lambda: len(bed.query("ALERTS{subject='berta'}")) == 2)
    assert not has("disk", "berta"), "it is silenced"


def test_the_watchdog_stops_where_the_rules_have_nothing_to_look_at(bed: Bed) -> None:
    until("the watchdog", lambda: any(each.rule == WATCHDOG for each in bed.heard()))

    def fail() -> Seen | None:
        raise OSError("no metrics")

    bed.alerts.seen = fail
    over = (WATCHDOG, False)
    until("its end", lambda: any((each.rule, each.firing) == over for each in bed.heard()))


def test_both_end_when_they_are_told_to(bed: Bed) -> None:
    until("the watchdog", lambda: any(each.rule == WATCHDOG for each in bed.heard()))
    bed.process.send_signal(signal.SIGTERM)
    assert bed.process.wait(30) == 0
    for port in (bed.prometheus, bed.alertmanager):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 5).close()
