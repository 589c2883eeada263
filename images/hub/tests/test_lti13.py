"""LTI 1.3 by a hub that runs: launches, links that staff make, grades into the gradebook."""

import html
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lti_platform import CLIENT, DEEP, LTI, Platform, running_platform
from running import Browser, running_hub

TOKEN = "0123456789abcdef"
ROLES = "http://purl.imsglobal.org/vocab/lis/v2/"
BEGIN = "/hub/lti13/oauth_login"
CALLBACK = "/hub/lti13/oauth_callback"


@pytest.fixture
def platform() -> Iterator[Platform]:
    with running_platform() as running:
        yield running


def environment(platform: Platform) -> dict[str, str]:
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    login = {
        "method": "lti13",
        "client_id": CLIENT,
        "issuer": platform.url,
        "authorize_url": f"{platform.url}/authorize",
        "keys_url": f"{platform.url}/keys",
        "token_url": f"{platform.url}/token",
        "username_claim": "custom_username",
    }
    return {
        "LOGIN": json.dumps(login),
        "SECRET": json.dumps({"privateKey": pem}),
        "OPERATOR_TOKEN": TOKEN,
    }


def begin(browser: Browser, platform: Platform) -> dict[str, str]:
    """Follow the course's link: what the hub asks of the platform."""
    query = urlencode(
        {
            "iss": platform.url,
            "login_hint": "7",
            "target_link_uri": f"{browser.url}/hub?next=%2Fhub%2Fhome",
            "client_id": CLIENT,
        }
    )
    status, _, where = browser.ask_once(f"{BEGIN}?{query}")
    assert status == 302
    assert where.startswith(f"{platform.url}/authorize?")
    return {key: values[0] for key, values in parse_qs(urlsplit(where).query).items()}


def come(browser: Browser, platform: Platform, name: str, **claims: Any) -> tuple[int, str, str]:
    """Open the course from its page in the learning management system."""
    asked = begin(browser, platform)
    assert asked["redirect_uri"] == f"{browser.url}{CALLBACK}"
    token = platform.launch(asked["nonce"], name, **claims)
    return browser.send(CALLBACK, {"id_token": token, "state": asked["state"]})


def test_a_launch_and_every_lie(platform: Platform, tmp_path: Path) -> None:
    with running_hub(tmp_path, **environment(platform)) as hub:
        ada = Browser(hub)
        assert come(ada, platform, "Ada")[0] == 200
        assert json.loads(ada.ask("/hub/api/user")[1])["name"] == "ada"
        now = int(time.time())
        lies: list[dict[str, Any]] = [
            {"iss": "https://lms.evil.org"},
            {"aud": "another"},
            {"exp": now - 10},
            {"iat": now - 3600},
            {"nonce": "of-another-launch"},
            {f"{LTI}/version": "1.1"},
            {f"{LTI}/message_type": "Other"},
        ]
        for lie in lies:
            stranger = Browser(hub)
            status, text, _ = come(stranger, platform, "ada", **lie)
            assert status in {401, 403}, lie
            assert "was not accepted" in html.unescape(text), lie
            assert stranger.ask("/hub/api/user")[0] == 403, lie
        # a launch that somebody else began is not taken
        asked = begin(Browser(hub), platform)
        form = {"id_token": platform.launch(asked["nonce"], "ada"), "state": asked["state"]}
        assert Browser(hub).send(CALLBACK, form)[0] == 403
        # nor one that somebody signed who is not the platform
        real, platform.key = platform.key, rsa.generate_private_key(65537, 2048)
        asked = begin(other := Browser(hub), platform)
        token = platform.launch(asked["nonce"], "ada")
        platform.key = real
        assert other.send(CALLBACK, {"id_token": token, "state": asked["state"]})[0] == 403

        status, text, _ = come(Browser(hub), platform, "eve")
        assert (status, "You are logged in as eve" in html.unescape(text)) == (403, True)
        status, text, _ = come(Browser(hub), platform, "", **{f"{LTI}/custom": {}})
        assert (status, "sent no “custom_username”" in html.unescape(text)) == (403, True)
        assert Browser(hub).ask("/hub/")[0] == 403


def test_staff_make_a_link(platform: Platform, tmp_path: Path) -> None:
    deep = {
        f"{LTI}/message_type": "LtiDeepLinkingRequest",
        f"{DEEP}/deep_linking_settings": {
            "deep_link_return_url": f"{platform.url}/return",
            "data": "kept",
        },
    }
    with running_hub(tmp_path, **environment(platform)) as hub:
        assert come(Browser(hub), platform, "ada", **deep)[0] == 403
        teacher = Browser(hub)
        status, text, _ = come(teacher, platform, "teacher", **deep)
        assert status == 200
        [carried] = re.findall(r'name="carried" value="([^"]+)"', text)
        path = "/hub/lti13/link"
        answer = teacher.ask(path, carried=carried, title="ps1", points="12,5")
        assert answer[0] == 200
        assert f'action="{platform.url}/return"' in answer[1]
        [token] = re.findall(r'name="JWT" value="([^"]+)"', answer[1])
        [key] = jwt.PyJWKSet.from_dict(json.loads(Browser(hub).ask("/hub/lti13/keys")[1])).keys
        said = jwt.decode(token, key, algorithms=["RS256"], audience=platform.url)
        assert (said["iss"], said[f"{DEEP}/data"]) == (CLIENT, "kept")
        [item] = said[f"{DEEP}/content_items"]
        assert item["lineItem"] == {"label": "ps1", "scoreMaximum": 12.5, "resourceId": "ps1"}
        assert item["window"] == {"targetName": "_blank"}
        # what carries the address back is the hub's own, and for this alone
        assert teacher.ask(path, carried=token, title="ps1", points="1")[0] == 403
        assert teacher.ask(path, carried=carried, title="ps1", points="many")[0] == 400


def test_grades_go_back(platform: Platform, tmp_path: Path) -> None:
    path = "/hub/api/course/scores"
    roster = {"students": ["ada", "grace", "alan"], "staff": ["teacher"], "groups": {}}
    with running_hub(tmp_path, roster, **environment(platform)) as hub:
        for name in ("ada", "grace"):
            come(Browser(hub), platform, name)
        platform.tool_keys = json.loads(Browser(hub).ask("/hub/lti13/keys")[1])
        platform.gone = {"opaque-grace"}

        def send(token: str, **scores: float) -> tuple[int, dict[str, Any]]:
            body = json.dumps({"assignment": "ps1", "maximum": 10, "scores": scores}).encode()
            headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
            status, text, _ = Browser(hub).request(path, body, headers)
            return status, json.loads(text)

        status, answer = send(TOKEN, ada=7.5, grace=3, alan=1)
        assert (status, answer["sent"], answer["unknown"]) == (200, 1, ["alan"])
        assert set(answer["refused"]) == {"grace"}
        [(where, score)] = platform.scores
        assert where == "/7/items/0/item/scores?type=1"
        assert (score["userId"], score["scoreGiven"]) == ("opaque-ada", 7.5)
        assert score["scoreMaximum"] == 10
        # the same column the next time
        assert send(TOKEN, ada=8)[1]["sent"] == 1
        assert len(platform.items) == 1
        assert send("guessed", ada=10)[0] == 403
        assert len(platform.scores) == 2


def member(login: str, role: str = "Learner", **other: Any) -> dict[str, Any]:
    return {
        "user_id": f"opaque-{login}",
        "roles": [f"{ROLES}membership#{role}"],
        "message": [{f"{LTI}/custom": {"username": login}}],
        **other,
    }


def test_the_list_of_people_becomes_a_class_list(platform: Platform, tmp_path: Path) -> None:
    platform.members = [
        member("ada", name="Ada Lovelace", email="ada@example.edu"),
        member("teacher", "Instructor"),
        member("grace", status="Inactive"),
        member("alan", status="Active"),
        {"user_id": "opaque-new", "roles": []},
    ]
    # who looks after somebody, teaches elsewhere, or is taught as a teacher, teaches nobody here
    elsewhere = {
        "eve": "membership#Mentor",
        "hedy": "institution/person#Instructor",
        "ida": "membership/Learner#Instructor",
    }
    for name, role in elsewhere.items():
        platform.members.append({**member(name), "roles": [f"{ROLES}{role}"]})
    platform.members.append(member("ta"))
    platform.members.append({**member("ta"), "roles": [f"{ROLES}membership/Instructor#Grader"]})
    with running_hub(tmp_path, **environment(platform)) as hub:

        def ask(token: str) -> tuple[int, dict[str, Any]]:
            headers = {"Authorization": f"token {token}"}
            status, text, _ = Browser(hub).request("/hub/api/course/members", None, headers)
            return status, json.loads(text)

        platform.tool_keys = json.loads(Browser(hub).ask("/hub/lti13/keys")[1])
        # nobody came from there yet, so nobody knows where the list is
        nothing = {"courses": 0, "gone": 0, "members": []}
        assert ask(TOKEN) == (200, nothing)
        # nor by a student, who may have come from a course of their own
        come(Browser(hub), platform, "ada")
        assert ask(TOKEN) == (200, nothing)
        come(Browser(hub), platform, "teacher")
        status, answer = ask(TOKEN)
        assert (status, answer["courses"]) == (200, 1)
        told = [(each["username"], each["role"]) for each in answer["members"]]
        assert told == [
            ("ada", "student"),
            ("teacher", "teacher"),
            ("alan", "student"),
            ("", "student"),
            ("eve", "student"),
            ("hedy", "student"),
            ("ida", "student"),
            ("ta", "teacher"),
        ]
        assert answer["members"][0]["email"] == "ada@example.edu"
        assert ask("guessed")[0] == 403
        # a course that was deleted there is told once, and keeps nobody from the others' lists
        platform.deleted = True
        assert ask(TOKEN) == (200, {"courses": 0, "gone": 1, "members": []})
        assert ask(TOKEN) == (200, nothing)
