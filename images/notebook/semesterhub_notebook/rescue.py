"""A way in for whoever's own Jupyter configuration keeps the server from starting.

What a student writes below their home is theirs to break, and only a running server lets them put
it right. So a server that does not start with it starts again without it, and its pages say so.
"""

import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from semesterhub_notebook import settings

# Why the server runs without the student's configuration; in the environment of the second start.
VARIABLE = "SEMESTERHUB_RESCUE"
# Instead of the home's: whatever is wrong there is not looked at.
ELSEWHERE = Path("/tmp/.semesterhub/rescue")  # noqa: S108 (the container's own tmpfs)
LONGEST_REASON = 500
KNOCK_SECONDS = 0.2
STOP_SECONDS = 5.0
_COMMAND = "/opt/notebook/bin/semesterhub-singleuser"


def has_configuration(home: Path) -> bool:
    """Whether the home has configuration that the server reads, and runs, as it starts."""
    try:
        names = os.listdir(home / ".jupyter")  # noqa: PTH208 (names are all that is asked for)
    except OSError:
        return False
    return any("config" in name and name != "labconfig" for name in names)


def environment(reason: str) -> dict[str, str]:
    """Give the second start its environment: nothing of the home's is read."""
    return {
        VARIABLE: reason[:LONGEST_REASON] or "it ended without a word",
        "JUPYTERHUB_DISABLE_USER_CONFIG": "1",
        "JUPYTER_CONFIG_DIR": str(ELSEWHERE / "config"),
        "JUPYTER_DATA_DIR": str(ELSEWHERE / "data"),
    }


def notice(environ: Mapping[str, str]) -> str:
    """Tell the pages what to say; nothing in a usual start."""
    reason = environ.get(VARIABLE)
    if not reason:
        return ""
    return (
        "Your server did not start with your own Jupyter configuration, so it runs without it: "
        f"{reason.rstrip('.')}. Put the files in ~/.jupyter right or rename the folder (in a "
        "terminal: mv ~/.jupyter ~/jupyter-old), then stop and start your server."
    )


def start_without(reason: str) -> NoReturn:
    """Become a server without the student's configuration."""
    print(f"semesterhub: starting without the home's configuration: {reason}", file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(_COMMAND, [_COMMAND], {**os.environ, **environment(reason)})  # noqa: S606


def explain(error: BaseException) -> str:
    """Write a reason in one line."""
    # upstream turns a value that it refuses into an exit; the refusal is what came before
    while isinstance(error, SystemExit) and error.__context__ is not None:
        error = error.__context__
    if isinstance(error, SystemExit):
        return f"it ended itself (exit status {error.code})"
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0] if text else 'no reason given'}"


def guarded(serve: Callable[[], None], is_serving: Callable[[], bool]) -> None:
    """Serve; whatever ends it before it serves leads to a start without the configuration."""
    if VARIABLE in os.environ:
        serve()
        return
    try:
        serve()
    except BaseException as error:
        if is_serving():
            raise
        start_without(explain(error))


def answers(environ: Mapping[str, str]) -> bool:
    """Ask the server as the hub does: at the container's own address."""
    url = urlsplit(environ.get("JUPYTERHUB_SERVICE_URL", ""))
    try:
        address = socket.gethostbyname(socket.gethostname())
        with socket.create_connection((address, url.port or 8888), timeout=2) as asking:
            path = f"{url.path.rstrip('/')}/api"
            asking.sendall(f"GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n".encode())
            return asking.recv(64).split(b" ")[1:2] == [b"200"]
    except OSError:
        return False


def supervise(environ: Mapping[str, str], patience: float) -> None:
    """Return in a child, which is to become the server; the parent watches it until it ends.

    A configuration may also hang, kill its process, or serve where the hub does not look. Only who
    has one pays for a second process.
    """
    child = os.fork()
    if child == 0:
        return
    ended, end = os.pipe()
    os.set_blocking(end, False)
    signal.set_wakeup_fd(end)
    stopping: list[int] = []

    def pass_on(number: int, _: object) -> None:
        stopping.append(number)
        os.kill(child, number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, pass_on)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    watch = selectors.DefaultSelector()
    watch.register(ended, selectors.EVENT_READ)
    deadline = time.monotonic() + patience
    served = False
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        served = served or answers(environ)
        if not served and not stopping and time.monotonic() > deadline:
            _end(child)
            _reset()
            start_without(f"it did not answer within {patience:.0f} seconds")
        if watch.select(None if served or stopping else KNOCK_SECONDS):
            os.read(ended, 64)
    if served or stopping:
        raise SystemExit(os.waitstatus_to_exitcode(status) & 0xFF)
    _reset()
    code = os.waitstatus_to_exitcode(status)
    start_without(f"signal {-code} ended it" if code < 0 else f"it ended with status {code}")


def _end(child: int) -> None:
    os.kill(child, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while os.waitpid(child, os.WNOHANG)[0] == 0:
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return
        time.sleep(KNOCK_SECONDS)


def _reset() -> None:
    """Take back what the next program is not to inherit."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)


def prepare(home: Path, environ: Mapping[str, str]) -> None:
    """Watch over the start where the home has configuration."""
    if VARIABLE in environ or not has_configuration(home):
        return
    # half of what a start may take, as for the gate: the rest is for the second start
    supervise(environ, settings.firewall_seconds(environ))
