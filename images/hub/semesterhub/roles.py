"""What staff and the course's own services may do, as JupyterHub roles: no admins."""

from collections.abc import Container, Mapping
from typing import Any

from semesterhub.roster import STAFF, STUDENTS, Roster

STAFF_SCOPE = "custom:semesterhub:staff"
CHECK_SCOPE = "custom:semesterhub:check"
STATISTICS_SCOPE = "custom:semesterhub:statistics"
WATCH_SCOPE = "custom:semesterhub:watch"
CUSTOM_SCOPES = {
    STAFF_SCOPE: {"description": "See the course page and what is on it"},
    CHECK_SCOPE: {"description": "Make a student for a check that the course answers"},
    WATCH_SCOPE: {"description": "See whether machines, services and starts are well"},
    STATISTICS_SCOPE: {"description": "Read what the statistics are made from"},
}
CULL = "cull"
OPERATOR = "operator"
GRADING = "grading"
ALERTS = "alerts"
STATISTICS = "statistics"
MONITORING = "monitoring"
GRADING_SCOPES = [f"access:services!service={GRADING}", "list:services"]


def roles(
    roster: Roster, *, staff_may_enter_servers: bool, optional: Container[str] = ()
) -> list[dict[str, Any]]:
    """List the roles for `JupyterHub.load_roles`; those of optional services where they are."""
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
            "name": STATISTICS,
            "description": "Read who is on line, starts of servers, and the machines' memory",
            "scopes": [STATISTICS_SCOPE],
            "services": [STATISTICS],
        },
        {
            "name": "course-people",
            "description": "See the statistics page: staff the course's, students their own",
            "scopes": [f"access:services!service={STATISTICS}"],
            "groups": [STUDENTS, STAFF],
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
        *(role for role in _OPTIONAL if role["name"] in optional),
    ]


_OPTIONAL = (
    {
        "name": ALERTS,
        "description": "Tell operators what is wrong",
        "scopes": [WATCH_SCOPE],
        "services": [ALERTS],
    },
    {
        "name": MONITORING,
        "description": "Record the hub's metrics",
        "scopes": ["read:metrics"],
        "services": [MONITORING],
    },
)
OPTIONAL = tuple(str(role["name"]) for role in _OPTIONAL)
"""Services that are there where the configuration has them."""


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
    tokens: Mapping[str, str], grading_url: str, statistics_url: str
) -> list[dict[str, Any]]:
    """List the services for `JupyterHub.services`; tokens has one for each, by its name."""
    # Pages of the course's own: none asks a person whether the service may know the name.
    own = {"oauth_no_confirm": True}
    return [
        {"name": GRADING, "api_token": tokens[GRADING], "url": grading_url, **own},
        {
            "name": STATISTICS,
            "api_token": tokens[STATISTICS],
            "url": statistics_url,
            # By it the page knows staff.
            "oauth_client_allowed_scopes": [STAFF_SCOPE],
            **own,
        },
        {"name": CULL, "api_token": tokens[CULL]},
        {"name": OPERATOR, "api_token": tokens[OPERATOR]},
        *({"name": name, "api_token": tokens[name]} for name in OPTIONAL if name in tokens),
    ]
