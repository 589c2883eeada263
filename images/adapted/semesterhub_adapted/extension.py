"""A server extension: what counts as activity is what counts in the notebook image."""

import os
from datetime import timedelta
from typing import Any

from jupyter_server.base.handlers import APIHandler
from semesterhub_notebook import activity, settings


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "semesterhub_adapted.extension"}]


def _load_jupyter_server_extension(server: Any) -> None:  # noqa: ANN401 (upstream's)
    activity.install(APIHandler, server.base_url)
    limit = timedelta(seconds=settings.busy_seconds(os.environ))
    activity.count_running_cells(server.web_app, limit)
