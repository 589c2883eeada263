"""`semesterhub-cull`: stop idle servers, by jupyterhub-idle-culler."""

import argparse
import os
import sys
from pathlib import Path

from semesterhub.settings import Cull, load_settings, secret

MODULE = "jupyterhub_idle_culler"


def arguments(hub_url: str, cull: Cull) -> list[str]:
    """Write the culler's command line; the token is not on it, `ps` shows it to everybody."""
    return [
        f"--url={hub_url}/hub/api",
        f"--timeout={cull.idle_minutes * 60}",
        f"--cull-every={cull.every_minutes * 60}",
        f"--max-age={cull.max_age_hours * 3600}",
    ]


def runs(processes: Path = Path("/proc")) -> bool:
    """Whether the culler runs. That the hub answers is the hub's own health, not this one's."""
    return any(MODULE.encode() in _arguments(each) for each in processes.glob("[0-9]*/cmdline"))


def _arguments(command: Path) -> list[bytes]:
    try:
        return command.read_bytes().split(b"\0")
    except OSError:  # it ended while we looked
        return []


def main(argv: list[str] | None = None) -> None:
    """Become the culler, or tell whether there is one."""
    parser = argparse.ArgumentParser(prog="semesterhub-cull", description=__doc__)
    parser.add_argument("--health", action="store_true", help="exit 0 if the culler runs")
    if parser.parse_args(argv).health:
        sys.exit(0 if runs() else "the culler does not run")
    settings = load_settings()
    environment = {**os.environ, "JUPYTERHUB_API_TOKEN": secret("cull-token")}
    command = [sys.executable, "-m", MODULE]
    command += arguments(settings.hub_url, settings.cull)
    os.execve(sys.executable, command, environment)  # noqa: S606 (fixed program, no shell)


if __name__ == "__main__":
    main()
