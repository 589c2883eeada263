"""A provider of OpenID Connect: its description, its keys, codes with PKCE, signed ID tokens."""

import base64
import hashlib
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlencode

import jwt
from answering import Answering, flat, serving
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID = "course"
CLIENT_SECRET = "correct horse battery"


@dataclass
class OIDCProvider:
    """Who is at its page now, and in what way it lies."""

    url: str = ""
    #: Claims of the ID token beside those that every one has.
    account: dict[str, Any] = field(default_factory=dict)
    #: What only its user information has.
    information: dict[str, Any] = field(default_factory=dict)
    #: What takes the place of something in the ID token, its header, or the description.
    spoilt: dict[str, Any] = field(default_factory=dict)
    spoilt_header: dict[str, Any] = field(default_factory=dict)
    spoilt_description: dict[str, Any] = field(default_factory=dict)
    #: The key that signs, its name, and the one that is published.
    key: Any = None
    published: Any = None
    key_id: str = "first"
    visits: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def new_key(self, name: str) -> None:
        """Sign with another key from now on, and publish it."""
        self.key = self.published = rsa.generate_private_key(65537, 2048)
        self.key_id = name

    def honest(self) -> None:
        """Lie no more."""
        for lies in (self.spoilt, self.spoilt_header, self.spoilt_description):
            lies.clear()
        self.key = self.published

    def description(self) -> dict[str, Any]:
        """Say where things are."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            **self.spoilt_description,
        }

    def keys(self) -> dict[str, Any]:
        """Publish the key."""
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self.published.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": self.key_id, "use": "sig", "alg": "RS256"}]}

    def authorize(self, query: dict[str, str]) -> str:
        """Let in whoever is there; answer where the browser goes next."""
        self.visits.append(query)
        assert (query["client_id"], query["response_type"]) == (CLIENT_ID, "code")
        assert "openid" in query["scope"].split(" ")
        code = secrets.token_urlsafe()
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """Change a code, once, for tokens, if it is the hub that asks."""
        query = self.codes.pop(form["code"], {})
        said = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if said != f"{CLIENT_ID}:{CLIENT_SECRET}" or query.get("code_challenge") != challenge:
            return None
        now = int(time.time())
        claims = {
            "iss": self.url,
            "sub": "7",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": query["nonce"],
            **self.account,
            **self.spoilt,
        }
        header = {"kid": self.key_id, **self.spoilt_header}
        key = "" if header.get("alg") == "none" else self.key
        token = jwt.encode(claims, key, header.get("alg", "RS256"), header)
        return {"access_token": "secret", "token_type": "Bearer", "id_token": token}


@contextmanager
def running_oidc_provider() -> Iterator[OIDCProvider]:
    """Start one."""
    provider = OIDCProvider()
    provider.new_key("first")

    class Handler(Answering):
        """Its pages."""

        def look_up(self, place: SplitResult) -> None:
            """Show the description, the keys, the login page, user information."""
            provider.asked.append(place.path)
            if place.path == "/authorize":
                self.send_on(provider.authorize(flat(place.query)))
            elif place.path == "/.well-known/openid-configuration":
                self.answer(200, provider.description())
            elif place.path == "/keys":
                self.answer(200, provider.keys())
            elif self.headers.get("Authorization") == "Bearer secret":
                self.answer(200, {"sub": "7", **provider.information})
            else:
                self.answer(401)

        def take(self, form: dict[str, str]) -> None:
            """Give tokens."""
            tokens = provider.token(form, self.headers.get("Authorization", ""))
            self.answer(200 if tokens else 401, tokens)

    with serving(Handler) as provider.url:
        yield provider
