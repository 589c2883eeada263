"""Logins by a hub that runs: by accounts elsewhere, and from a page of a course."""

import html
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from oauthlib.oauth1.rfc5849 import Client, signature
from provider import CLIENT_ID, CLIENT_SECRET, Provider, running_provider
from running import Browser, running_hub
from semesterhub.lti import LOG_IN_THERE

START = "/hub/oauth_login?next=%2Fhub%2Fhome"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


def is_in(browser: Browser) -> bool:
    """Whether somebody is logged in."""
    return browser.ask("/hub/api/user")[0] == 200


def google(name: str, **more: Any) -> dict[str, Any]:
    return {"email": f"{name}@uni.edu", "verified_email": True, "hd": "uni.edu", **more}


def github(name: str) -> dict[str, Any]:
    return {"login": name, "id": 7, "email": None}


def cilogon(name: str, idp: str = "https://idp.uni.edu/idp") -> dict[str, Any]:
    return {"sub": f"http://cilogon.org/{name}", "eppn": name, "idp": idp}


def globus(name: str, domain: str = "uni.edu") -> dict[str, Any]:
    return {"sub": "7", "preferred_username": f"{name}@{domain}"}


METHODS = {
    "google": (
        {"hosted_domains": ["uni.edu"]},
        google("ada"),
        [google("mallory"), google("ada", hd="evil.org"), google("ada", verified_email=False)],
    ),
    "github": (
        {"organizations": ["uni"]},
        github("Ada"),
        [github("mallory"), github("stranger")],
    ),
    "cilogon": (
        {"identity_providers": ["https://idp.uni.edu/idp"], "username_claim": "eppn"},
        cilogon("ada"),
        [cilogon("mallory"), cilogon("ada", "https://idp.evil.org/idp")],
    ),
    "globus": (
        {"identity_providers": ["uni.edu"]},
        globus("ada"),
        [globus("mallory"), globus("ada", "evil.org")],
    ),
}
NAMING_FIELDS = {
    "google": "email",
    "github": "login",
    "cilogon": "eppn",
    "globus": "preferred_username",
}


@pytest.mark.parametrize("method", METHODS)
def test_accounts_elsewhere(method: str, provider: Provider, tmp_path: Path) -> None:
    more, right, wrong = METHODS[method]
    login = {"method": method, "client_id": CLIENT_ID, **more}
    secret = {"clientSecret": CLIENT_SECRET}
    environment = {"LOGIN": json.dumps(login), "SECRET": json.dumps(secret)}
    provider.members = {"uni/ada", "uni/mallory"}
    with running_hub(tmp_path, PROVIDER=provider.url, **environment) as hub:
        for account in wrong:
            provider.account = account
            stranger = Browser(hub)
            status, text, _ = stranger.ask(START)
            assert (status, is_in(stranger)) == (403, False), account
            said = html.unescape(text)
            # what happened, what to do, whom to ask; no trace of the program
            assert "class list" in said or "not one that Data Science 101 accepts" in said, said
            assert "Grace Hopper" in said
            assert "Traceback" not in said

        provider.account = {**right, NAMING_FIELDS[method]: None}
        nobody = Browser(hub)
        status, text, _ = nobody.ask(START)
        assert (status, is_in(nobody)) == (403, False)
        assert f"sent no “{NAMING_FIELDS[method]}”" in html.unescape(text)

        provider.account = right
        ada = Browser(hub)
        status, _, where = ada.ask(START)
        assert (status, where, is_in(ada)) == (200, f"{hub}/hub/home", True)
        assert provider.visits[-1]["redirect_uri"] == f"{hub}/hub/oauth_callback"

        # somebody who is made to follow a link with another's code is not logged in by it
        other = f"/hub/oauth_callback?code=c&state={provider.visits[-1]['state']}"
        assert Browser(hub).ask(other)[0] == 400


def test_a_wrong_client_secret_lets_nobody_in(provider: Provider, tmp_path: Path) -> None:
    login = {"method": "github", "client_id": CLIENT_ID}
    environment = {"LOGIN": json.dumps(login), "SECRET": '{"clientSecret": "wrong"}'}
    provider.account = github("ada")
    with running_hub(tmp_path, PROVIDER=provider.url, **environment) as hub:
        ada = Browser(hub)
        status, text, _ = ada.ask(START)
        assert (status, is_in(ada)) == (502, False)
        assert "GitHub did not answer as it should" in html.unescape(text)


def launch(hub: str, user: str, key: str = "shared", **more: str) -> dict[str, str]:
    """Sign what a learning management system sends when a student opens the course's link."""
    form = {
        "lti_message_type": "basic-lti-launch-request",
        "lti_version": "LTI-1p0",
        "resource_link_id": "week-1",
        "user_id": "opaque-7",
        "ext_user_username": user,
        "oauth_consumer_key": "lms",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(int(time.time())),
        "oauth_nonce": f"{user}-{key}-{len(more)}",
        "oauth_version": "1.0",
        **more,
    }
    base = signature.signature_base_string(
        "POST",
        signature.base_string_uri(f"{hub}/hub/lti/launch"),
        signature.normalize_parameters(list(form.items())),
    )
    client = Client(form["oauth_consumer_key"], client_secret=key)
    return {**form, "oauth_signature": signature.sign_hmac_sha1_with_client(base, client)}


def test_a_launch_from_a_course_page(tmp_path: Path) -> None:
    login = {"method": "lti", "username_claim": "ext_user_username"}
    secret = {"consumers": {"lms": "shared"}}
    path = "/hub/lti/launch"
    with running_hub(tmp_path, LOGIN=json.dumps(login), SECRET=json.dumps(secret)) as hub:
        refused = [
            (403, launch(hub, "mallory")),
            (401, launch(hub, "ada", key="guessed")),
            (401, launch(hub, "ada", oauth_consumer_key="other")),
            (401, launch(hub, "ada", oauth_timestamp=str(int(time.time()) - 300))),
            (401, {**launch(hub, "mallory", custom="1"), "ext_user_username": "ada"}),
        ]
        for status, form in refused:
            stranger = Browser(hub)
            assert (stranger.send(path, form)[0], is_in(stranger)) == (status, False), form
        said = html.unescape(Browser(hub).send(path, launch(hub, "eve"))[1])
        assert "You are logged in as eve" in said
        assert "ask Grace Hopper to add “eve” to the list" in said
        # no other field of a launch stands in for the one that names people
        for other in ({"ext_user_username": ""}, {"user_id": "ada", "ext_user_username": " "}):
            nobody = Browser(hub)
            status, text, _ = nobody.send(path, launch(hub, "", **other))
            assert (status, is_in(nobody)) == (403, False)
            assert "sent no “ext_user_username”" in html.unescape(text)

        form = launch(hub, "ada")
        ada = Browser(hub)
        ada.send(path, form)
        assert is_in(ada)
        assert ada.ask("/hub/home")[2] == f"{hub}/hub/home"
        # who has seen a launch can't use it again
        assert Browser(hub).send(path, form)[0] == 401

        status, text, _ = Browser(hub).ask("/hub/")
        assert (status, LOG_IN_THERE in html.unescape(text)) == (403, True)
