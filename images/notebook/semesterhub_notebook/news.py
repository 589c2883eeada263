"""What the course announces, for JupyterLab; and what this server uses, for the course's staff.

Twice a minute the server tells the hub its memory and processors, with its own token, and the
hub's answer has the announcement. Neither counts as activity.
"""

from collections.abc import Mapping

from jupyter_server.base.handlers import JupyterHandler
from tornado import web
from tornado.ioloop import PeriodicCallback

from semesterhub_notebook.reporter import Reporter

EVERY_SECONDS = 30
JITTER = 0.1
"""So that a class that started together does not report together for ever."""


class NewsHandler(JupyterHandler):
    """What is announced, for the page."""

    reporter: Reporter

    def initialize(self, reporter: Reporter) -> None:
        """Take who knows it."""
        self.reporter = reporter

    @web.authenticated
    def get(self) -> None:
        """Give it."""
        self.set_header("Cache-Control", "no-store")
        self.finish({"announcement": self.reporter.announcement})


def install(application: web.Application, base_url: str, environ: Mapping[str, str]) -> None:
    """Begin to report, and answer the page. A server without a hub has neither."""
    url, token = environ.get("JUPYTERHUB_API_URL"), environ.get("JUPYTERHUB_API_TOKEN")
    if not url or not token:
        return
    reporter = Reporter(url, token)
    handler = (f"{base_url}semesterhub/news", NewsHandler, {"reporter": reporter})
    application.add_handlers(".*$", [handler])
    loop = PeriodicCallback(reporter.report, EVERY_SECONDS * 1000, jitter=JITTER)
    loop.start()
    loop.io_loop.add_callback(reporter.report)
