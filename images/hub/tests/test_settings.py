"""hub.json is read strictly: every mistake is named, with its key and value."""

import json
from typing import Any

import pytest
from semesterhub import settings as module
from semesterhub.settings import parse_settings
from semesterhub.strict import SettingsError


def spoil(data: dict[str, Any], path: str, value: object) -> str:
    *way, last = path.split(".")
    inner = data
    for key in way:
        inner = inner[key]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return json.dumps(data)


def test_a_valid_file_is_read(settings: module.Settings) -> None:
    assert settings.limits.cpus == 1.0
    assert isinstance(settings.limits.cpus, float)
    assert settings.notebook.interface == "lab"
    assert settings.login.hosted_domains == ()
    assert settings.constraints == ()


def test_constraints_are_a_list_of_texts(data: dict[str, Any]) -> None:
    data["constraints"] = ["node.role==worker"]
    assert parse_settings(json.dumps(data)).constraints == ("node.role==worker",)
    with pytest.raises(SettingsError, match="constraints must be a list, not 'x'"):
        parse_settings(json.dumps({**data, "constraints": "x"}))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("title", None, "title is missing"),
        ("titel", "x", "unknown key titel; known here: chpApiUrl"),
        ("limits.pid", 3, "unknown key limits.pid; known here: cpus, cpusReserved"),
        ("limits.pids", None, "limits.pids is missing"),
        ("limits.pids", 4, "limits.pids must be at least 32, not 4"),
        ("limits.pids", "many", "limits.pids must be a whole number, not 'many'"),
        ("limits.pids", True, "limits.pids must be a whole number, not True"),
        ("limits.memoryBytes", 1.5, "limits.memoryBytes must be a whole number, not 1.5"),
        ("limits.memoryReservedBytes", 2**40, "memoryReservedBytes must not exceed"),
        ("limits.memoryReservedBytes", 1000, "must be 0 or at least 4 MiB"),
        ("limits.cpusReserved", 2, "limits.cpusReserved must not exceed limits.cpus"),
        ("limits", [], "limits must be an object, not []"),
        ("firewall", "yes", "firewall must be true or false, not 'yes'"),
        ("keepsDatabase", None, "keepsDatabase is missing"),
        ("homesUrl", "/run/homes.sock", "homesUrl: '/run/homes.sock' is neither unix:///path nor"),
        ("homesUrl", "unix://run/homes.sock", "homesUrl: 'unix://run/homes.sock' is neither"),
        ("homesUrl", "http://homes:8443", "homesUrl: 'http://homes:8443' is neither"),
        ("homesUrl", "https://homes:8443/x", "homesUrl: 'https://homes:8443/x' is neither"),
        ("homesUrl", "https://homes:many", "homesUrl: Port could not be cast"),
        ("homesUrl", "https://hub@homes:8443", "homesUrl: 'https://hub@homes:8443' is neither"),
        ("homesUrl", "https://homes:8443?", "homesUrl: 'https://homes:8443?' is neither"),
        ("homesUrl", "https://:8443", "homesUrl: 'https://:8443' is neither"),
        ("notebook.interface", "vim", "notebook.interface must be one of lab, notebook, not 'vim'"),
        ("login", {"method": "ldap"}, "login.method must be one of dummy, native"),
        ("login", {"method": "google"}, "login.clientId is needed for login by google"),
        ("login", {"method": "cilogon", "clientId": "x"}, "login.identityProviders is needed"),
        ("login", {"method": "lti"}, "login.usernameClaim is needed"),
        ("login", {"method": "oidc"}, "login.clientId is needed for login by oidc"),
        ("login", {"method": "oidc"}, "login.issuer must be an https address"),
        (
            "login",
            {"method": "oidc", "issuer": "http://x"},
            "login.issuer must be an https address",
        ),
        (
            "login",
            {"method": "globus", "clientId": "x", "identityProviders": ["a.edu", "b.edu"]},
            "at most one domain for login by globus",
        ),
        (
            "login",
            {"method": "github", "clientId": "x", "organizations": "uni"},
            "login.organizations must be a list, not 'uni'",
        ),
        (
            "login",
            {"method": "github", "clientId": "x", "organizations": [1]},
            "login.organizations[0] must be a string, not 1",
        ),
    ],
)
def test_a_mistake_is_named(data: dict[str, Any], path: str, value: object, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings(spoil(data, path, value), "/etc/semesterhub/hub.json")
    assert message in str(caught.value)
    assert "/etc/semesterhub/hub.json can't be used" in str(caught.value)


def test_only_a_file_can_be_kept(data: dict[str, Any]) -> None:
    data["databaseUrl"] = "postgresql://hub@db/hub"
    parse_settings(json.dumps(data))
    with pytest.raises(SettingsError, match="databaseUrl must be a file"):
        parse_settings(json.dumps({**data, "keepsDatabase": True}))


def test_all_mistakes_are_told_at_once(data: dict[str, Any]) -> None:
    del data["title"]
    data["spawn"]["concurrent"] = "many"
    data["extra"] = 1
    with pytest.raises(SettingsError) as caught:
        parse_settings(json.dumps(data))
    assert len(caught.value.problems) == 3


def test_not_json_and_not_an_object() -> None:
    with pytest.raises(SettingsError, match="it is not JSON"):
        parse_settings("{")
    with pytest.raises(SettingsError, match="must be an object, not 3"):
        parse_settings("3")


def test_secrets(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECRETS_DIRECTORY", tmp_path)
    (tmp_path / "crypt-key").write_text("ab" * 32 + "\n")
    (tmp_path / "cookie-secret").write_text("short")
    (tmp_path / "proxy-token").write_text("\n")
    (tmp_path / "login-secret").write_text('{"password": "x"}')
    assert module.key("crypt-key") == bytes.fromhex("ab" * 32)
    assert module.login_secret() == {"password": "x"}
    with pytest.raises(SettingsError, match="must be 64 hexadecimal digits") as caught:
        module.key("cookie-secret")
    assert "short" not in str(caught.value).replace(str(tmp_path), "")
    with pytest.raises(SettingsError, match="the secret is empty"):
        module.secret("proxy-token")
    with pytest.raises(SettingsError, match="can't be read: No such file"):
        module.secret("cull-token")
