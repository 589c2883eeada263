"""How a message leaves: by mail, and to a webhook."""

import http.client
import json
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from typing import Any
from urllib.parse import urlsplit

from semesterhub_alerts.message import Message, as_text, plain
from semesterhub_alerts.settings import Email, Settings, Webhook

TIMEOUT_SECONDS = 30


class DeliveryError(Exception):
    """A message did not leave; the text has no secret in it."""


Channel = Callable[[Message], None]


def channels(settings: Settings) -> dict[str, Channel]:
    """List the ways that are configured."""
    found: dict[str, Channel] = {}
    email, webhook = settings.email, settings.webhook
    if email is not None:
        found["email"] = lambda message: send_mail(email, message)
    if webhook is not None:
        found["webhook"] = lambda message: post(webhook, message)
    return found


def mail_of(email: Email, message: Message) -> EmailMessage:
    """Write a mail. The library encodes headers, and refuses a line end in one."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address(email.sender)
    mail["To"] = [_address(each) for each in email.to]
    mail["Subject"] = plain(message.subject)
    mail["Date"] = formatdate()
    mail["Message-ID"] = f"<{message.id}@{email.sender.rpartition('@')[2].rstrip('>')}>"
    # Nobody's holiday answers this.
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Semesterhub-Stack"] = message.stack
    mail.set_content(as_text(message))
    return mail


def _address(text: str) -> Address:
    name, address = parseaddr(text)
    return Address(display_name=name, addr_spec=address)


def send_mail(email: Email, message: Message) -> None:
    """Hand a mail over to the server; raise DeliveryError if it did not take it for everybody."""
    mail = mail_of(email, message)
    try:
        with _connected(email) as server:
            if email.username:
                server.login(email.username, email.password)
            refused = server.send_message(mail)
    except smtplib.SMTPResponseException as error:
        reason = plain(_text(error.smtp_error), 200)
        raise DeliveryError(f"{email.server} refused: {error.smtp_code} {reason}") from None
    except smtplib.SMTPRecipientsRefused as error:
        raise DeliveryError(f"{email.server} refused every address: {_codes(error)}") from None
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise DeliveryError(f"{email.server}:{email.port}: {plain(str(error), 200)}") from None
    if refused:
        raise PartlyDeliveredError(f"{email.server} refused {len(refused)} of the addresses")


class PartlyDeliveredError(DeliveryError):
    """Some got it: sending it again would tell these twice."""


def _connected(email: Email) -> smtplib.SMTP:
    if email.security == "none":
        return smtplib.SMTP(email.server, email.port, timeout=TIMEOUT_SECONDS)
    context = ssl.create_default_context(cadata=email.authority or None)
    if email.security == "tls":
        return smtplib.SMTP_SSL(email.server, email.port, timeout=TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP(email.server, email.port, timeout=TIMEOUT_SECONDS)
    try:
        server.starttls(context=context)
    except BaseException:
        server.close()
        raise
    return server


def _codes(error: smtplib.SMTPRecipientsRefused) -> str:
    said = {f"{code} {plain(_text(text), 100)}" for code, text in error.recipients.values()}
    return ", ".join(sorted(said))


def _text(said: bytes | str) -> str:
    return said.decode(errors="replace") if isinstance(said, bytes) else said


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would take the token elsewhere."""

    def redirect_request(self, *_: Any) -> None:  # noqa: ANN401 (urllib's)
        """Follow none."""


OPENER = urllib.request.build_opener(_NoRedirect)


MARKUP = str.maketrans(
    # Slack's own three; then what would be a call to everybody, a link or code elsewhere.
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "@\u2060", "[": "(", "]": ")", "`": "'"}
)


def body_of(message: Message) -> dict[str, Any]:
    """Write what is posted: `text` for chats, without markup, the rest for programs."""
    return {
        "text": as_text(message).translate(MARKUP),
        "id": message.id,
        "stack": message.stack,
        "title": message.title,
        "url": message.url,
        "alerts": [asdict(line) for line in message.lines],
    }


def post(webhook: Webhook, message: Message) -> None:
    """Post a message; raise DeliveryError unless the answer is a good one."""
    headers = {"Content-Type": "application/json", "User-Agent": "semesterhub-alerts"}
    if webhook.token:
        headers["Authorization"] = f"Bearer {webhook.token}"
    data = json.dumps(body_of(message)).encode()
    call(urllib.request.Request(webhook.url, data, headers, method="POST"))  # noqa: S310 (https by the configuration's check)


def call(request: urllib.request.Request) -> None:
    """Make one request outside; an error names the host alone: a path can be a secret."""
    host = urlsplit(request.full_url).hostname
    try:
        with OPENER.open(request, timeout=TIMEOUT_SECONDS) as answer:
            answer.read(1024)
    except urllib.error.HTTPError as error:
        raise DeliveryError(f"{host} answered {error.code}") from None
    except urllib.error.URLError as error:
        raise DeliveryError(f"{host}: {plain(str(error.reason), 200)}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DeliveryError(f"{host}: {plain(str(error), 200)}") from None
