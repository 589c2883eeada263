"""Messages leave by mail, with STARTTLS and a login, and to a web server; no secret is told."""

import socket
import threading
from typing import Any

import pytest
from semesterhub_alerts.channels import (
    DeliveryError,
    PartlyDeliveredError,
    body_of,
    mail_of,
    post,
    send_mail,
)
from semesterhub_alerts.message import Message, as_text, compose, plain, trial
from semesterhub_alerts.settings import Email, Webhook
from semesterhub_alerts.tracker import Event, Trouble
from servers import PASSWORD, TOKEN, authority_pem, mail_server, web_server


def email(port: int, **fields: Any) -> Email:
    known: dict[str, Any] = {
        "server": "localhost",
        "port": port,
        "security": "starttls",
        "sender": "Course <course@example.edu>",
        "to": ("ta@example.edu", "Prof. Ö <prof@example.edu>"),
        "username": "course",
        "password": PASSWORD,
        "authority": authority_pem(),
    }
    return Email(**{**known, **fields})


def message(text: str = "The disk of anna is full.", title: str = "Statistics") -> Message:
    trouble = Trouble("disk", "anna", text, 1_800_000_000.0)
    return compose([Event("began", trouble, "Make room.")], "dev", title, "https://x.example.edu")


def test_mail_by_starttls_and_login() -> None:
    with mail_server() as server:
        send_mail(email(server.port), message())
        [mail] = server.mails
    assert mail["Subject"] == "[dev] The disk of anna is full."
    assert mail["To"] == 'ta@example.edu, "Prof. Ö" <prof@example.edu>'
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@example.edu>")
    assert "Make room." in mail.get_content()
    assert "2027-01-15 08:00 UTC" in mail.get_content()


def test_mail_by_tls_from_the_start() -> None:
    with mail_server(immediate=True) as server:
        send_mail(email(server.port, security="tls"), message())
        assert len(server.mails) == 1


def test_mail_without_login() -> None:
    with mail_server(tls=False, login=False) as server:
        send_mail(email(server.port, security="none", username="", password=""), message())
        assert len(server.mails) == 1


def test_a_wrong_password_is_told_and_not_shown() -> None:
    with mail_server() as server:
        with pytest.raises(DeliveryError, match="535") as caught:
            send_mail(email(server.port, password="wrong-" + PASSWORD), message())
        assert server.mails == []
    assert PASSWORD not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_unknown_authority_gets_no_password() -> None:
    with mail_server() as server:
        with pytest.raises(DeliveryError, match="certificate verify failed"):
            send_mail(email(server.port, authority=""), message())
        assert server.mails == []


def test_a_server_without_tls_gets_no_password() -> None:
    with mail_server(tls=False) as server:
        with pytest.raises(DeliveryError, match="STARTTLS"):
            send_mail(email(server.port), message())
        assert server.mails == []


def test_one_address_of_two_is_refused() -> None:
    with mail_server() as server:
        server.refuse["prof@example.edu"] = "550 no such user"
        with pytest.raises(PartlyDeliveredError, match="1 of the addresses"):
            send_mail(email(server.port), message())
        assert len(server.mails) == 1, "the other one got it"
        server.refuse["ta@example.edu"] = "550 no such user"
        with pytest.raises(DeliveryError, match="550 no such user") as caught:
            send_mail(email(server.port), message())
        assert not isinstance(caught.value, PartlyDeliveredError)


def test_nobody_listens() -> None:
    with pytest.raises(DeliveryError, match="localhost:9"):
        send_mail(email(9), message())


HOSTILE = "anna\r\nBcc: victim@example.com\r\n\r\n<script>alert(1)</script>\u202e\x00 @channel `x`"


def test_names_inject_no_header() -> None:
    with mail_server() as server:
        send_mail(email(server.port), message(text=HOSTILE, title=HOSTILE))
        [mail] = server.mails
    assert mail["Bcc"] is None
    assert "\n" not in mail["Subject"]
    assert mail.get_content_type() == "text/plain", "no markup is read there"
    content = mail.get_content()
    assert not any(line.startswith("Bcc:") for line in content.splitlines())
    assert "\u202e" not in content
    assert "\x00" not in content


def test_names_inject_no_markup_into_a_chat() -> None:
    text = body_of(message(text=HOSTILE + " <!channel> [here](https://evil.example)"))["text"]
    assert "<" not in text
    assert "@channel" not in text
    assert "`" not in text
    assert "[here]" not in text
    assert "&lt;!channel&gt;" in text


def test_a_text_has_an_end() -> None:
    assert len(plain("x" * 10_000)) == 400
    many = [Event("began", Trouble("disk", str(n), "full", 0.0), "Go.") for n in range(500)]
    assert len(as_text(compose(many, "dev", "T", "https://x")).splitlines()) < 100
    assert len(mail_of(email(1), message(text="y" * 5000))["Subject"]) < 120


@pytest.mark.parametrize("answer", [b"no HTTP\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_a_webhook_whose_answer_is_none_is_an_error(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/secret-path"
        with pytest.raises(DeliveryError) as caught:
            post(Webhook(address, TOKEN), message())
        thread.join()
    assert "secret-path" not in str(caught.value)


def test_webhook() -> None:
    with web_server() as server:
        sent = message()
        post(Webhook(f"{server.url}/hooks/secret-path", TOKEN), sent)
        [(method, path, headers, body)] = server.requests
    assert (method, path) == ("POST", "/hooks/secret-path")
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert body["id"] == sent.id
    assert body["alerts"] == [
        {
            "kind": "began",
            "rule": "disk",
            "text": "The disk of anna is full.",
            "advice": "Make room.",
            "since": "2027-01-15 08:00 UTC",
        }
    ]


def test_a_webhook_that_fails_is_told_without_its_path() -> None:
    with web_server() as server:
        server.answers = [500, 302]
        hook = Webhook(f"{server.url}/hooks/secret-path", TOKEN)
        for status in ("500", "302"):
            with pytest.raises(DeliveryError, match=status) as caught:
                post(hook, message())
            assert "secret-path" not in str(caught.value)
            assert TOKEN not in str(caught.value)
        assert [path for _, path, *_ in server.requests] == ["/hooks/secret-path"] * 2, (
            "a redirect would take the token elsewhere"
        )
    with pytest.raises(DeliveryError, match=r"127\.0\.0\.1"):
        post(hook, message())


def test_the_trial_says_that_nothing_is_wrong() -> None:
    text = as_text(trial("dev", "Statistics", "https://x.example.edu"))
    assert "This is a test" in text
    assert "Nothing is wrong" in text
