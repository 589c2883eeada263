"""Only names on the roster get in, whatever else a login method would allow."""

import importlib
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from jupyterhub.auth import Authenticator
from nativeauthenticator.orm import UserInfo
from semesterhub import auth
from semesterhub.roster import Roster
from semesterhub.settings import Login
from semesterhub.strict import SettingsError
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from traitlets.config import Config

URL = "https://hub.uni.edu"
OAUTH = {"clientSecret": "s3cret"}


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
    assert await authenticator.check_allowed("mallory", model) is False
    # a method's own rule that lets everybody in is no way past the roster
    authenticator.allow_all = True
    assert await authenticator.check_allowed("mallory", model) is False
    # nor is having been in the database before
    authenticator.add_user(SimpleNamespace(name="mallory"))
    assert await authenticator.check_allowed("mallory", model) is False


def test_options_of_every_method(roster: Roster) -> None:
    google, github, cilogon, globus, lti = (make(*each, roster) for each in LOGINS[1:])
    assert google.hosted_domain == ["uni.edu"]
    for oauth in (google, github, cilogon, globus):
        assert (oauth.client_id, oauth.client_secret) == ("id", "s3cret")
        assert oauth.oauth_callback_url == "https://hub.uni.edu/hub/oauth_callback"
    assert list(cilogon.idps) == ["https://idp.uni.edu"]
    assert globus.identity_provider == "uni.edu"
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
    assert await authenticator.check_allowed("mallory", model) is False
    assert ("uni", "ada", "t", "bearer") in asked
    assert not [each for each in asked if each[1] == "mallory"]


async def test_google_refuses_another_domain(roster: Roster) -> None:
    authenticator = make(*LOGINS[1], roster)
    other = {"auth_state": {authenticator.user_auth_state_key: {"hd": "evil.org"}}}
    assert authenticator.check_blocked_users("ada", other) is False


async def test_dummy(roster: Roster) -> None:
    authenticator = make(*LOGINS[0], roster)
    good = await authenticator.get_authenticated_user(
        None, {"username": "Ada", "password": "course-pw"}
    )
    assert good["name"] == "ada"
    for username, password in (("ada", "wrong"), ("ada", ""), ("mallory", "course-pw")):
        data = {"username": username, "password": password}
        assert await authenticator.get_authenticated_user(None, data) is None
    authenticator.password = ""
    assert await authenticator.authenticate(None, {"username": "ada", "password": ""}) is None


def test_native_approves_nobody_by_itself(roster: Roster, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = create_engine("sqlite://")
    UserInfo.__table__.create(engine)
    with Session(engine) as session:
        login = Login(method="native")
        authenticator = make(login, {}, roster, add_new_table=False)
        monkeypatch.setattr(type(authenticator), "db", session)
        assert authenticator.create_user("mallory", "a long password") is None
        assert authenticator.create_user("ada", "short") is None
        info = authenticator.create_user("ada", "a long password")
        assert not info.is_authorized
        info.is_authorized = True
        assert authenticator.get_authed_users() == {"ada"}


def test_a_secret_of_the_wrong_shape_is_named() -> None:
    for login in (Login(method="dummy"), Login(method="lti"), Login(method="github")):
        with pytest.raises(SettingsError, match="login-secret"):
            auth.options(login, {}, URL)
