"""What runs first in a container of an adapted image: the course's rules, then its own server."""

import contextlib
import json
import os
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from semesterhub_notebook import gate, identity, settings

OWN = Path("/opt/semesterhub")
# Commands of docker-stacks and of repo2docker that make the image's environment and then become
# what they are given. The first that is there is used.
STARTERS = ("/usr/local/bin/start.sh", "/usr/local/bin/repo2docker-entrypoint")
EXTENSION = "semesterhub_adapted.extension"


def environment(environ: Mapping[str, str], uid: int, gid: int) -> dict[str, str | None]:
    """Say what changes of the environment; None goes.

    Images name their own user and that user's folders, which nobody has here.
    """
    home = environ.get("HOME", "/")
    changes: dict[str, str | None] = dict(identity.environment(environ))
    for name, value in environ.items():
        if name.startswith("XDG_") and not value.startswith(f"{home}/"):
            changes[name] = None
    if "NB_UID" in environ:
        named = {"NB_USER": changes["USER"], "NB_UID": str(uid), "NB_GID": str(gid)}
        changes.update(named)
    changes["JUPYTER_RUNTIME_DIR"] = str(identity.FOLDER / "jupyter")
    configured = [str(identity.FOLDER / "config"), environ.get("JUPYTER_CONFIG_PATH", "")]
    changes["JUPYTER_CONFIG_PATH"] = ":".join(path for path in configured if path)
    return changes


def server_config(environ: Mapping[str, str]) -> dict[str, Any]:
    """Build the server's configuration: the course's, with its idea of activity switched on."""
    config: dict[str, Any] = settings.server_config(environ)
    server = {**config["ServerApp"], "jpserver_extensions": {EXTENSION: True}}
    return {**config, "ServerApp": server}


def write_entries(own: Path, uid: int, gid: int) -> None:
    """Add the student to the image's users and groups, where /etc/passwd and /etc/group lead."""
    if (error := identity.write_entries(os.environ, uid, gid)) is not None:
        print(f"semesterhub: the user has no name in this server: {error}", file=sys.stderr)
        return
    for name in ("passwd", "group"):
        file = identity.FOLDER / name
        ours = file.read_text()
        file.write_text(ours + others((own / name).read_text(), ours))


def others(text: str, ours: str) -> str:
    """Choose the image's entries but those of ids or names that are somebody's here."""

    def keys(line: str) -> tuple[str, str]:
        name, _, number, *_ = [*line.split(":"), "", "", ""]
        return name, number

    taken = {key for line in ours.splitlines() for key in keys(line)}
    lines = text.splitlines()
    return "".join(f"{line}\n" for line in lines if taken.isdisjoint(keys(line)))


def prepare() -> None:
    """Make a place that the server is at ease in."""
    os.umask(0o007 if os.environ.get("SEMESTERHUB_GRADER") == "1" else 0o022)
    write_entries(OWN, os.getuid(), os.getgid())
    for name, value in environment(os.environ, os.getuid(), os.getgid()).items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value
    folder = identity.FOLDER / "config"
    folder.mkdir(exist_ok=True)
    text = json.dumps(server_config(os.environ))
    (folder / "jupyter_server_config.json").write_text(text)
    home = os.environ.get("HOME", "/")
    try:
        os.chdir(home)
    except OSError as problem:
        raise SystemExit(
            f"semesterhub: the home directory {home} can't be used: {problem.strerror}."
        ) from None
    if os.environ.get("SEMESTERHUB_GRADER") == "1":
        with contextlib.suppress(OSError):  # a file of that name is there, or the home is full
            Path("course").symlink_to("/srv/course")
    identity.link_groups()


def main(singleuser: str) -> None:
    """Wait for the firewall, then become the image's own server."""
    if os.environ.get("SEMESTERHUB_FIREWALL") == "1":
        try:
            gate.wait_until_closed(settings.firewall_seconds(os.environ))
        except gate.GateError as error:
            raise SystemExit(f"semesterhub: {error}") from None
    prepare()
    # A kernel that crashes would leave its whole memory in the home.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    starter = [path for path in STARTERS if os.access(path, os.X_OK)][:1]
    command = [*starter, singleuser]
    os.execv(command[0], command)  # noqa: S606 (no shell)
