"""The course's face: its picture, and the words of its login method on the sign-in page."""

import base64
import hashlib
from typing import Any

from jupyterhub.handlers import BaseHandler
from tornado.web import HTTPError

from semesterhub.settings import Logo, Settings

_YEAR_SECONDS = 31_536_000


def logo_version(logo: Logo) -> str:
    """Name the picture by its content, so that browsers may keep it."""
    return hashlib.sha256(logo.data.encode()).hexdigest()[:16] if logo.data else ""


_WORDS = {
    "dummy": "Use your name in the class list, and the password that everybody has here.",
    "native": "",  # the page has links in its words
    "google": "Use your Google account that ends with {domains}.",
    "github": "Use the GitHub account whose name {contact} knows.",
    "cilogon": "Choose your university on the next page, and use your account there.",
    "globus": "Use your Globus account{university}.",
    "oidc": "Use your account of {provider}.",
    "workshop": "Use the pass phrase of the workshop. You need no account.",
    "lti13": "",  # nobody signs in at the hub, and its page says so (lti.py)
    "lti": "",  # nobody signs in at the hub, and its page says so (lti.py)
}


def login_words(settings: Settings) -> str:
    """Say which account people sign in with."""
    login = settings.login
    return _WORDS[login.method].format(
        contact=settings.contact or "the course's staff",
        domains=" or ".join(f"@{domain}" for domain in login.hosted_domains),
        provider=login.provider_name or "your university",
        university="".join(f" of {domain}" for domain in login.identity_providers),
    )


class LogoHandler(BaseHandler):
    """The course's picture."""

    logo = Logo("", "")

    def initialize(self, logo: Logo) -> None:
        """Take the picture."""
        self.logo = logo

    def get(self) -> None:
        """Send it. A picture is no page: what an SVG may hold beside lines is not run."""
        if not self.logo.data:
            raise HTTPError(404)
        self.set_header("Content-Type", self.logo.type)
        self.set_header(
            "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        )
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", f"public, max-age={_YEAR_SECONDS}, immutable")
        self.finish(base64.b64decode(self.logo.data))


def handlers(settings: Settings) -> list[tuple[Any, ...]]:
    """List the addresses that belong to the face."""
    return [(r"/course-logo", LogoHandler, {"logo": settings.face.logo})]
