"""The single-user server: upstream's classes, with the deferred extensions fitted in."""

import asyncio
import gc
import os
from datetime import timedelta
from pathlib import Path

from jupyter_server.base.handlers import APIHandler
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.contents.fileio import FileManagerMixin
from jupyter_server.services.contents.filemanager import AsyncFileContentsManager
from jupyter_server.services.contents.manager import ContentsManager
from jupyterhub.singleuser.extension import JupyterHubSingleUser
from traitlets.config import Config

from semesterhub_notebook import activity, deadlines, earlier, feedback, full, listing, news, rescue
from semesterhub_notebook.deferred import DeferredExtensions, page_config, split
from semesterhub_notebook.framed import FramedFormgrader
from semesterhub_notebook.git_pages import GitLinks
from semesterhub_notebook.lean_imports import page_stand_ins, stand_ins
from semesterhub_notebook.settings import busy_seconds, server_config

_ASSIGNMENTS = "nbgrader.server_extensions.assignment_list"


class StudentServerApp(ServerApp):
    """Jupyter Server that loads most of its extensions at their first use."""

    serving = False

    def migrate_config(self) -> None:
        """Do nothing: nobody's home has IPython 3's configuration, which upstream looks for."""

    def find_server_extensions(self) -> None:
        """Find what the configuration enables, and keep back what can wait."""
        super().find_server_extensions()
        at_once, self._groups = split(self.jpserver_extensions)
        self.jpserver_extensions = at_once

    def load_server_extensions(self) -> None:
        """Load the rest, then let requests bring in those that wait."""
        super().load_server_extensions()
        self.deferred = DeferredExtensions(self.base_url, self._groups, self._load_extension)
        activity.install(APIHandler, self.base_url)
        busy_limit = timedelta(seconds=busy_seconds(os.environ))
        activity.count_running_cells(self.web_app, busy_limit)
        listing.install(AsyncFileContentsManager)
        full.install(ContentsManager, FileManagerMixin, AsyncFileContentsManager)
        settings = self.web_app.settings
        pages = settings.setdefault("page_config_data", {})
        pages.update(page_config(self.root_dir))
        pages["semesterhubNotice"] = rescue.notice(os.environ)
        # the pages show the terminal's button by it; the extension sets the same when it loads
        settings["terminals_available"] = self.terminals_enabled
        self.deferred.install(self.web_app.default_router.rules)
        news.install(self.web_app, self.base_url, os.environ)
        pages.update(earlier.install(self.web_app, self.base_url, os.environ))
        rules = self.web_app.default_router.rules
        FramedFormgrader(self.web_app, self.base_url).install(rules)
        GitLinks(self.web_app, self.base_url, Path(self.root_dir)).install(rules)

    def start_ioloop(self) -> None:
        """Serve; what is here now stays, so the collector need never look through it."""
        gc.freeze()
        gc.enable()
        StudentServerApp.serving = True
        super().start_ioloop()

    def _load_extension(self, name: str) -> None:
        manager = self.extension_manager
        with stand_ins(page_stand_ins()):
            added = manager.add_extension(name, enabled=True)
            if added:
                manager.link_extension(name)
                manager.load_extension(name)
        if added and name == _ASSIGNMENTS:
            self._complete_assignment_list()
        if added:
            # kept, so that it is not collected while it runs
            self._starting = asyncio.ensure_future(manager.start_extension(name))

    def _complete_assignment_list(self) -> None:
        from nbgrader.server_extensions.assignment_list import handlers  # noqa: PLC0415 (loaded)

        course = os.environ.get("SEMESTERHUB_COURSE", "")
        slug = os.environ.get("SEMESTERHUB_SLUG", "")
        deadlines.install(handlers.AssignmentList, deadlines.folder(course, slug))
        feedback.install(handlers.AssignmentList)


class StudentSingleUser(JupyterHubSingleUser):
    """JupyterHub's integration, on the server above."""

    serverapp_class = StudentServerApp

    @classmethod
    def get_extension_package(cls) -> str:
        """Be found as the package that JupyterHubSingleUser is found as."""
        return "jupyterhub"

    @classmethod
    def make_serverapp(cls, **kwargs: object) -> ServerApp:
        """Make the server with the course's configuration."""
        return super().make_serverapp(config=Config(server_config(os.environ)), **kwargs)


def main() -> None:
    """Run the server until it is stopped."""
    rescue.guarded(
        lambda: StudentSingleUser.launch_instance(argv=[]), lambda: StudentServerApp.serving
    )
