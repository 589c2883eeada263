"""A class list that changes while the hub runs: who comes gets in, who left is out.

Nobody else notices: the hub does not restart.
"""

import logging
from typing import Any

from semesterhub.roster import Roster

log = logging.getLogger("semesterhub.enrolment")


async def enrol(app: Any, roster: Roster) -> None:  # noqa: ANN401 (a SemesterHub)
    """Bring names, groups and roles to what the roster says, by what the hub does at its start."""
    before = set(app.authenticator.allowed_users)
    members = {"course-staff": roster.staff, "course-graders": roster.graders}
    for role in app.load_roles:
        if role["name"] in members:
            role["users"] = list(members[role["name"]])
    await app.init_users()
    await app.init_groups()
    await app.init_role_assignment()
    await app.init_blocked_users()
    # numbers only: names are in the roster, and a log travels
    log.info(
        "The class list changed: %d came, %d left",
        len(roster.names - before),
        len(before - roster.names),
    )


async def stop_blocked(app: Any) -> None:  # noqa: ANN401 (a SemesterHub)
    """Stop what runs of people who are on the roster no more; what is just starting, next time."""
    for user in list(app.users.values()):
        if user.name not in app.authenticator.blocked_users:
            continue
        for server, spawner in list(user.spawners.items()):
            if spawner.pending or not spawner.active:
                continue
            log.info("Stopping the server of somebody who left the class list")
            try:
                await app.proxy.delete_user(user, server)
                await user.stop(server)
            except Exception:
                # It is tried again the next time; who comes behind does not wait for it.
                log.exception("A server of somebody who left the class list does not stop")
