"""What needs no authority: plans, files, what is read and what is said."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from semesterhub_acme import certbot, renewal_info, status
from semesterhub_acme.certificate import Certificate, join, load, new_request
from semesterhub_acme.cli import describe, health
from semesterhub_acme.errors import AcmeError
from semesterhub_acme.files import Folder
from semesterhub_acme.loop import Loop
from semesterhub_acme.schedule import due, retry_after
from semesterhub_acme.settings import Settings, read_settings

START = datetime(2026, 9, 1, tzinfo=UTC)
DOMAIN = "hub.example.edu"
RAW: dict[str, Any] = {
    "domains": [DOMAIN],
    "email": "it@example.edu",
    "directory": "https://ca.example.edu/dir",
    "eab": {"keyId": "kid-1", "key": "not-to-be-shown-anywhere"},
}
AUTHORITY = ec.generate_private_key(ec.SECP256R1())


def chain_for(csr: bytes, days: float = 90, start: datetime = START) -> bytes:
    """Sign a request, as an authority does."""
    request = x509.load_pem_x509_csr(csr)
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    key = AUTHORITY.public_key()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(request.subject)
        .issuer_name(x509.Name.from_rfc4514_string("CN=Test,O=An Authority"))
        .public_key(request.public_key())
        .serial_number(0x80FF)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(names, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key), critical=False)
        .sign(AUTHORITY, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


def made(days: float = 90, start: datetime = START) -> Certificate:
    request = new_request([DOMAIN])
    return join(request.key, chain_for(request.csr, days, start), [DOMAIN])


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    for name in ("state", "served", "challenges"):
        (tmp_path / name).mkdir()
    one = Folder(tmp_path)
    one.settings.write_text(json.dumps(RAW))
    return one


@pytest.fixture
def settings(folder: Folder) -> Settings:
    return read_settings(folder.settings)


def test_a_key_and_its_certificate_stay_together() -> None:
    certificate = made()
    assert certificate.covers([DOMAIN])
    assert certificate.issuer == "An Authority"
    assert certificate.pem.startswith(b"-----BEGIN PRIVATE KEY")
    other = new_request([DOMAIN])
    with pytest.raises(AcmeError, match="not for this key"):
        join(other.key, chain_for(new_request([DOMAIN]).csr), [DOMAIN])
    with pytest.raises(AcmeError, match="and another"):
        join(other.key, chain_for(other.csr), [DOMAIN, "another.example.edu"])
    with pytest.raises(AcmeError, match="no key with its certificate"):
        join(other.key, b"", [DOMAIN])


def test_renewal_after_two_thirds_or_when_the_authority_wants_it() -> None:
    certificate = made()
    assert due(None, None, START) == START
    assert due(certificate, None, START) == START + timedelta(days=60)
    assert due(certificate, START + timedelta(days=9), START) == START + timedelta(days=9)
    later, never_again = START + timedelta(days=80), START - timedelta(days=1)
    assert due(certificate, later, START) == START + timedelta(days=60)
    assert due(certificate, never_again, START) == START + timedelta(days=1)


def test_retries_wait_longer_each_time() -> None:
    minutes = [retry_after(failures, None) / timedelta(minutes=1) for failures in range(1, 8)]
    assert minutes == [5, 10, 20, 40, 60, 60, 60]
    assert retry_after(99, made()) == timedelta(hours=1)
    hour = made(days=1 / 24)
    assert retry_after(1, hour) == timedelta(seconds=90)
    assert retry_after(99, hour) == timedelta(minutes=6)


def test_the_authoritys_wish() -> None:
    certificate = made()
    known = renewal_info.identifier(certificate).split(".")
    # 0x80FF has its highest bit set, which in DER means a byte more.
    assert known[1] == "AID_"
    window = {"start": "2026-10-01T00:00:00Z", "end": "2026-10-03T00:00:00Z"}
    moment = renewal_info.chosen({"suggestedWindow": window}, certificate)
    assert datetime(2026, 10, 1, tzinfo=UTC) <= moment <= datetime(2026, 10, 3, tzinfo=UTC)
    assert moment == renewal_info.chosen({"suggestedWindow": window}, certificate)


@pytest.mark.parametrize("answer", [{}, {"renewalInfo": 1}, {"renewalInfo": "https://x"}])
def test_an_authority_without_a_wish(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, answer: dict[str, Any]
) -> None:
    monkeypatch.setattr(renewal_info, "_get", lambda _, verify: answer if verify else None)
    assert renewal_info.wanted(settings, made()) is None


def test_settings_are_strict_and_the_key_is_never_quoted(folder: Folder) -> None:
    assert read_settings(folder.settings).binding is not None
    for bad in ({**RAW, "x": 1}, {**RAW, "eab": {"key": "not-to-be-shown-anywhere"}}, {}, []):
        folder.settings.write_text(json.dumps(bad))
        with pytest.raises(AcmeError) as caught:
            read_settings(folder.settings)
        assert "not-to-be" not in str(caught.value)


def test_another_address_or_binding_is_another_account(folder: Folder) -> None:
    accounts = set()
    others = [{}, {"email": "a@b.c"}, {"eab": None}, {"directory": "https://b/"}]
    for changes in others:
        folder.settings.write_text(json.dumps(RAW | changes))
        accounts.add(read_settings(folder.settings).account)
    assert len(accounts) == len(others)


def test_certbots_secrets_are_in_a_file_and_not_in_its_arguments(
    monkeypatch: pytest.MonkeyPatch, folder: Folder, settings: Settings
) -> None:
    seen: list[str] = []

    def fake(arguments: list[str], environment: dict[str, str]) -> tuple[int, str]:
        seen.extend(arguments)
        config = Path(arguments[arguments.index("--config") + 1])
        assert "eab-hmac-key = not-to-be-shown-anywhere" in config.read_text()
        assert config.stat().st_mode & 0o077 == 0
        Path(arguments[arguments.index("--fullchain-path") + 1]).write_bytes(b"chain")
        return 0, ""

    monkeypatch.setattr(certbot, "_run", fake)
    assert certbot.obtain(settings, folder, b"csr") == b"chain"
    assert "not-to-be-shown-anywhere" not in " ".join(seen)


def test_a_name_that_is_proved_by_the_zone(monkeypatch: pytest.MonkeyPatch, folder: Folder) -> None:
    script = 'echo "$1 $2 $3 with $DNS_CREDENTIALS" >> "$OUT"\n'
    zone = {"script": script, "credentials": "the-zones-token"}
    folder.settings.write_text(json.dumps({**RAW, "domains": [DOMAIN, f"*.{DOMAIN}"], "dns": zone}))
    told = folder.settings.parent / "told"
    names = "_acme-challenge." + DOMAIN

    def fake(arguments: list[str], environment: dict[str, str]) -> tuple[int, str]:
        assert "--webroot" not in arguments
        assert "the-zones-token" not in " ".join(arguments)
        for hook in ("--manual-auth-hook", "--manual-cleanup-hook"):
            # As certbot calls it: by a shell, with the names in the environment.
            command = arguments[arguments.index(hook) + 1]
            asked = {"CERTBOT_DOMAIN": DOMAIN, "CERTBOT_VALIDATION": "a $(b) c", "OUT": str(told)}
            subprocess.run(command, shell=True, check=True, env={**environment, **asked})  # noqa: S602 (certbot does)
        Path(arguments[arguments.index("--fullchain-path") + 1]).write_bytes(b"chain")
        return 0, ""

    monkeypatch.setattr(certbot, "_run", fake)
    assert certbot.obtain(read_settings(folder.settings), folder, b"csr") == b"chain"
    assert told.read_text().splitlines() == [
        f"present {names} a $(b) c with the-zones-token",
        f"remove {names} a $(b) c with the-zones-token",
    ]


SAID = """Saving debug log to /tmp/x
Certbot failed to authenticate some domains (authenticator: webroot). These problems:
  Domain: hub.example.edu
  Type:   dns
  Detail: DNS problem: NXDOMAIN looking up A for hub.example.edu

Hint: The Certificate Authority failed to download the temporary challenge files.

Some challenges have failed.
Ask for help or search for solutions at https://community.letsencrypt.org.
"""


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (SAID, "DNS problem: NXDOMAIN looking up A for hub.example.edu (dns)"),
        ("An unexpected error occurred:\nno route\nAsk for help or\n", "no route"),
        ("Saving debug log\nUnable to register\nSee the logfile\n", "Unable to register"),
        ("", "certbot failed without a word"),
    ],
)
def test_what_certbot_says_in_a_sentence(said: str, why: str) -> None:
    assert certbot.explain(said) == why


def test_an_account_that_the_authority_forgot_is_made_anew(
    monkeypatch: pytest.MonkeyPatch, folder: Folder, settings: Settings
) -> None:
    account = folder.accounts / settings.account
    account.mkdir(parents=True)

    def forgotten(arguments: list[str], _: dict[str, str]) -> tuple[int, str]:
        logs = Path(arguments[arguments.index("--logs-dir") + 1])
        logs.mkdir()
        (logs / "letsencrypt.log").write_text(f"urn:{certbot.ACCOUNT_LOST} :: no account")
        # As certbot prints it: without the kind.
        return 1, "An unexpected error occurred:\nno account\n"

    monkeypatch.setattr(certbot, "_run", forgotten)
    with pytest.raises(AcmeError):
        certbot.obtain(settings, folder, b"csr")
    assert not account.exists()


def answers(monkeypatch: pytest.MonkeyPatch, *outcomes: bytes | None) -> None:
    """Have the authority answer: with certificates, or not."""
    left = list(outcomes)

    def obtain(_settings: Settings, _folder: Folder, csr: bytes) -> bytes:
        if left.pop(0) is None:
            raise AcmeError("the authority is away")
        return chain_for(csr, start=datetime.now(UTC).replace(microsecond=0))

    monkeypatch.setattr(certbot, "obtain", obtain)


def test_a_failure_leaves_what_is_served(
    monkeypatch: pytest.MonkeyPatch, folder: Folder, settings: Settings
) -> None:
    answers(monkeypatch, b"", None)
    loop = Loop(folder, settings)
    loop.attempt()
    served = folder.served.read_bytes()
    assert folder.served.stat().st_mode & 0o777 == 0o640
    assert folder.certificate.stat().st_mode & 0o777 == 0o600
    loop.attempt()
    assert folder.served.read_bytes() == served
    told = describe(folder)
    assert (told["failures"], told["error"]) == (1, "the authority is away")
    assert told["certificate"]["issuer"] == "An Authority"


def test_a_new_container_waits_where_the_last_one_did(
    monkeypatch: pytest.MonkeyPatch, folder: Folder, settings: Settings
) -> None:
    answers(monkeypatch, None)
    Loop(folder, settings).attempt()
    now = datetime.now(UTC)
    assert Loop(folder, settings).plan(now) > now + timedelta(minutes=4)
    # With other settings it is another matter.
    folder.settings.write_text(json.dumps({**RAW, "domains": ["new.example.edu"]}))
    assert Loop(folder, read_settings(folder.settings)).plan(now) <= now


def test_a_certificate_is_kept_for_its_own_name_only(
    monkeypatch: pytest.MonkeyPatch, folder: Folder, settings: Settings
) -> None:
    answers(monkeypatch, b"")
    Loop(folder, settings).attempt()
    assert Loop(folder, settings).certificate == load(folder.certificate)
    folder.settings.write_text(json.dumps({**RAW, "domains": ["new.example.edu"]}))
    assert Loop(folder, read_settings(folder.settings)).certificate is None


def test_health_is_about_the_loop(folder: Folder) -> None:
    assert health(folder) == 1
    planned = status.Status(next=status.iso(datetime.now(UTC) + timedelta(days=30)))
    planned.save(folder.status)
    assert health(folder) == 0
    planned.next = status.iso(datetime.now(UTC) - timedelta(hours=1))
    planned.save(folder.status)
    assert health(folder) == 1
