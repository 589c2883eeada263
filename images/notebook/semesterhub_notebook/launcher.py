"""`semesterhub-singleuser`: what runs first in a student's container."""

import contextlib
import gc
import os
import resource
import sys
from pathlib import Path

from semesterhub_notebook import gate, identity, rescue, settings

# Kernels keep their sockets' keys here: they start though the home is full.
RUNTIME = "/tmp/.semesterhub/jupyter"  # noqa: S108 (the container's own, which one user has)


def prepare() -> None:
    """Make a place that Jupyter, shells and git are at ease in."""
    grader = os.environ.get("SEMESTERHUB_GRADER") == "1"
    # What graders write in the course folder is for all of them; their homes let nobody in.
    os.umask(0o007 if grader else 0o022)
    home = Path(os.environ.get("HOME") or "/")
    error = identity.write_entries(os.environ, os.getuid(), os.getgid())
    if error is not None:
        print(f"semesterhub: the user has no name in this server: {error}", file=sys.stderr)
    os.environ.update(identity.environment(os.environ))
    os.environ.update(settings.config_path(os.environ))
    os.environ["JUPYTER_RUNTIME_DIR"] = RUNTIME
    try:
        os.chdir(home)
    except OSError as problem:
        raise SystemExit(
            f"semesterhub: the home directory {home} can't be used: {problem.strerror}. "
            f"The homes service makes it and the spawner mounts it; see the hub's log."
        ) from None
    if grader:
        with contextlib.suppress(OSError):  # a file of that name is there, or the home is full
            Path("course").symlink_to("/srv/course")
    identity.link_groups()


def main() -> None:
    """Wait for the firewall, then become the server."""
    if os.environ.get("SEMESTERHUB_FIREWALL") == "1":
        try:
            gate.wait_until_closed(settings.firewall_seconds(os.environ))
        except gate.GateError as error:
            raise SystemExit(f"semesterhub: {error}") from None
    prepare()
    rescue.prepare(Path.cwd(), os.environ)
    # A kernel that crashes would leave its whole memory in the home.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Nothing that start-up makes is garbage worth looking for: collecting waits until it is done.
    gc.disable()
    from semesterhub_notebook import lean_imports  # noqa: PLC0415 (after the gate)

    lean_imports.import_jupyterhub(internal_ssl=bool(os.environ.get("JUPYTERHUB_SSL_KEYFILE")))
    from semesterhub_notebook import app  # noqa: PLC0415 (after the lean imports)

    app.main()


if __name__ == "__main__":
    main()
