"""Login by any provider of OpenID Connect, for names on the roster only.

oauthenticator asks a provider by OAuth and believes its user information. Here the provider's own
description says where to ask, and its signed ID token says who somebody is.
"""

import asyncio
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt
from oauthenticator.generic import GenericOAuthenticator
from oauthenticator.oauth2 import OAuthLoginHandler
from tornado.httpclient import HTTPClientError
from tornado.web import HTTPError
from traitlets import Dict, List, Unicode

from semesterhub import words
from semesterhub.oauth import Provided

KNOWN_SECONDS = 3600
"""How long a provider's description and keys are kept."""
CLOCK_SECONDS = 60
ANSWER_SECONDS = 15
ALGORITHMS = frozenset(
    f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)
) | {"EdDSA"}
"""Signatures by a key pair: an unsigned token, or one signed by a shared secret, proves nothing."""


@dataclass(frozen=True)
class Description:
    """What a provider says of itself, and its public keys."""

    document: Mapping[str, Any]
    keys: Mapping[str, jwt.PyJWK]
    read: float

    @property
    def algorithms(self) -> list[str]:
        """Tell what it signs with, as far as that can be believed."""
        said = self.document.get("id_token_signing_alg_values_supported", ["RS256"])
        return [each for each in said if each in ALGORITHMS]

    def is_older(self, seconds: float) -> bool:
        """Whether it was read longer ago than that."""
        return time.monotonic() - self.read > seconds


def nonce_of(verifier: str) -> str:
    """Make what an ID token must repeat, of what only this browser's signed cookie has."""
    return hashlib.sha256(f"nonce:{verifier}".encode()).hexdigest()


class OIDCLoginHandler(OAuthLoginHandler):
    """Where a login begins."""

    _verifier = ""

    async def get(self) -> None:
        """Read the provider's description, then send the browser there."""
        await self.authenticator.ready()
        super().get()

    def _generate_pkce_params(self) -> tuple[str, str]:
        self._verifier, challenge = super()._generate_pkce_params()
        return self._verifier, challenge

    def authorize_redirect(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (tornado's)
        """Send a nonce too."""
        kwargs["extra_params"]["nonce"] = nonce_of(self._verifier)
        super().authorize_redirect(*args, **kwargs)


class CourseOIDCAuthenticator(Provided, GenericOAuthenticator):
    """Accounts of one provider of OpenID Connect."""

    login_handler = OIDCLoginHandler
    issuer = Unicode(config=True, help="What the provider calls itself, an https address")
    required_claims = Dict(
        key_trait=Unicode(),
        value_trait=List(Unicode()),
        config=True,
        help="Claims that an account must have, each with one of the values",
    )

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 (JupyterHub's)
        super().__init__(**kwargs)
        self._known: Description | None = None
        self._reading = asyncio.Lock()

    async def ready(self) -> None:
        """Know where to send people; raise HTTPError if the provider does not tell."""
        try:
            await self.description()
        except (HTTPClientError, OSError, ValueError, KeyError, TypeError) as error:
            self.log.exception("%s can't be used", self.issuer)
            raise HTTPError(
                502, self.say(words.NO_PROVIDER, provider=self.login_service)
            ) from error

    async def description(self, *, older_than: float = KNOWN_SECONDS) -> Description:
        """Give what the provider says of itself, read anew if it is too old."""
        async with self._reading:
            if self._known is None or self._known.is_older(older_than):
                self._known = await self._read()
            return self._known

    async def _read(self) -> Description:
        document = await self._get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if document["issuer"] != self.issuer:
            raise ValueError(
                f"it calls itself {document['issuer']!r}: write exactly this as login.issuer"
            )
        jwks = jwt.PyJWKSet.from_dict(await self._get(self._place(document, "jwks_uri")))
        keys = {key.key_id or "": key for key in jwks.keys if key.public_key_use in (None, "sig")}
        self.authorize_url = self._place(document, "authorization_endpoint")
        self.token_url = self._place(document, "token_endpoint")
        ways = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        self.basic_auth = "client_secret_post" not in ways
        return Description(document, keys, time.monotonic())

    def _place(self, document: Mapping[str, Any], name: str) -> str:
        """Give one of the provider's addresses, which is no less protected than its own."""
        place = str(document[name])
        if urlsplit(place).scheme not in {"https", urlsplit(self.issuer).scheme}:
            raise ValueError(f"its {name} is no https address: {place!r}")
        return place

    async def _get(self, url: str, **headers: str) -> dict[str, Any]:
        answer = await self.httpfetch(
            url,
            label="asking the provider",
            headers={"Accept": "application/json", **headers},
            follow_redirects=False,
            request_timeout=ANSWER_SECONDS,
        )
        if not isinstance(answer, dict):
            raise TypeError(f"{url} answered something else than a JSON object")
        return answer

    async def authenticate(self, handler: Any, data: Any = None, **kwargs: Any) -> Any:  # noqa: ANN401 (JupyterHub's)
        """Take the code that the browser brings; a refusal is told in the course's words."""
        return await self.telling(self._by_code(handler, data))

    async def _by_code(self, handler: Any, data: Any) -> dict[str, Any]:  # noqa: ANN401 (JupyterHub's)
        await self.description()
        form = self.build_access_tokens_request_params(handler, data)
        tokens = await self.get_token_info(handler, form)
        claims = await self._id_token(str(tokens["id_token"]), nonce_of(form["code_verifier"]))
        wanted = {self.username_claim, *self.required_claims}
        if not wanted <= claims.keys():
            claims = {**await self._user_information(tokens, claims["sub"]), **claims}
        self._check(claims)
        name = self.normalize_username(self.user_info_to_username(claims))
        # the tokens are not kept: nobody uses them, and who has them is that person elsewhere
        return {"name": name, "admin": None, "auth_state": {"sub": claims["sub"]}}

    async def _id_token(self, token: str, nonce: str) -> dict[str, Any]:
        """Check who signed an ID token, for whom, when, and for which login."""
        description = await self.description()
        header = jwt.get_unverified_header(token)
        if header.get("kid", "") not in description.keys:
            # the provider has a new one
            description = await self.description(older_than=0)
        key = description.keys.get(header.get("kid", ""))
        if key is None and len(description.keys) == 1 and "kid" not in header:
            [key] = description.keys.values()
        if key is None:
            raise ValueError("the ID token is signed by a key that the provider does not publish")
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=description.algorithms,
                audience=self.client_id,
                issuer=self.issuer,
                leeway=CLOCK_SECONDS,
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )
        except jwt.PyJWTError as error:
            raise ValueError(f"the ID token is not valid: {error}") from error
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else self.client_id) != self.client_id:
            raise ValueError("the ID token was made for another program")
        if claims.get("nonce") != nonce:
            raise ValueError("the ID token belongs to another login")
        return claims

    async def _user_information(self, tokens: Mapping[str, Any], subject: str) -> dict[str, Any]:
        """Ask for what the ID token leaves out, where the provider tells more."""
        document = (await self.description()).document
        if "userinfo_endpoint" not in document:
            return {}
        place = self._place(document, "userinfo_endpoint")
        found = await self._get(place, Authorization=f"Bearer {tokens['access_token']}")
        if found.get("sub") != subject:
            raise ValueError("the user information is somebody else's")
        return found

    def _check(self, claims: Mapping[str, Any]) -> None:
        """Refuse an account without the claims that are asked for, or with an unproven address."""
        proven = str(claims.get("email_verified", True)).lower() == "true"
        unproven = self.username_claim == "email" and not proven
        missing = [
            claim
            for claim, accepted in self.required_claims.items()
            if not _values(claims.get(claim)) & set(accepted)
        ]
        if unproven or missing:
            self.log.warning(
                "An account is refused: %s", "its address is not verified" if unproven else missing
            )
            raise HTTPError(403, self.say(words.NOT_ACCEPTED))

    async def refresh_user(self, user: Any, handler: Any = None, **kwargs: Any) -> bool:  # noqa: ANN401 (JupyterHub's)
        """Ask nothing anew: the roster decides who may stay, and the tokens are not kept."""
        return True


def _values(claim: object) -> set[str]:
    """Give the values of a claim, which has one or a list of them."""
    values = claim if isinstance(claim, list) else [claim]
    return {str(each) for each in values if each is not None}
