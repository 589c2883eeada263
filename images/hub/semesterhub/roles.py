"""What staff and the course's own services may do, as JupyterHub roles: no admins."""

from typing import Any

from semesterhub.roster import STUDENTS, Roster

STAFF_SCOPE = "custom:semesterhub:staff"
CUSTOM_SCOPES = {STAFF_SCOPE: {"description": "See the course page and what is on it"}}
CULL = "cull"
OPERATOR = "operator"


def roles(roster: Roster, *, staff_may_enter_servers: bool) -> list[dict[str, Any]]:
    """List the roles for `JupyterHub.load_roles`."""
    return [
        _staff(roster, may_enter=staff_may_enter_servers),
        {
            "name": CULL,
            "description": "Stop idle servers",
            "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
            "services": [CULL],
        },
        {
            "name": OPERATOR,
            "description": "See everything, stop servers, let people in, see the proxy's routes",
            "scopes": [
                "list:users",
                "read:users",
                "read:servers",
                "read:hub",
                "read:metrics",
                "delete:servers",
                "proxy",
                STAFF_SCOPE,
            ],
            "services": [OPERATOR],
        },
    ]


def _staff(roster: Roster, *, may_enter: bool) -> dict[str, Any]:
    students = f"!group={STUDENTS}"
    scopes = [
        STAFF_SCOPE,
        f"list:users{students}",
        f"read:users{students}",
        f"read:servers{students}",
        f"start:servers{students}",
        f"delete:servers{students}",
        f"read:groups!group={STUDENTS}",
    ]
    if may_enter:
        scopes.append(f"access:servers{students}")
    return {
        "name": "course-staff",
        "description": "See students, start and stop their servers",
        "scopes": scopes,
        "users": list(roster.staff),
    }


def services(cull_token: str, operator_token: str) -> list[dict[str, str]]:
    """List the services for `JupyterHub.services`."""
    return [
        {"name": CULL, "api_token": cull_token},
        {"name": OPERATOR, "api_token": operator_token},
    ]
