"""Only names on the roster get in, whatever else a login method would allow."""

import importlib
import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from jupyterhub.auth import Authenticator
from semesterhub import auth
from semesterhub.roster import Roster, parse_roster
from semesterhub.settings import Login
from semesterhub.strict import SettingsError
from tornado.web import HTTPError
from traitlets.config import Config

URL = "https://hub.uni.edu"
OAUTH = {"clientSecret": "s3cret"}


async def refused(authenticator: Authenticator, name: str, model: Any) -> str:
    """Expect that a name is refused; return what is said of it."""
    with pytest.raises(HTTPError) as caught:
        await authenticator.check_allowed(name, model)
    assert caught.value.status_code == 403
    return str(caught.value.get_message())


def make(login: Login, secret: Mapping[str, Any], roster: Roster, **more: Any) -> Authenticator:
    module, _, name = auth.CLASSES[login.method].rpartition(".")
    config = Config()
    config.Authenticator.update(auth.common(roster))
    config[name].update(auth.options(login, secret, URL))
    cls = getattr(importlib.import_module(module), name)
    return cls(config=config, **more)


LOGINS = [
    (Login(method="dummy"), {"password": "course-pw"}),
    (Login(method="google", client_id="id", hosted_domains=("uni.edu",)), OAUTH),
    (Login(method="github", client_id="id"), OAUTH),
    (
        Login(
            method="cilogon",
            client_id="id",
            identity_providers=("https://idp.uni.edu",),
            username_claim="email",
        ),
        OAUTH,
    ),
    (Login(method="globus", client_id="id", identity_providers=("uni.edu",)), OAUTH),
    (
        Login(
            method="oidc", client_id="id", issuer="https://login.uni.edu", username_claim="email"
        ),
        OAUTH,
    ),
    (Login(method="lti", username_claim="ext_user"), {"consumers": {"lms": "shared"}}),
]


@pytest.mark.parametrize(("login", "secret"), LOGINS, ids=lambda x: getattr(x, "method", ""))
async def test_only_the_roster(login: Login, secret: Mapping[str, Any], roster: Roster) -> None:
    authenticator = make(login, secret, roster)
    assert authenticator.allowed_users == {"ada", "grace", "teacher"}
    assert authenticator.admin_users == set()
    assert authenticator.enable_auth_state
    info = {"email": "ada@uni.edu", "verified_email": True, "domain": "uni.edu", "hd": "uni.edu"}
    info["idp"] = "https://idp.uni.edu"
    key = getattr(authenticator, "user_auth_state_key", "user")
    model = {"admin": None, "auth_state": {key: info}}
    assert await authenticator.check_allowed("ada", model) is True
    said = await refused(authenticator, "mallory", model)
    # what happened, what to do, whom to ask
    assert "You are logged in as mallory" in said
    assert "not on the class list of this course" in said
    assert "ask the course's staff" in said
    # a method's own rule that lets everybody in is no way past the roster
    authenticator.allow_all = True
    await refused(authenticator, "mallory", model)
    # nor is having been in the database before
    authenticator.add_user(SimpleNamespace(name="mallory"))
    await refused(authenticator, "mallory", model)


def test_options_of_every_method(roster: Roster) -> None:
    google, github, cilogon, globus, oidc, lti = (make(*each, roster) for each in LOGINS[1:])
    assert google.hosted_domain == ["uni.edu"]
    for oauth in (google, github, cilogon, globus, oidc):
        assert (oauth.client_id, oauth.client_secret) == ("id", "s3cret")
        assert oauth.oauth_callback_url == "https://hub.uni.edu/hub/oauth_callback"
    assert list(cilogon.idps) == ["https://idp.uni.edu"]
    assert globus.identity_provider == "uni.edu"
    assert (oidc.login_service, oidc.scope, oidc.enable_pkce) == ("login.uni.edu", ["openid"], True)
    assert make(Login(method="globus", client_id="id"), OAUTH, roster).identity_provider == ""
    assert lti.consumers == {"lms": "shared"}
    assert (lti.username_key, lti.uri_scheme) == ("ext_user", "https")


async def test_github_needs_roster_and_organization(roster: Roster) -> None:
    login = Login(method="github", client_id="id", organizations=("uni", "uni2:ta"))
    authenticator = make(login, OAUTH, roster)
    assert "read:org" in authenticator.scope
    members = {("uni2:ta", "ada")}
    asked = []

    async def member(organization: str, username: str, token: str, kind: str) -> bool:
        asked.append((organization, username, token, kind))
        return (organization, username) in members

    authenticator._check_membership_allowed_organizations = member
    token = {"access_token": "t", "token_type": "bearer"}
    model = {"admin": None, "auth_state": {"token_response": token}}
    assert await authenticator.check_allowed("ada", model) is True
    assert await authenticator.check_allowed("grace", model) is False
    members.add(("uni", "mallory"))
    await refused(authenticator, "mallory", model)
    assert ("uni", "ada", "t", "bearer") in asked
    assert not [each for each in asked if each[1] == "mallory"]


async def test_google_refuses_another_domain(roster: Roster) -> None:
    authenticator = make(*LOGINS[1], roster)
    other = {"auth_state": {authenticator.user_auth_state_key: {"hd": "evil.org"}}}
    assert await authenticator.check_blocked_users("ada", other) is False


class Page:
    """A login page, as far as authenticators ask it."""

    hub = SimpleNamespace(base_url="/hub/")
    request = SimpleNamespace(remote_ip="192.0.2.1", protocol="https")

    def get_signed_cookie(self, *_: object, **__: object) -> None:
        """Have none."""

    def set_signed_cookie(self, *_: object, **__: object) -> None:
        """Forget it."""


async def test_dummy(roster: Roster) -> None:
    authenticator = make(*LOGINS[0], roster)
    good = await authenticator.get_authenticated_user(
        Page(), {"username": "Ada", "password": "course-pw"}
    )
    assert good["name"] == "ada"
    for username, password in (("ada", "wrong"), ("ada", ""), ("mallory", "course-pw")):
        data = {"username": username, "password": password}
        with pytest.raises(HTTPError, match="not on the class list"):
            await authenticator.get_authenticated_user(Page(), data)
    authenticator.password = ""
    with pytest.raises(HTTPError, match="403"):
        await authenticator.authenticate(Page(), {"username": "ada", "password": ""})


@pytest.mark.parametrize(
    ("login", "account", "field"),
    [
        (LOGINS[1][0], {"verified_email": True}, "email"),
        (LOGINS[1][0], {"email": "ada", "verified_email": True}, "email"),
        (LOGINS[1][0], {"email": None}, "email"),
        (LOGINS[2][0], {"id": 7, "login": ""}, "login"),
        (LOGINS[3][0], {"idp": "https://idp.uni.edu", "sub": "x"}, "email"),
        (LOGINS[3][0], {"idp": "https://idp.uni.edu", "email": ["a@uni.edu"]}, "email"),
        (LOGINS[4][0], {"sub": "7"}, "preferred_username"),
        (LOGINS[4][0], {"preferred_username": "@uni.edu"}, "preferred_username"),
        (LOGINS[5][0], {"sub": "7", "email": ["a@uni.edu"]}, "email"),
    ],
)
def test_an_account_without_the_field_that_names_a_person(
    login: Login, account: dict[str, Any], field: str, roster: Roster
) -> None:
    authenticator = make(login, OAUTH, roster)
    with pytest.raises(HTTPError) as caught:
        authenticator.user_info_to_username(account)
    assert caught.value.status_code == 403
    assert f"sent no “{field}”" in str(caught.value.get_message())


def test_an_account_of_another_university(roster: Roster) -> None:
    for account in ({"email": "ada@uni.edu"}, {"email": "a@b.c", "idp": "https://idp.evil.org"}):
        with pytest.raises(HTTPError) as caught:
            make(*LOGINS[3], roster).user_info_to_username(account)
        assert caught.value.status_code == 403
        assert "not one that this course accepts" in str(caught.value.get_message())


@pytest.mark.parametrize(
    ("name", "email", "expected"),
    [
        ("ada", "Ada@uni.edu", "ada"),
        ("ada@uni.edu", "Ada@uni.edu", "ada@uni.edu"),
        ("ada", "ada@other.edu", "ada@other.edu"),
    ],
)
def test_a_roster_of_addresses_or_of_names(name: str, email: str, expected: str) -> None:
    roster = Roster(students=(name,), staff=(), groups={})
    account = {"email": email, "verified_email": True, "hd": email.partition("@")[2]}
    authenticator = make(*LOGINS[1], roster)
    found = authenticator.user_info_to_username(account)
    assert authenticator.normalize_username(found) == expected


def test_a_secret_of_the_wrong_shape_is_named() -> None:
    for login in (Login(method="dummy"), Login(method="lti"), Login(method="github")):
        with pytest.raises(SettingsError, match="login-secret"):
            auth.options(login, {}, URL)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("O'Brien@example.edu", "o'brien@example.edu"),
        ("Mu\u0308ller@example.edu", "m\u00fcller@example.edu"),
        ("M\u00fcller@example.edu", "m\u00fcller@example.edu"),
    ],
)
def test_a_name_is_the_same_however_it_is_written(given: str, name: str) -> None:
    """A letter with its accent is one character, or two: the login's computer decides."""
    roster = parse_roster(json.dumps({"students": [given], "staff": [], "groups": {}}))
    assert roster.students == (name,)
    for login in LOGINS:
        authenticator = make(*login, roster)
        assert authenticator.normalize_username(given) == name
        assert authenticator.validate_username(name)
