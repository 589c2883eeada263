"""`semesterhub-cull`: stop idle servers, by jupyterhub-idle-culler."""

import os
import sys

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


def main() -> None:
    """Become the culler."""
    settings = load_settings()
    environment = {**os.environ, "JUPYTERHUB_API_TOKEN": secret("cull-token")}
    command = [sys.executable, "-m", MODULE]
    command += arguments(settings.hub_url, settings.cull)
    os.execve(sys.executable, command, environment)  # noqa: S606 (fixed program, no shell)


if __name__ == "__main__":
    main()
