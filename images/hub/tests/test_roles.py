"""Nobody is an admin; staff and services get what they need and no more."""

import pytest
from jupyterhub import scopes
from semesterhub import roles
from semesterhub.roster import Roster


def scopes_of(roster: Roster, name: str, *, enter: bool = False) -> set[str]:
    [role] = [r for r in roles.roles(roster, staff_may_enter_servers=enter) if r["name"] == name]
    return set(role["scopes"])


def test_staff_reach_students_only(roster: Roster) -> None:
    staff = scopes_of(roster, "course-staff")
    assert roles.STAFF_SCOPE in staff
    assert all(s == roles.STAFF_SCOPE or s.endswith("!group=students") for s in staff)
    assert not any(s.startswith(("access:", "admin", "tokens")) for s in staff)
    entered = scopes_of(roster, "course-staff", enter=True)
    assert entered - staff == {"access:servers!group=students"}


def test_services(roster: Roster) -> None:
    assert scopes_of(roster, "cull") == {
        "list:users",
        "read:users:activity",
        "read:servers",
        "delete:servers",
    }
    operator = scopes_of(roster, "operator")
    assert {"delete:servers", "proxy", "read:users"} <= operator
    assert not any(s.startswith(("access:", "admin:", "start:")) for s in operator)
    assert scopes_of(roster, "statistics") == {roles.STATISTICS_SCOPE}
    tokens = {"grading": "g", "statistics": "s", "cull": "c", "operator": "o"}
    made = roles.services(tokens, "http://grading:8000", "http://statistics:8000")
    assert [(each["name"], each["api_token"], each.get("url")) for each in made] == [
        ("grading", "g", "http://grading:8000"),
        ("statistics", "s", "http://statistics:8000"),
        ("cull", "c", None),
        ("operator", "o", None),
    ]
    assert [each.get("oauth_client_allowed_scopes") for each in made] == [
        None,
        [roles.STAFF_SCOPE],
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("name", "scope"), [("alerts", "custom:semesterhub:watch"), ("monitoring", "read:metrics")]
)
def test_an_optional_service_sees_one_thing_and_only_where_it_is_configured(
    roster: Roster, name: str, scope: str
) -> None:
    usual = roles.roles(roster, staff_may_enter_servers=False)
    with_it = roles.roles(roster, staff_may_enter_servers=False, optional={name})
    [role] = [role for role in with_it if role not in usual]
    assert (role["name"], role["services"], role["scopes"]) == (name, [name], [scope])
    tokens = {name: name[0] for name in ("cull", "operator", "grading", "statistics")}
    made = roles.services({**tokens, name: "a"}, "http://g:8000", "http://s:8000")
    assert made[len(tokens) :] == [{"name": name, "api_token": "a"}]


def test_graders_alone_reach_the_grading_service(roster: Roster) -> None:
    [role] = [
        r
        for r in roles.roles(roster, staff_may_enter_servers=False)
        if "access:services!service=grading" in r["scopes"]
    ]
    assert role["users"] == ["teacher"]


@pytest.mark.parametrize("enter", [True, False])
def test_every_scope_exists(roster: Roster, *, enter: bool) -> None:
    for role in roles.roles(roster, staff_may_enter_servers=enter):
        for scope in role["scopes"]:
            known = {*scopes.scope_definitions, *roles.CUSTOM_SCOPES}
            assert scope.partition("!")[0] in known
