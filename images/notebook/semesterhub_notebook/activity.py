"""What counts as activity: a person's doing, not an open page's polling.

JupyterLab asks for kernels, sessions, terminals, the open folder and the memory display every few
seconds for as long as it is visible. Stock counts each as activity, so a page left open on a
laboratory's screen keeps its server for ever, whatever the course's idle time says.
"""

from collections.abc import Callable, Mapping

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
