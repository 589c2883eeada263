"""A server extension: activity and nbgitpuller's links count as in the notebook image."""

import importlib.util
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import APIHandler
from semesterhub_notebook import activity, settings
from semesterhub_notebook.git_pages import GitLinks


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "semesterhub_adapted.extension"}]


def _load_jupyter_server_extension(server: Any) -> None:  # noqa: ANN401 (upstream's)
    activity.install(APIHandler, server.base_url)
    limit = timedelta(seconds=settings.busy_seconds(os.environ))
    activity.count_running_cells(server.web_app, limit)
    if importlib.util.find_spec("nbgitpuller"):
        links = GitLinks(server.web_app, server.base_url, Path(server.root_dir))
        links.install(server.web_app.default_router.rules)
