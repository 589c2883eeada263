"""`semesterhub-admin`: what an operator asks of the hub, from inside its container."""

import argparse
import importlib.metadata
import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from semesterhub.settings import load_settings, secret

API = "http://127.0.0.1:8081/hub/api"
PAGE = 200
TIMEOUT_SECONDS = 60
PACKAGES = ("jupyterhub", "dockerspawner", "oauthenticator", "jupyterhub-idle-culler")


class Api:
    """The hub's REST API, as the operator service."""

    def __init__(self, token: str, base: str = API) -> None:
        self._token = token
        self._base = base

    def call(self, method: str, path: str) -> Any:  # noqa: ANN401 (JSON)
        """Make one request; an error ends the program with the hub's own message."""
        headers = {
            "Authorization": f"token {self._token}",
            "Accept": "application/jupyterhub-pagination+json",
        }
        request = urllib.request.Request(self._base + path, method=method, headers=headers)  # noqa: S310 (our own hub)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 (our own hub)
                body = response.read()
        except urllib.error.HTTPError as error:
            sys.exit(f"the hub refused: {error.code} {error.reason} {_message(error.read())}")
        except OSError as error:
            sys.exit(f"the hub does not answer: {error}")
        return json.loads(body) if body else None

    def users(self, state: str = "") -> list[dict[str, Any]]:
        """List users; with state `active`, those with a server."""
        found: list[dict[str, Any]] = []
        query = {"limit": PAGE, **({"state": state} if state else {})}
        while True:
            page = self.call(
                "GET", f"/users?{urllib.parse.urlencode({**query, 'offset': len(found)})}"
            )
            found += page["items"]
            if not page["_pagination"]["next"]:
                return found

    def stop(self, name: str) -> None:
        """Stop a person's server."""
        self.call("DELETE", f"/users/{urllib.parse.quote(name, safe='')}/server")


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"] or "")
    except (ValueError, KeyError, TypeError):
        return body[:200].decode(errors="replace")


def status(api: Api) -> dict[str, Any]:
    """Tell who is on line, which servers there are, and which versions run."""
    users = api.users()
    servers = [
        {
            "user": user["name"],
            "name": name,
            "ready": server["ready"],
            "pending": server["pending"],
            "started": server["started"],
            "lastActivity": server["last_activity"],
        }
        for user in users
        for name, server in user["servers"].items()
    ]
    return {
        "users": len(users),
        "online": sorted({server["user"] for server in servers if server["ready"]}),
        "servers": servers,
        "versions": {package: importlib.metadata.version(package) for package in PACKAGES},
    }


def _print(facts: dict[str, Any]) -> None:
    print(f"{len(facts['online'])} of {facts['users']} people on line")
    for server in facts["servers"]:
        state = "ready" if server["ready"] else server["pending"] or "stopped"
        print(f"  {server['user']}: {state}, last activity {server['lastActivity']}")
    print(", ".join(f"{package} {version}" for package, version in facts["versions"].items()))


def approve(name: str) -> None:
    """Let somebody who signed up (native login) log in."""
    from nativeauthenticator.orm import UserInfo  # noqa: PLC0415 (for native logins only)
    from sqlalchemy import create_engine  # noqa: PLC0415 (slow to load)
    from sqlalchemy.orm import Session  # noqa: PLC0415 (slow to load)

    with Session(create_engine(load_settings().database_url)) as session:
        info = UserInfo.find(session, name.lower())
        if info is None:
            sys.exit(f"{name} has not signed up")
        info.is_authorized = True
        session.commit()


def main(argv: list[str] | None = None) -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="semesterhub-admin", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    show = commands.add_parser("status", help="who is on line, servers, versions")
    show.add_argument("--json", action="store_true", help="for programs")
    commands.add_parser("stop-server", help="stop one person's server").add_argument("name")
    commands.add_parser("stop-all", help="stop every server")
    commands.add_parser("approve", help="approve a sign-up (native login)").add_argument("name")
    arguments = parser.parse_args(argv)
    if arguments.command == "approve":
        approve(arguments.name)
        return
    api = Api(secret("operator-token"))
    if arguments.command == "status":
        facts = status(api)
        print(json.dumps(facts, indent=2)) if arguments.json else _print(facts)
    elif arguments.command == "stop-server":
        api.stop(arguments.name)
    else:
        for user in api.users("active"):
            api.stop(user["name"])
            print(f"stopped {user['name']}")


if __name__ == "__main__":
    main()
