"""What is noted survives a restart; what a channel does not take is tried again."""

import json
import logging
import time
from dataclasses import replace
from pathlib import Path

import pytest
from semesterhub_alerts import loop
from semesterhub_alerts.channels import DeliveryError
from semesterhub_alerts.facts import Facts
from semesterhub_alerts.handover import WATCHDOG
from semesterhub_alerts.loop import Loop, is_alive, send_now, well_until
from semesterhub_alerts.message import Message, trial
from semesterhub_alerts.rule import DAY, Limits
from semesterhub_alerts.settings import Email, Settings, SettingsError, Webhook, read_settings
from semesterhub_alerts.store import load
from servers import PASSWORD, TOKEN, authority_pem, mail_server, web_server
from test_handover import ALERT


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        stack="dev",
        title="Statistics",
        url="https://x.example.edu",
        authority="",
        hub_url="http://127.0.0.1:9",
        grading_url="http://127.0.0.1:9/health",
        gauge="",
        machine="anna",
        limits=Limits(),
        email=None,
        webhook=None,
        heartbeat="",
        token="token-of-the-hub",
        reports=tmp_path,
        data=tmp_path,
    )


class Taker:
    """A channel that takes, or does not."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.error = ""

    def __call__(self, message: Message) -> None:
        """Take a message."""
        if self.error:
            raise DeliveryError(self.error)
        self.taken.append(message)


def subjects(taker: Taker) -> list[str]:
    return [each.subject for each in taker.taken]


NOW = 1_800_000_000.0


def failed(well: Facts) -> Facts:
    assert well.backup is not None
    return replace(well, backup=replace(well.backup, failed=2))


def test_a_restart_says_nothing_twice(settings: Settings, well: Facts) -> None:
    taker = Taker()
    Loop(settings, {"email": taker}).judge(failed(well), NOW)
    Loop(settings, {"email": taker}).judge(failed(well), NOW + 60)
    assert subjects(taker) == ["[dev] The last backup could not read 2 homes or folders."]
    for minute in range(2, 10):
        Loop(settings, {"email": taker}).judge(well, NOW + 60 * minute)
    assert len(taker.taken) == 2
    assert subjects(taker)[1].startswith("[dev] Over: ")


def notify(settings: Settings, *alerts: dict[str, object]) -> None:
    folder = settings.data / "notices"
    folder.mkdir(exist_ok=True)
    name = len(list(folder.glob("*.json")))
    (folder / f"{name}.json").write_text(json.dumps({"alerts": alerts}))


def test_alertmanager_decides_over_restarts_and_each_notice_counts_once(
    settings: Settings, well: Facts
) -> None:
    taker = Taker()
    works = {**ALERT, "labels": {"alertname": WATCHDOG}}
    left_out = {**ALERT, "labels": {"alertname": "homes-left-out"}}
    notify(settings, works)
    Loop(settings, {"email": taker}).judge(failed(well), NOW)
    assert taker.taken == [], "it is silenced"
    notify(settings, left_out)
    for minute in (1, 2):
        Loop(settings, {"email": taker}).judge(failed(well), NOW + 60 * minute)
    assert subjects(taker) == ["[dev] The last backup could not read 2 homes or folders."]
    assert list((settings.data / "notices").iterdir()) == []
    assert load(settings.data / "memory.json").handover.leads


def test_a_notice_that_is_not_noted_yet_is_not_lost(
    settings: Settings, well: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    taker = Taker()
    notify(settings, {**ALERT, "labels": {"alertname": WATCHDOG}}, ALERT)
    with monkeypatch.context() as disk, pytest.raises(OSError, match="No space"):
        disk.setattr(loop, "save", full)
        Loop(settings, {"email": taker}).judge(well, NOW)
    Loop(settings, {"email": taker}).judge(well, NOW + 60)
    assert subjects(taker) == ["[dev] In short."]


def test_a_message_waits_for_its_channel_over_restarts(settings: Settings, well: Facts) -> None:
    mail, hook = Taker(), Taker()
    mail.error = "refused"
    Loop(settings, {"email": mail, "webhook": hook}).judge(failed(well), NOW)
    assert (len(mail.taken), len(hook.taken)) == (0, 1)
    assert load(settings.data / "memory.json").errors == {"email": "refused"}
    mail.error = ""
    Loop(settings, {"email": mail, "webhook": hook}).judge(failed(well), NOW + 30)
    assert mail.taken == [], "not at once"
    Loop(settings, {"email": mail, "webhook": hook}).judge(failed(well), NOW + 61)
    assert (len(mail.taken), len(hook.taken)) == (1, 1), "and to nobody twice"
    assert mail.taken[0].id == hook.taken[0].id
    assert load(settings.data / "memory.json").errors == {}


def test_a_channel_that_fails_as_nobody_foresaw_costs_the_others_nothing(
    settings: Settings, well: Facts
) -> None:
    """What they have taken is noted: it is not sent again every minute."""
    mail = Taker()

    def odd(_message: Message) -> None:
        raise AttributeError("token-of-the-webhook")

    watcher = Loop(settings, {"email": mail, "webhook": odd})
    for minute in range(3):
        watcher.judge(failed(well), NOW + 60 * minute)
    assert len(mail.taken) == 1
    assert load(settings.data / "memory.json").errors == {
        "webhook": "it failed with AttributeError"
    }


def test_a_channel_that_never_takes_is_given_up(settings: Settings, well: Facts) -> None:
    mail = Taker()
    mail.error = "refused"
    watcher = Loop(settings, {"email": mail})
    watcher.judge(failed(well), NOW)
    assert len(watcher.memory.waiting) == 1
    watcher.judge(failed(well), NOW + 2 * DAY + 1)  # with its reminder, which waits on
    assert len(watcher.memory.waiting) == 1
    mail.error = ""
    watcher.judge(failed(well), NOW + 2 * DAY + 3700)
    assert len(mail.taken) == 1


def test_what_is_kept_and_spoilt_is_told_anew(settings: Settings, well: Facts) -> None:
    taker = Taker()
    Loop(settings, {"email": taker}).judge(failed(well), NOW)
    (settings.data / "memory.json").write_text('{"troubles": 5}')
    Loop(settings, {"email": taker}).judge(failed(well), NOW + 60)
    assert len(taker.taken) == 2


def test_no_secret_is_kept_or_logged(
    settings: Settings, well: Facts, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with mail_server() as mail, web_server() as web:
        web.answers = [500]
        secret = replace(
            settings,
            email=Email(
                server="localhost",
                port=mail.port,
                security="starttls",
                sender="course@example.edu",
                to=("ta@example.edu",),
                username="course",
                password="wrong-" + PASSWORD,
                authority=authority_pem(),
            ),
            webhook=Webhook(f"{web.url}/secret-path", TOKEN),
            heartbeat=f"{web.url}/secret-beat",
        )
        watcher = Loop(secret)
        watcher.judge(failed(well), NOW)
        watcher._beat()
        assert mail.mails == []
        assert set(watcher.memory.errors) == {"email", "webhook"}
        assert [path for _, path, *_ in web.requests] == ["/secret-path", "/secret-beat"]
        watcher = Loop(replace(secret, email=replace(secret.email, password=PASSWORD)))  # type: ignore[type-var]
        watcher.judge(failed(well), NOW + 3600)
        assert len(mail.mails) == 1
        assert len(web.requests) == 3
    watcher.judge(well, NOW + 7200)
    watcher.judge(well, NOW + 8000)
    watcher._beat()
    kept = (settings.data / "memory.json").read_text()
    for text in (kept, caplog.text):
        for hidden in (PASSWORD, TOKEN, "secret-path", "secret-beat", "token-of-the-hub"):
            assert hidden not in text
    assert "waits" in caplog.text


def test_a_round_with_nobody_there_goes_on(settings: Settings) -> None:
    taker = Taker()
    watcher = Loop(replace(settings, url="https://127.0.0.1:9"), {"email": taker})
    watcher.round()
    assert is_alive(settings.data, time.time())
    assert set(watcher.memory.troubles) >= {"hub-silent/", "address-silent/"}
    assert taker.taken == [], "two minutes have not passed"


def test_a_round_that_fails_is_not_alive(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Facts:
        raise RuntimeError(f"with {settings.token}")

    monkeypatch.setattr(loop, "gather", broken)
    Loop(settings, {}).round()
    assert not is_alive(settings.data, time.time())
    assert "with (secret)" in caplog.text
    well_until(settings.data).write_text(f"{int(time.time()) - 1}\n")
    assert not is_alive(settings.data, time.time())


def test_the_trial_goes_by_every_channel() -> None:
    good, bad = Taker(), Taker()
    bad.error = "refused"
    message = trial("dev", "Statistics", "https://x.example.edu")
    assert send_now({"email": bad, "webhook": good}, message) == {"email": "refused", "webhook": ""}
    assert subjects(good) == ["[dev] Test message"]


def test_settings_are_read(tmp_path: Path) -> None:
    environment = {"SEMESTERHUB_SETTINGS": str(tmp_path), "SEMESTERHUB_SECRETS": str(tmp_path)}
    with pytest.raises(SettingsError, match=r"alerts\.json can't be read"):
        read_settings(environment)
    (tmp_path / "alerts.json").write_text(
        json.dumps(
            {
                "stack": "dev",
                "title": "T",
                "url": "https://x",
                "certificateAuthority": "PEM",
                "hubUrl": "http://hub:8081",
                "gradingUrl": "http://grading:8000/services/grading/health",
                "gauge": "",
                "limits": {"disk_percent": 80},
                "email": {
                    "server": "smtp.example.edu",
                    "port": 587,
                    "security": "starttls",
                    "from": "a@example.edu",
                    "to": ["b@example.edu"],
                    "username": "course",
                },
            }
        )
    )
    (tmp_path / "alerts-token").write_text("abc\n")
    (tmp_path / "alerts-channels").write_text('{"smtpPassword": "p", "webhookUrl": "https://h/x"}')
    settings = read_settings(environment)
    assert settings.limits.disk_percent == 80
    assert settings.email is not None
    assert (settings.email.password, settings.token) == ("p", "abc")
    assert settings.webhook == Webhook("https://h/x")
    (tmp_path / "alerts-channels").write_text('{"smtpPassword": "p"')
    with pytest.raises(SettingsError) as caught:
        read_settings(environment)
    assert '"p"' not in str(caught.value)
