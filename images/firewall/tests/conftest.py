"""The firewall's stage, set up once for the session."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from firewall_stage import PREFIX, Stage, docker


@dataclass
class Course:
    """Who is there."""

    stage: Stage
    hub: str
    ada: str
    bob: str
    internet: str


@pytest.fixture(scope="session")
def course() -> Iterator[Course]:
    """Start a hub that is not closed, two students who are, and a public server."""
    stage = Stage()
    try:
        stage.prepare()
        stage.start_firewall()
        # As root, for port 53: Docker lets root bind it without capabilities.
        hub = stage.start("hub", "--network-alias", "hub", "53", "8081", "8001", "5432", "9000")
        internet = stage.start("www", "80", "443", "22", network="internet")
        dns = stage.address(hub)
        ada = stage.start_student("ada", "--dns", dns)
        bob = stage.start_student("bob")
        for student in (ada, bob):
            stage.closed(student)
        # A second network after the rules are there: they hold on every interface.
        docker("network", "connect", f"{PREFIX}-internet", ada)
        yield Course(stage, hub, ada, bob, internet)
    finally:
        stage.clear()
