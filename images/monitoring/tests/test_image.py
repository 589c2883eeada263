"""The real image on a real engine: it needs no right, records, and its watchdog arrives."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from semesterhub_alerts.facts import Facts
from semesterhub_alerts.handover import WATCHDOG
from semesterhub_alerts.metrics import Seen
from semesterhub_alerts.server import PORT, Server, forget, waiting

ROOT = Path(__file__).parent.parent
IMAGE = "t-monitoring-img"
NAME = f"t-monitoring-{os.getpid()}"
TOKEN = "token-of-the-monitoring"
OWNER = 10986
SECONDS = 150
"""Prometheus repeats what it sent before it knew its Alertmanager after a minute."""


def run(*command: str, check: bool = True) -> str:
    """Run a command; fail with what it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"
    return (done.stdout + done.stderr).strip()


pytestmark = [
    pytest.mark.skipif(
        shutil.which("docker") is None or "Server:" not in run("docker", "version", check=False),
        reason="no Docker engine answers",
    ),
    pytest.mark.skipif(os.geteuid() != 0, reason="making files of other owners takes root"),
]


@dataclass
class Bed:
    """The container, and the alerts service on this computer."""

    alerts: Server

    def inside(self, *command: str, check: bool = True) -> str:
        """Run a command in the container."""
        return run("docker", "exec", NAME, *command, check=check)


@pytest.fixture(scope="module")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """Start it as the service does: a read-only root and no capability."""
    run("docker", "build", "--quiet", "--tag", IMAGE, str(ROOT))
    folder = tmp_path_factory.mktemp("monitoring")
    records, token = folder / "records", folder / "monitoring-token"
    records.mkdir(mode=0o700)
    token.write_text(TOKEN)
    token.chmod(0o400)
    for one in (records, token):
        os.chown(one, OWNER, OWNER)
    alerts = Server(TOKEN, folder / "notices", lambda: Seen(time.time(), Facts(hub_error=""), ()))
    alerts.start()
    try:
        run(
            *("docker", "run", "--detach", "--init", "--name", NAME, "--read-only"),
            *("--cap-drop", "ALL", "--tmpfs", "/tmp", "--memory", "768m"),
            *("--add-host", "alerts:host-gateway", "--add-host", "hub:127.0.0.2"),
            *("--add-host", "chp:127.0.0.2", "-e", "KEEP_DAYS=1", "-e", "KEEP_GIGABYTES=1"),
            *("--volume", f"{records}:/srv/monitoring"),
            *("--volume", f"{token}:/run/secrets/monitoring-token:ro", IMAGE),
        )
        yield Bed(alerts)
    finally:
        run("docker", "rm", "--force", NAME, check=False)
        alerts.shutdown()
        alerts.server_close()


def until(what: str, holds: Callable[[], object]) -> None:
    end = time.monotonic() + SECONDS
    while not holds():
        logs = run("docker", "logs", NAME, check=False)
        assert time.monotonic() < end, f"not within {SECONDS} s: {what}\n{logs}"
        time.sleep(0.5)  # between two looks: Prometheus and Docker are asked, and call nobody


def test_it_is_healthy_as_a_user_without_rights(bed: Bed) -> None:
    healthy = ("sh", "-c", "semesterhub-monitoring-health && echo well")
    until("health", lambda: bed.inside(*healthy, check=False) == "well")
    assert bed.inside("id", "-u") == str(OWNER)
    found = bed.inside("sh", "-c", "find / -xdev -perm /6000 -type f 2>/dev/null || true")
    assert found == "", "nothing gives rights that it has not"


def test_it_records_what_the_alerts_measure(bed: Bed) -> None:
    assert bed.alerts.server_address[1] == PORT
    query = ("promtool", "query", "instant", "http://127.0.0.1:9090")
    until("the metric", lambda: "=> 1 @" in bed.inside(*query, "semesterhub_hub_up", check=False))


def test_its_watchdog_arrives(bed: Bed) -> None:
    until(
        "the watchdog", lambda: any(each.rule == WATCHDOG for each in waiting(bed.alerts.folder)[0])
    )
    forget(waiting(bed.alerts.folder)[1])


def test_it_answers_at_the_loopback_address_alone(bed: Bed) -> None:
    template = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    address = run("docker", "inspect", "-f", template, NAME)
    for port in ("9090", "9093"):
        for host, expected in (("127.0.0.1", "open"), (address, "closed")):
            look = f"nc -z -w 5 {host} {port} 2>/dev/null && echo open || echo closed"
            assert (host, bed.inside("sh", "-c", look)) == (host, expected)


def test_a_silence_is_one_line(bed: Bed) -> None:
    bed.inside("amtool", "silence", "add", "alertname=disk", "--duration=1h", "--comment=moving")
    assert "moving" in bed.inside("amtool", "silence")


def test_it_ends_with_what_it_has_written(bed: Bed) -> None:
    run("docker", "stop", "--time", "60", NAME)
    assert run("docker", "inspect", "-f", "{{.State.ExitCode}}", NAME) == "0"
    run("docker", "start", NAME)
    until("the silence", lambda: "moving" in bed.inside("amtool", "silence", check=False))
