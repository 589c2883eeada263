"""Logins by OpenID Connect, by a hub that runs and a provider that sometimes lies."""

import html
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from oidc_provider import CLIENT_ID, CLIENT_SECRET, OIDCProvider, running_oidc_provider
from running import Browser, running_hub
from semesterhub.auth import options
from semesterhub.oidc import CourseOIDCAuthenticator
from semesterhub.settings import Login

START = "/hub/oauth_login?next=%2Fhub%2Fhome"


@pytest.fixture
def provider() -> Iterator[OIDCProvider]:
    with running_oidc_provider() as running:
        yield running


def environment(provider: OIDCProvider, **more: Any) -> dict[str, str]:
    login = {
        "method": "oidc",
        "client_id": CLIENT_ID,
        "issuer": provider.url,
        "provider_name": "Example University",
        "scopes": ["profile"],
        "username_claim": "preferred_username",
        **more,
    }
    secret = {"clientSecret": CLIENT_SECRET}
    return {"LOGIN": json.dumps(login), "SECRET": json.dumps(secret)}


def come(hub: str) -> tuple[int, str, bool]:
    """Log in: status, what is said, and whether it worked."""
    browser = Browser(hub)
    status, text, _ = browser.ask(START)
    return status, html.unescape(text), browser.ask("/hub/api/user")[0] == 200


def test_a_right_account_and_every_lie(provider: OIDCProvider, tmp_path: Path) -> None:
    right = {"preferred_username": "Ada", "affiliation": ["member", "student"]}
    required = [["affiliation", ["student", "staff"]]]
    with running_hub(tmp_path, **environment(provider, required_claims=required)) as hub:
        provider.account = right
        ada = Browser(hub)
        assert "Example University" in ada.ask("/hub/login")[1]
        status, _, where = ada.ask(START)
        assert (status, where) == (200, f"{hub}/hub/home")
        assert json.loads(ada.ask("/hub/api/user")[1])["name"] == "ada"
        visit = provider.visits[-1]
        assert visit["redirect_uri"] == f"{hub}/hub/oauth_callback"
        assert visit["scope"] == "openid profile"
        # all that the course needs was in the ID token
        assert "/userinfo" not in provider.asked

        # somebody who is made to follow a link with another's code is not logged in by it
        other = f"/hub/oauth_callback?code=c&state={visit['state']}"
        assert Browser(hub).ask(other)[0] == 400

        now = int(time.time())
        lies: list[dict[str, Any]] = [
            {"spoilt": {"iss": "https://login.evil.org"}},
            {"spoilt": {"aud": "another"}},
            {"spoilt": {"aud": [CLIENT_ID, "another"]}},
            {"spoilt": {"aud": [CLIENT_ID, "another"], "azp": "another"}},
            {"spoilt": {"exp": now - 120}},
            {"spoilt": {"iat": now + 600}},
            {"spoilt": {"nonce": "of-another-login"}},
            {"spoilt": {"sub": None}},
            {"spoilt_header": {"alg": "none"}},
            {"spoilt_header": {"kid": "unknown"}},
            {"key": rsa.generate_private_key(65537, 2048)},
        ]
        for lie in lies:
            for name, value in lie.items():
                setattr(provider, name, value)
            status, said, is_in = come(hub)
            assert (status, is_in) == (502, False), lie
            assert "Example University did not answer as it should" in said
            provider.honest()
        assert come(hub)[2]

        # a new key is fetched when the first token comes that it signed, and then kept
        provider.new_key("second")
        assert come(hub)[2]
        fetched = provider.asked.count("/keys")
        assert come(hub)[2]
        assert provider.asked.count("/keys") == fetched


def test_who_is_refused_and_why(provider: OIDCProvider, tmp_path: Path) -> None:
    required = [["affiliation", ["student"]]]
    more = {"username_claim": "email", "required_claims": required}
    with running_hub(
        tmp_path,
        {"students": ["ada@uni.edu"], "staff": ["t@uni.edu"], "groups": {}},
        **environment(provider, **more),
    ) as hub:
        right = {"email": "ada@uni.edu", "affiliation": "student"}
        refused = [
            ({**right, "email": "mallory@uni.edu"}, "not on the class list"),
            ({**right, "affiliation": "alum"}, "is not one that Data Science 101 accepts"),
            ({"email": "ada@uni.edu"}, "is not one that Data Science 101 accepts"),
            ({**right, "email_verified": False}, "is not one that Data Science 101 accepts"),
            ({"affiliation": "student"}, "Example University sent no “email”"),
        ]
        for account, words in refused:
            provider.account = account
            status, said, is_in = come(hub)
            assert (status, is_in) == (403, False), account
            assert words in said
        # what the ID token leaves out is in the user information, if that is the same person's
        provider.account = {"email": "ada@uni.edu"}
        provider.information = {"affiliation": ["student"]}
        assert come(hub)[2]
        provider.information["sub"] = "8"
        assert come(hub)[0] == 502


@pytest.mark.parametrize(
    "lie",
    [
        {"issuer": "https://login.evil.org"},
        {"token_endpoint": "ftp://login.evil.org/token"},
        {"jwks_uri": None},
    ],
)
async def test_a_description_that_is_not_believed(
    provider: OIDCProvider, lie: dict[str, Any]
) -> None:
    login = Login(method="oidc", client_id="id", issuer=provider.url, username_claim="sub")
    authenticator = CourseOIDCAuthenticator(
        **options(login, {"clientSecret": "s"}, "https://hub.uni.edu")
    )
    provider.spoilt_description.update(lie)
    with pytest.raises(Exception, match="502"):
        await authenticator.ready()
    # and it is asked again at the next login
    provider.honest()
    await authenticator.ready()
    assert authenticator.authorize_url == f"{provider.url}/authorize"
    assert authenticator.oauth_callback_url == "https://hub.uni.edu/hub/oauth_callback"


async def test_a_provider_of_https_has_no_address_without(provider: OIDCProvider) -> None:
    login = Login(method="oidc", client_id="id", issuer="https://x", username_claim="sub")
    authenticator = CourseOIDCAuthenticator(**options(login, {"clientSecret": "s"}, "https://h"))
    with pytest.raises(ValueError, match="token_endpoint is no https address"):
        authenticator._place({"token_endpoint": "http://x/token"}, "token_endpoint")
