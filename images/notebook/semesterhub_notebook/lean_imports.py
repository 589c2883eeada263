"""Import upstream's code without what a student's server never uses, or not yet.

Two means, both exact in what they replace:
- a *deferred* module is imported when something of it is first used (importlib's LazyLoader);
- a *stand-in* takes a module's place while one importer loads, and is gone afterwards, so that
  whoever needs the real module later gets the real one.
"""

import functools
import importlib
import importlib.metadata
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from pathlib import Path
from types import ModuleType
from typing import Any

# Imported by modules that a server loads, used by few of the requests that it answers.
DEFERRED = frozenset(
    {
        "aiohttp",  # jupyterhub.utils: the hub's own waiting for servers
        "idna",  # jupyterhub.utils: domains of servers
        "jupyterhub.orm",  # jupyterhub.scopes: the hub's database
        "jupyterhub.roles",
        "requests",  # jupyterlab_server's listings, when a listing has an address
        "sqlalchemy",
    }
)


class DeferringFinder(MetaPathFinder):
    """Finds the deferred modules, once each, and has them loaded on first use."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = set(names)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Answer for the deferred names only."""
        if fullname not in self._names:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


@contextmanager
def stand_ins(modules: Mapping[str, Mapping[str, Any]]) -> Iterator[None]:
    """Put modules with just these names in place, for the time of a `with` block."""
    stood: dict[str, ModuleType] = {}
    for name, members in modules.items():
        if name not in sys.modules:
            module = ModuleType(name, "A stand-in for the time of an import.")
            module.__dict__.update(members)
            stood[name] = sys.modules[name] = module
    try:
        yield
    finally:
        for name, module in stood.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


def later(module: str, name: str) -> Callable[..., object]:
    """Stand for a function: imports its module when it is called."""

    def call(*args: object, **kwargs: object) -> object:
        return getattr(importlib.import_module(module), name)(*args, **kwargs)

    return call


class DurationError(Exception):
    """Stands for isoduration's own, which exists only once that is imported."""


def parse_duration(text: str) -> object:
    """Parse a duration as isoduration does, whose import brings arrow and time zones."""
    isoduration = importlib.import_module("isoduration")
    try:
        return isoduration.parse_duration(text)
    except isoduration.DurationParsingException as error:
        raise DurationError(str(error)) from error


class LaterClient:
    """Stands for httpx's client, which JupyterLab makes to have one, should PyPI be searched."""

    def __init__(self, **options: object) -> None:
        self._options = options

    @functools.cached_property
    def _client(self) -> object:
        return importlib.import_module("httpx").AsyncClient(**self._options)

    def __getattr__(self, name: str) -> object:
        """Be the real client from the first use on."""
        return getattr(self._client, name)


def ipython_dir() -> str:
    """Name IPython's folder as IPython does, which needs all of IPython for it."""
    return os.path.normpath(Path(os.environ.get("IPYTHONDIR", "~/.ipython")).expanduser())


def page_stand_ins() -> dict[str, dict[str, object]]:
    """Stand for what JupyterLab's and Notebook's pages import and do not need to be shown."""
    return {
        "httpx": {
            "__version__": importlib.metadata.version("httpx"),
            "AsyncClient": LaterClient,
            "AsyncHTTPTransport": later("httpx", "AsyncHTTPTransport"),
        },
        "IPython.paths": {"get_ipython_dir": ipython_dir},
    }


def cache_entry_points() -> None:
    """Read the packages' entry points once: they don't change under a running server.

    Five places ask for them as a page opens; each time a hundred files are read.
    """
    read = functools.cache(importlib.metadata.entry_points)

    def entry_points(**params: str) -> importlib.metadata.EntryPoints:
        return read().select(**params)

    importlib.metadata.entry_points = entry_points


# jsonschema's format checks, each for a format that no schema of a server's start mentions; the
# grammar of rfc3987_syntax takes longer to compile than all else together.
FORMAT_CHECKS = {
    "isoduration": {"parse_duration": parse_duration, "DurationParsingException": DurationError},
    "rfc3986_validator": {"validate_rfc3986": later("rfc3986_validator", "validate_rfc3986")},
    "rfc3987_syntax": {"is_valid_syntax": later("rfc3987_syntax", "is_valid_syntax")},
}


class _Never(Exception):  # noqa: N818 (stands for upstream's, whatever that is called)
    """Stands for an exception that nothing in a student's server can raise."""


class _NoHandler:
    """Stands for a request handler of the hub, which a student's server has none of."""


def _ignore(*_: object) -> None:
    """Stand for a function whose effect is the hub's alone."""


def import_jupyterhub(*, internal_ssl: bool) -> None:
    """Import JupyterHub's single-user extension without the hub around it."""
    cache_entry_points()
    sys.meta_path.insert(0, DeferringFinder(DEFERRED))
    with stand_ins(FORMAT_CHECKS):
        importlib.import_module("jsonschema")
    if not internal_ssl:
        client = importlib.import_module("semesterhub_notebook.hub_client")
        sys.modules["jupyterhub.httpclient"] = client
    hub_only = {
        # utils: caught around the hub's own database calls
        "sqlalchemy.exc": {"SQLAlchemyError": _Never},
        # log: says which successful requests are logged at debug level
        "jupyterhub.handlers.pages": {"HealthCheckHandler": _NoHandler},
        # log: counts the hub's requests; jupyter_server has its own counters
        "jupyterhub.metrics": {"prometheus_log_method": _ignore},
        # asks the desktop's trash, which JupyterHub turns off
        "send2trash": {"send2trash": later("send2trash", "send2trash")},
        # the package imports it for older servers than ours
        "jupyterhub.singleuser.mixins": {
            "HubAuthenticatedHandler": _NoHandler,
            "make_singleuser_app": _ignore,
        },
    }
    with stand_ins(hub_only):
        importlib.import_module("jupyterhub.singleuser.extension")
