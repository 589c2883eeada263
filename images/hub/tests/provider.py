"""Whoever keeps the accounts: Google, GitHub, CILogon or Globus, as far as a login asks them."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlencode

from answering import Answering, flat, serving

CLIENT_ID = "course"
CLIENT_SECRET = "correct horse battery"


@dataclass
class Provider:
    """Who is at its page now, and what it was asked."""

    url: str = ""
    #: What /user says of who is there.
    account: dict[str, Any] = field(default_factory=dict)
    #: "organization/name": what GitHub calls members.
    members: set[str] = field(default_factory=set)
    #: The query of each visit to the page where one logs in.
    visits: list[dict[str, str]] = field(default_factory=list)
    #: What a code or a token stands for: the address to go back to, and who it is.
    codes: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)

    def authorize(self, query: dict[str, str]) -> str:
        """Let in whoever is there; answer where the browser goes next."""
        self.visits.append(query)
        assert query["client_id"] == CLIENT_ID
        assert query["response_type"] == "code"
        code = secrets.token_urlsafe()
        self.codes[code] = (query["redirect_uri"], self.account)
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str]) -> dict[str, Any] | None:
        """Change a code, once, for a token, if it is the hub that asks."""
        back, account = self.codes.pop(form["code"], ("", {}))
        client = (form.get("client_id"), form.get("client_secret"))
        if client != (CLIENT_ID, CLIENT_SECRET) or back != form["redirect_uri"]:
            return None
        token = secrets.token_urlsafe()
        self.tokens[token] = account
        # the last one is Globus's: tokens for its other services
        return {"access_token": token, "token_type": "Bearer", "other_tokens": []}


@contextmanager
def running_provider() -> Iterator[Provider]:
    """Start one."""
    provider = Provider()

    class Handler(Answering):
        """Its pages."""

        def look_up(self, place: SplitResult) -> None:
            """Show the login page, an account, a membership."""
            if place.path == "/authorize":
                self.send_on(provider.authorize(flat(place.query)))
                return
            account = provider.tokens.get(self.headers.get("Authorization", "").split(" ")[-1])
            if account is None:
                self.answer(401)
            elif place.path == "/user":
                self.answer(200, account)
            else:
                organization, _, name = place.path[len("/orgs/") :].partition("/members/")
                self.answer(204 if f"{organization}/{name}" in provider.members else 404)

        def take(self, form: dict[str, str]) -> None:
            """Give a token."""
            token = provider.token(form)
            self.answer(200 if token else 401, token)

    with serving(Handler) as provider.url:
        yield provider
