"""What goes out for a request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus


@dataclass(frozen=True)
class Answer:
    """A status, what goes out as JSON, and headers beside those that every answer has."""

    status: HTTPStatus
    body: dict[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal(status: HTTPStatus, message: str) -> Answer:
    """Build an answer that says why not."""
    return Answer(status, {"error": message})
