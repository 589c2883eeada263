"""What counts as activity: a person's doing and a running cell, not an open page's polling.

JupyterLab asks for kernels, sessions, terminals, the open folder and the memory display every few
seconds for as long as it is visible. Stock counts each as activity, so a page left open on a
laboratory's screen keeps its server for ever, whatever the course's idle time says. A cell that
computes for hours without a word is none to stock, though: its server would be stopped.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

POLLED = frozenset({"api/kernels", "api/sessions", "api/terminals", "api/kernelspecs"})


def is_poll(method: str, path: str, arguments: Mapping[str, object]) -> bool:
    """Whether a request (its path below the server's prefix) is one that pages repeat."""
    if method != "GET":
        return False
    path = path.strip("/")
    if path.startswith("api/metrics/") or path in POLLED:
        return True
    # the file browser's listing says no type; opening a file asks for a file or a notebook
    is_contents = path == "api/contents" or path.startswith("api/contents/")
    return is_contents and arguments.get("type") in (None, [b"directory"])


def install(handler_class: type, base_url: str) -> None:
    """Have jupyter_server's handlers pass over polls."""
    count: Callable[..., None] = handler_class.update_api_activity

    def update_api_activity(self: object) -> None:
        """Update last_activity, unless this is a poll."""
        request = self.request
        path = request.path.removeprefix(base_url)
        if not is_poll(request.method, path, request.query_arguments):
            count(self)

    handler_class.update_api_activity = update_api_activity


def _now() -> datetime:
    return datetime.now(UTC)


class Kernels:
    """When kernels were last active. One that runs a cell is active now, up to a limit."""

    def __init__(self, busy_limit: timedelta, now: Callable[[], datetime] = _now) -> None:
        self._limit = busy_limit
        self._now = now
        self._busy_since: WeakKeyDictionary[Any, datetime] = WeakKeyDictionary()
        self._known: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()

    def last_activity(self, kernels: Iterable[Any]) -> list[datetime]:
        """Tell of each kernel that has been heard of."""
        return [when for kernel in kernels if (when := self._of(kernel)) is not None]

    def _of(self, kernel: Any) -> datetime | None:  # noqa: ANN401 (upstream's kernel manager)
        if kernel not in self._known:
            self._known[kernel] = True
            kernel.observe(self._changed, "execution_state")
        if kernel.execution_state != "busy":
            return kernel.last_activity
        # seen busy the first time: since its last message, at the latest
        since = self._busy_since.setdefault(kernel, kernel.last_activity or self._now())
        return min(self._now(), since + self._limit)

    def _changed(self, change: Mapping[str, Any]) -> None:
        if change["new"] == "busy":
            self._busy_since[change["owner"]] = self._now()
        else:
            self._busy_since.pop(change["owner"], None)


def count_running_cells(web_app: Any, busy_limit: timedelta) -> None:  # noqa: ANN401 (upstream's)
    """Have the server tell the hub of running cells. What else counts is as upstream counts it."""
    settings = web_app.settings
    kernels = Kernels(busy_limit)

    def last_activity() -> datetime:
        """Tell when the server last did something for its student."""
        named = [when for key, when in settings.items() if key.endswith("_last_activity")]
        running = kernels.last_activity(settings["kernel_manager"]._kernels.values())
        return max(
            [settings["started"], *named, *settings["last_activity_times"].values(), *running]
        )

    web_app.last_activity = last_activity
