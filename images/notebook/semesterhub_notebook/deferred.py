"""Server extensions that are loaded when the first of their addresses is asked for.

Loading is upstream's own: the same extension manager, later. What an extension puts into pages
before it is asked for anything is set at the start (`settle`).
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.routing import AnyMatches, Router, Rule

log = logging.getLogger("semesterhub")


@dataclass(frozen=True)
class Group:
    """Extensions that are loaded together, and the addresses below the server's that need them."""

    extensions: tuple[str, ...]
    prefixes: tuple[str, ...]

    def needed_for(self, path: str) -> bool:
        """Whether a path (without the server's prefix, no leading slash) is one of its own."""
        return any(path == prefix or path.startswith(f"{prefix}/") for prefix in self.prefixes)


_NBGRADER = "nbgrader.server_extensions"

GROUPS = (
    # Notebook's pages are JupyterLab's too. Terminals go first: Notebook's page of a terminal would
    # answer for their websockets, and the first that was loaded answers.
    Group(
        ("jupyter_server_terminals", "jupyterlab", "notebook_shim", "notebook"),
        (
            "api/terminals",
            *("lab", "doc", "static/lab", "static/notebook"),
            *("tree", "notebooks", "edit", "consoles", "terminals", "custom"),
        ),
    ),
    Group(("jupyter_lsp",), ("lsp",)),
    Group(("jupyter_resource_usage",), ("api/metrics",)),
    Group(("nbgitpuller",), ("git-pull", "git-sync", "interact")),
    Group(
        tuple(f"{_NBGRADER}.{name}" for name in ("assignment_list", "validate_assignment")),
        ("assignments", "courses", "nbgrader_version"),
    ),
    Group((f"{_NBGRADER}.formgrader",), ("formgrader",)),
)


def split(
    enabled: Mapping[str, bool], groups: Iterable[Group] = GROUPS
) -> tuple[dict[str, bool], list[Group]]:
    """Part what the configuration enables: what is loaded at once, and the groups that wait.

    An extension that this file does not know is loaded at once, as in the stock server.
    """
    waiting = []
    known: set[str] = set()
    for group in groups:
        known.update(group.extensions)
        wanted = tuple(name for name in group.extensions if enabled.get(name))
        if wanted:
            waiting.append(Group(wanted, group.prefixes))
    return {name: on for name, on in enabled.items() if name not in known}, waiting


class DeferredExtensions(Router):
    """The first rule of the server's routing: loads what a request needs, then lets it pass."""

    def __init__(self, base_url: str, groups: Iterable[Group], load: Callable[[str], None]) -> None:
        self._base_url = base_url
        self._waiting = list(groups)
        self._load = load

    def find_handler(self, request: HTTPServerRequest, **_: object) -> HTTPMessageDelegate | None:
        """Load the groups that the request needs; no handler here, the search goes on."""
        if self._waiting and request.path.startswith(self._base_url):
            path = request.path.removeprefix(self._base_url)
            for group in [group for group in self._waiting if group.needed_for(path)]:
                # first off the list: what fails to load is not tried at every request
                self._waiting.remove(group)
                for name in group.extensions:
                    self._load(name)
        return None

    def install(self, rules: list[Rule]) -> None:
        """Go before all other rules."""
        rules.insert(0, Rule(AnyMatches(), self))


def page_config(root_dir: str, virtual_documents: str = ".virtual_documents") -> dict[str, Any]:
    """Give the pages what jupyter_lsp says of the folder that is served."""
    root = Path(root_dir)
    return {
        "rootUri": root.as_uri(),
        "virtualDocumentsUri": (root / virtual_documents).as_uri(),
    }
