"""What staff and the course's own services may do, as JupyterHub roles: no admins."""

from typing import Any

from semesterhub.roster import STUDENTS, Roster

STAFF_SCOPE = "custom:semesterhub:staff"
CHECK_SCOPE = "custom:semesterhub:check"
CUSTOM_SCOPES = {
    STAFF_SCOPE: {"description": "See the course page and what is on it"},
    CHECK_SCOPE: {"description": "Make a student for a check that the course answers"},
}
CULL = "cull"
OPERATOR = "operator"
GRADING = "grading"
GRADING_SCOPES = [f"access:services!service={GRADING}", "list:services"]


def roles(roster: Roster, *, staff_may_enter_servers: bool) -> list[dict[str, Any]]:
    """List the roles for `JupyterHub.load_roles`."""
    return [
        _staff(roster, may_enter=staff_may_enter_servers),
        {
            "name": "course-graders",
            "description": "Grade assignments",
            "scopes": [*GRADING_SCOPES, f"read:services!service={GRADING}"],
            "users": list(roster.graders),
        },
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
                CHECK_SCOPE,
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


def services(
    cull_token: str, operator_token: str, grading_token: str, grading_url: str
) -> list[dict[str, Any]]:
    """List the services for `JupyterHub.services`."""
    return [
        {
            "name": GRADING,
            "api_token": grading_token,
            "url": grading_url,
            # It is the course's own: no page that asks a grader whether it may know the name.
            "oauth_no_confirm": True,
        },
        {"name": CULL, "api_token": cull_token},
        {"name": OPERATOR, "api_token": operator_token},
    ]
