"""The server's configuration, from what the spawner says: pure functions over the environment."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

INTERFACES = {"lab": "/lab", "notebook": "/tree"}
DEFAULT_KERNEL_IDLE_MINUTES = 30
DEFAULT_BUSY_MINUTES = 24 * 60
DEFAULT_FIREWALL_SECONDS = 60
# Jupyter's configuration for students: without nbgrader's panels that are for staff
STUDENT_CONFIG = "/opt/notebook/etc/semesterhub-student"
_SHORTEST_CHECK = 30
_LONGEST_CHECK = 300


def default_url(environ: Mapping[str, str]) -> str:
    """Choose the first page: JupyterLab unless the course wants Notebook."""
    interface = environ.get("SEMESTERHUB_INTERFACE") or "lab"
    if interface not in INTERFACES:
        known = " or ".join(INTERFACES)
        raise ValueError(f"SEMESTERHUB_INTERFACE is {interface!r}; it can be {known}")
    return INTERFACES[interface]


def firewall_seconds(environ: Mapping[str, str]) -> int:
    """Say how long the server waits for its network to be closed."""
    text = environ.get("SEMESTERHUB_FIREWALL_SECONDS") or str(DEFAULT_FIREWALL_SECONDS)
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"SEMESTERHUB_FIREWALL_SECONDS is {text!r}, not a whole number")
    return int(text)


def kernel_idle_seconds(environ: Mapping[str, str]) -> int:
    """Say after how long an idle kernel or terminal is stopped; 0 is never."""
    return _seconds(environ, "SEMESTERHUB_KERNEL_IDLE_MINUTES", DEFAULT_KERNEL_IDLE_MINUTES)


def busy_seconds(environ: Mapping[str, str]) -> int:
    """Say for how long a running cell keeps its server; 0: it does not."""
    return _seconds(environ, "SEMESTERHUB_BUSY_MINUTES", DEFAULT_BUSY_MINUTES)


def _seconds(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    try:
        minutes = float(text)
    except ValueError:
        minutes = -1
    if not 0 <= minutes < float("inf"):
        raise ValueError(f"{name} is {text!r}; it is a number of minutes, 0 for never")
    return round(minutes * 60)


def check_seconds(idle_seconds: int) -> int:
    """Say how often to look for idle ones: a tenth of the time, within reason."""
    return min(_LONGEST_CHECK, max(_SHORTEST_CHECK, idle_seconds // 10))


def config_path(environ: Mapping[str, str]) -> dict[str, str]:
    """Say where Jupyter looks for configuration first; who is not named as staff is a student."""
    if environ.get("SEMESTERHUB_STAFF") == "1":
        return {}
    return {"JUPYTER_CONFIG_PATH": STUDENT_CONFIG}


def server_config(environ: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Build the whole configuration; the image's and the student's files may add to it."""
    idle = kernel_idle_seconds(environ)
    check = check_seconds(idle)
    limited = environ.get("SEMESTERHUB_QUOTA") == "1"
    return {
        "ServerApp": {
            "default_url": default_url(environ),
            "open_browser": False,
            # the hub's culler stops servers, and tells the hub; a server that leaves by itself
            # looks like one that died
            "shutdown_no_activity_timeout": 0,
            # without -l: a login shell's /etc/profile would forget the image's PATH
            "terminado_settings": {"shell_command": [environ.get("SHELL") or "/bin/bash"]},
            "root_dir": environ.get("HOME") or str(Path.cwd()),
        },
        "MappingKernelManager": {
            "cull_idle_timeout": idle,
            "cull_interval": check,
            # idle means no execution. A tab left open over night is the usual way to hold memory
            # for nothing, so an open tab does not protect a kernel; a running cell does.
            "cull_connected": True,
            "cull_busy": False,
        },
        # the display, and the notice of labextension/: a home with a limit is a disk of its own
        "ResourceUseDisplay": {"track_disk_usage": limited},
        # what was deleted would go on taking up the home, in a folder that JupyterLab does not show
        "FileContentsManager": {"delete_to_trash": not limited, "always_delete_dir": limited},
        "TerminalManager": {"cull_inactive_timeout": idle, "cull_interval": check},
        # its news and update checks ask the internet, for things a student can't act on
        "LabApp": {
            "news_url": None,
            "check_for_updates_class": "jupyterlab.handlers.announcements.NeverCheckForUpdate",
        },
    }
