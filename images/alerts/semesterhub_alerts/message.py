"""What is sent: data that each channel writes in its own way, clean of what others wrote."""

import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from semesterhub_alerts.tracker import Event

LONGEST = 400
SHOWN = 40
HEADINGS = {"began": "New", "still": "Still so after a day", "over": "Over"}


@dataclass(frozen=True)
class Line:
    """One thing that is told."""

    kind: str
    rule: str
    text: str
    advice: str
    since: str


@dataclass(frozen=True)
class Message:
    """Everything that one round has to tell."""

    stack: str
    title: str
    url: str
    subject: str
    lines: tuple[Line, ...]
    id: str = field(default_factory=lambda: secrets.token_hex(12))
    """The same however often it is sent: whoever gets it twice can tell."""


def plain(text: str, longest: int = LONGEST) -> str:
    """Keep what can be read of a text, on one line: no line ends, nothing invisible.

    Names of machines, servers' answers and reasons come from elsewhere; none begins a header.
    """
    kept = "".join(
        " " if unicodedata.category(each)[0] in {"C", "Z"} else each for each in text[: longest * 4]
    )
    words = " ".join(kept.split())
    return words if len(words) <= longest else f"{words[: longest - 1]}…"


def in_words(error: object) -> str:
    """Say what went wrong, without the number that a system error has in front."""
    said = getattr(error, "strerror", None) or getattr(error, "verify_message", None) or str(error)
    return plain(str(said), 200) or type(error).__name__


def compose(events: Sequence[Event], stack: str, title: str, url: str) -> Message:
    """Write one message of all that a round has to tell."""
    order = ("began", "still", "over")
    ordered = sorted(events, key=lambda event: order.index(event.kind))
    lines = tuple(
        Line(
            kind=event.kind,
            rule=event.trouble.rule,
            text=plain(event.trouble.text),
            advice=plain(event.advice),
            since=_moment(event.trouble.since),
        )
        for event in ordered[:SHOWN]
    )
    return Message(stack, plain(title), url, _subject(ordered, stack), lines)


def trial(stack: str, title: str, url: str) -> Message:
    """Write the message that shows that messages arrive."""
    text = "This is a test: messages of this course arrive here. Nothing is wrong."
    now = _moment(datetime.now(UTC).timestamp())
    return Message(
        *(stack, plain(title), url, f"[{stack}] Test message"),
        (Line("test", "test", text, "", now),),
    )


def as_text(message: Message) -> str:
    """Write it for people, in plain text."""
    parts = [f"{message.title} ({message.stack}), {message.url}"]
    for kind, heading in HEADINGS.items():
        some = [line for line in message.lines if line.kind == kind]
        if some:
            parts.append("\n".join([f"{heading}:", *(_paragraph(line) for line in some)]))
    parts += [line.text for line in message.lines if line.kind == "test"]
    parts.append(
        f"npm run status -- --stack {message.stack} shows the course as it is,"
        f" npm run alerts -- --stack {message.stack} what is open."
    )
    return "\n\n".join(parts) + "\n"


def _paragraph(line: Line) -> str:
    if line.kind == "over":
        return f"- {line.text} (since {line.since}) No longer so."
    return f"- {line.text} (since {line.since})\n  {line.advice}"


def _subject(events: Sequence[Event], stack: str) -> str:
    wrong = [event for event in events if event.kind != "over"]
    first = plain((wrong or list(events))[0].trouble.text, 90)
    if wrong:
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        return f"[{stack}] {first}{more}"
    more = f" and {len(events) - 1} more" if len(events) > 1 else ""
    return f"[{stack}] Over: {first}{more}"


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
