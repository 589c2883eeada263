"""`semesterhub-admin`: what an operator asks of the hub, from inside its container."""

import argparse
import importlib.metadata
import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

from semesterhub.roster import CHECKS
from semesterhub.settings import secret

API = "http://127.0.0.1:8081/hub/api"
PEOPLE = "/course/people"
ANNOUNCEMENT = "/course/announcement"
SCORES = "/course/scores"
MEMBERS = "/course/members"
WORKSHOP = "/course/workshop"
PAGE = 200
LINK_DAYS = 14
TIMEOUT_SECONDS = 900  # the end of a workshop stops everybody
PACKAGES = ("jupyterhub", "dockerspawner", "oauthenticator", "jupyterhub-idle-culler")


class Api:
    """The hub's REST API, as the operator service."""

    def __init__(self, token: str, base: str = API) -> None:
        self._token = token
        self._base = base

    def call(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 (JSON)
        """Make one request; an error ends the program with the hub's own message."""
        headers = {
            "Authorization": f"token {self._token}",
            "Accept": "application/jupyterhub-pagination+json",
            "Content-Type": "application/json",
        }
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, data, headers, method=method)  # noqa: S310 (our own hub)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 (our own hub)
                answer = response.read()
        except urllib.error.HTTPError as error:
            sys.exit(_message(error.read()) or f"the hub refused: {error.code} {error.reason}")
        except OSError as error:
            sys.exit(f"the hub does not answer: {error}")
        return json.loads(answer) if answer else None

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
        """Stop a person's servers, the usual one last."""
        path = f"/users/{urllib.parse.quote(name, safe='')}"
        for server in filter(None, self.call("GET", path)["servers"]):
            self.call("DELETE", f"{path}/servers/{urllib.parse.quote(server, safe='')}")
        self.call("DELETE", f"{path}/server")


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"] or "")
    except (ValueError, KeyError, TypeError):
        return body[:200].decode(errors="replace")


def status(api: Api) -> dict[str, Any]:
    """Tell who is on line, which servers there are, and which versions run."""
    users = [user for user in api.users() if not user["name"].startswith(CHECKS)]
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
        name = f"{server['user']}/{server['name']}".rstrip("/")
        print(f"  {name}: {state}, last activity {server['lastActivity']}")
    print(", ".join(f"{package} {version}" for package, version in facts["versions"].items()))


STATES = {"waits": "waits for approval", "none": "no password yet", "ready": "has a password"}


def list_people(api: Api, *, as_json: bool) -> None:
    """Show what everybody on the roster has to log in with (native login)."""
    people = api.call("GET", PEOPLE)["people"]
    if as_json:
        print(json.dumps(people, indent=2))
        return
    for each in people:
        link = f", link until {each['linkEnds'][:10]}" if each["linkEnds"] else ""
        print(f"{each['name']} ({each['role']}): {STATES[each['state']]}{link}")


def stop_all(api: Api) -> None:
    """Stop every server."""
    for user in api.users("active"):
        api.stop(user["name"])
        print(f"stopped {user['name']}")


def announce(api: Api, arguments: argparse.Namespace) -> dict[str, Any]:
    """Announce something, take it down, or show what is announced."""
    if arguments.clear:
        return api.call("DELETE", ANNOUNCEMENT)
    if not arguments.text:
        return api.call("GET", ANNOUNCEMENT)
    until = {"until": arguments.until} if arguments.until else {}
    return api.call("POST", ANNOUNCEMENT, {"text": arguments.text, **until})


def _announced(answer: dict[str, Any]) -> str:
    found = answer["announcement"]
    if not found:
        return "Nothing is announced."
    return f"{found['text']}\n(until {found['ends'] or 'it is taken down'})"


def workshop(api: Api, arguments: argparse.Namespace) -> Any:  # noqa: ANN401 (JSON)
    """Tell of a workshop, end it, or open it again."""
    if arguments.action == "status":
        return api.call("GET", WORKSHOP)
    return api.call("POST", WORKSHOP, {"action": arguments.action})


TOLD: dict[str, Callable[[Api, argparse.Namespace], Any]] = {
    "scores": lambda api, arguments: api.call("POST", SCORES, json.loads(arguments.grades)),
    "members": lambda api, _: api.call("GET", MEMBERS),
    "workshop": workshop,
}
"""What is told as the hub said it."""


def main(argv: list[str] | None = None) -> None:
    """Run one command."""
    arguments = _parser().parse_args(argv)
    api = Api(secret("operator-token"))
    match arguments.command:
        case "status":
            facts = status(api)
            print(json.dumps(facts, indent=2)) if arguments.json else _print(facts)
        case "stop-server":
            api.stop(arguments.name)
        case "stop-all":
            stop_all(api)
        case "people":
            list_people(api, as_json=arguments.json)
        case "scores" | "members" | "workshop" as what:
            print(json.dumps(TOLD[what](api, arguments)))
        case "links":
            wanted = {"action": "links", "names": arguments.name, "days": arguments.days}
            print(api.call("POST", PEOPLE, wanted)["csv"], end="")
        case "announce":
            print(_announced(announce(api, arguments)))
        case action:
            for name in arguments.name:
                print(*api.call("POST", PEOPLE, {"action": action, "names": [name]})["said"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="semesterhub-admin", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    show = commands.add_parser("status", help="who is on line, servers, versions")
    people = commands.add_parser("people", help="who has a password, or waits (native login)")
    for each in (show, people):
        each.add_argument("--json", action="store_true", help="for programs")
    commands.add_parser("stop-server", help="stop one person's servers").add_argument("name")
    commands.add_parser("stop-all", help="stop every server")
    approve = commands.add_parser("approve", help="let in who signed up (native login)")
    refuse = commands.add_parser("refuse", help="remove a sign-up (native login)")
    for each in (approve, refuse):
        each.add_argument("name", nargs="+")
    workshop = commands.add_parser("workshop", help="how many guests came; its end")
    workshop.add_argument("action", choices=["status", "end", "open"])
    scores = commands.add_parser("scores", help="grades into the learning management system")
    scores.add_argument("grades", help="JSON: assignment, maximum, scores by name")
    commands.add_parser("members", help="who is in the learning management system's course")
    links = commands.add_parser("links", help="one-time links as CSV (native login)")
    links.add_argument("name", nargs="*", help="none: everybody who has no password")
    links.add_argument("--days", type=int, default=LINK_DAYS, help="how long they work")
    news = commands.add_parser("announce", help="announce something to everybody, or show what is")
    news.add_argument("text", nargs="?", default="")
    news.add_argument("--until", default="", help="when it ends, a time with its zone")
    news.add_argument("--clear", action="store_true", help="take it down")
    return parser


if __name__ == "__main__":
    main()
