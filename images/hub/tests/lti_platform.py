"""A learning management system that speaks LTI 1.3: signed launches, tokens, a gradebook."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT = "course-tool"
LTI = "https://purl.imsglobal.org/spec/lti/claim"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
DEEP = "https://purl.imsglobal.org/spec/lti-dl/claim"


@dataclass
class Platform:
    """Its key, its gradebook, and what it was told."""

    url: str = ""
    key: Any = None
    #: The hub's public keys, as its administrator put them in.
    tool_keys: dict[str, Any] = field(default_factory=dict)
    items: list[dict[str, Any]] = field(default_factory=list)
    scores: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    #: Subjects whose grades it refuses.
    gone: set[str] = field(default_factory=set)
    #: Who is in the course, two on a page.
    members: list[dict[str, Any]] = field(default_factory=list)
    #: Whether the course was deleted there.
    deleted: bool = False

    def launch(self, fresh: str, name: str, **claims: Any) -> str:
        """Sign a launch of a resource link."""
        now = int(time.time())
        said = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": f"opaque-{name}",
            "iat": now,
            "exp": now + 300,
            "nonce": fresh,
            f"{LTI}/message_type": "LtiResourceLinkRequest",
            f"{LTI}/version": "1.3.0",
            f"{LTI}/deployment_id": "1",
            f"{LTI}/target_link_uri": "https://hub.uni.edu/hub",
            f"{LTI}/resource_link": {"id": "link-1"},
            f"{LTI}/context": {"id": "course-7", "label": "DS101"},
            f"{LTI}/roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
            f"{LTI}/custom": {"username": name},
            AGS: {"lineitems": f"{self.url}/7/items", "scope": []},
            NRPS: {"context_memberships_url": f"{self.url}/7/members", "service_versions": ["2.0"]},
            **claims,
        }
        return jwt.encode(said, self.key, "RS256", {"kid": "platform"})

    def token(self, form: dict[str, str]) -> bool:
        """Whether the hub may have a token for the gradebook."""
        [key] = jwt.PyJWKSet.from_dict(self.tool_keys).keys
        claims = jwt.decode(
            form["client_assertion"], key, algorithms=["RS256"], audience=f"{self.url}/token"
        )
        known = ("lti-ags/scope/score", "lti-nrps/scope/contextmembership.readonly")
        return claims["iss"] == claims["sub"] == CLIENT and form["scope"].endswith(known)


class Services(BaseHTTPRequestHandler):
    """Its services."""

    def __init__(self, platform: Platform, *args: Any) -> None:
        self.platform = platform
        super().__init__(*args)

    def do_GET(self) -> None:
        """Show its keys, or columns of the gradebook."""
        place = urlsplit(self.path)
        if place.path == "/keys":
            key = jwt.algorithms.RSAAlgorithm.to_jwk(self.platform.key.public_key(), as_dict=True)
            self.answer(200, {"keys": [{**key, "kid": "platform", "use": "sig"}]})
        elif place.path == "/7/members" and self.allowed():
            self.members(parse_qs(place.query))
        elif self.allowed():
            wanted = parse_qs(place.query)["resource_id"]
            self.answer(200, [each for each in self.platform.items if each["resourceId"] in wanted])

    def do_POST(self) -> None:
        """Give a token, make a column, take a grade."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/token":
            form = {key: values[0] for key, values in parse_qs(body).items()}
            self.answer(200 if self.platform.token(form) else 401, {"access_token": "open"})
        elif not self.allowed():
            return
        elif self.path == "/7/items":
            number = len(self.platform.items)
            item = {**json.loads(body), "id": f"{self.platform.url}/7/items/{number}/item?type=1"}
            self.platform.items.append(item)
            self.answer(201, item)
        else:
            score = json.loads(body)
            if score["userId"] in self.platform.gone:
                self.answer(404)
                return
            self.platform.scores.append((self.path, score))
            self.answer(200)

    def members(self, query: dict[str, list[str]]) -> None:
        """Show a page of the list; what the link says of each only where it is named."""
        if self.platform.deleted:
            self.answer(404)
            return
        first = int(query.get("from", ["0"])[0])
        page = self.platform.members[first : first + 2]
        if query.get("rlid") != ["link-1"]:
            page = [{key: each[key] for key in each if key != "message"} for each in page]
        more = first + 2 < len(self.platform.members)
        place = f"{self.platform.url}/7/members?rlid=link-1&from={first + 2}"
        self.answer(200, {"members": page}, f'<{place}>; rel="next"' if more else "")

    def allowed(self) -> bool:
        """Whether the request has the token."""
        right = self.headers.get("Authorization") == "Bearer open"
        if not right:
            self.answer(401)
        return right

    def answer(self, status: int, body: Any = None, link: str = "") -> None:
        """Answer in JSON."""
        text = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if link:
            self.send_header("Link", link)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@contextmanager
def running_platform() -> Iterator[Platform]:
    """Start one."""
    platform = Platform(key=rsa.generate_private_key(65537, 2048))
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Services, platform)) as server:
        platform.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        yield platform
        server.shutdown()
