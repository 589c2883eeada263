"""Make the package importable; a course that is well."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

from semesterhub_alerts.facts import (
    Backup,
    Facts,
    Grading,
    Homes,
    Hub,
    Machine,
    Node,
    Public,
    Service,
    Space,
    Starts,
)


@pytest.fixture
def well() -> Facts:
    machine = Machine("anna", Space(50, 100), Space(50, 100), Space(50, 100), clock_ahead=0.1)
    return Facts(
        public=Public(status=200, certificate_days=60, clock_ahead=-1),
        hub_error="",
        hub=Hub(
            nodes=(Node("anna", "ready"), Node("berta", "ready", "drain")),
            services=(Service("hub", 1, 1), Service("sandbox", 2, 2)),
            starts=Starts(40, 2, 20),
            servers=40,
            servers_limit=100,
        ),
        machines=(machine,),
        storage=Space(50, 100),
        storage_inodes=Space(50, 100),
        backup=Backup(
            every=3600,
            expected_for=10**6,
            success_age=3000,
            first_success_age=10**6,
            drill_age=86400,
            target=Space(50, 100),
        ),
        homes=Homes(limited=100, full=3, exchange=Space(50, 100)),
        silent=(),
        grading=Grading(waiting=5, waited=7200, idle=20),
    )
