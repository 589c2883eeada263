"""nbgrader's formgrader as an application of its own: its pages, and nothing else of Jupyter's.

nbgrader's handlers are used as they are, each in a subclass; its version is pinned, since they are
no public interface.
"""

import secrets
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from jupyter_server.auth import AllowAllAuthorizer
from jupyterhub.services.auth import HubOAuth
from jupyterhub.singleuser.extension import (
    JupyterHubIdentityProvider,
    JupyterHubOAuthCallbackHandler,
)
from nbconvert.exporters import HTMLExporter
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeFactory
from nbgrader.server_extensions.formgrader import apihandlers, handlers
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension
from tornado import web
from traitlets.config import Config

from semesterhub_grading import overview_page, pages, similarity_page, work_page
from semesterhub_grading.changes import Changes
from semesterhub_grading.configuration import configuration
from semesterhub_grading.jobs import Jobs
from semesterhub_grading.settings import Settings

ROOT_NAME = "course"
"""Where graders find the course folder in their own servers, as links in the pages say."""


class CourseFormgrader(FormgradeExtension):  # type: ignore[misc]
    """The extension with this course's configuration, and none from a file or a request."""

    def __init__(self, settings: Settings, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(config=configuration(settings), **kwargs)
        self.update_config(self.build_extra_config())
        self.coursedir = CourseDirectory(parent=self)
        self.authenticator = Authenticator(parent=self)
        self.exchange = ExchangeFactory(parent=self)
        self.root_dir = str(settings.places.course.parent)

    @property
    def url_prefix(self) -> str:
        """The course folder in a grader's own server."""
        return ROOT_NAME

    def load_config_file(self, *_: object, **__: object) -> None:
        """Read no file: the course folder is written by many."""

    def initialize(self, *_: object, **__: object) -> None:
        """Do nothing: it is configured once."""


def hub_auth(settings: Settings, token: str) -> HubOAuth:
    """Log people in by the hub, and let in who has access to this service."""
    name = settings.prefix.strip("/").rpartition("/")[2]
    scopes = {f"access:services!service={name}", "access:services"}
    return HubOAuth(
        api_token=token,
        api_url=settings.hub_api_url,
        base_url=settings.prefix,
        hub_prefix="/hub/",
        oauth_client_id=f"service-{name}",
        oauth_redirect_uri=f"{settings.prefix}oauth_callback",
        oauth_scopes=scopes,
        access_scopes=scopes,
        cache_max_age=60,
    )


def application(settings: Settings, auth: HubOAuth, jobs: Jobs) -> web.Application:
    """Build the web application."""
    grader = CourseFormgrader(settings)
    provider = JupyterHubIdentityProvider(hub_auth=auth, parent=None)
    base = settings.prefix
    exporter_config = Config(grader.config)
    app = web.Application(
        [],
        base_url=base,
        identity_provider=provider,
        authorizer=AllowAllAuthorizer(identity_provider=provider),
        allow_remote_access=True,
        cookie_secret=secrets.token_bytes(32),
        login_url=auth.login_url,
        xsrf_cookies=True,
        xsrf_cookie_kwargs={"path": base, "samesite": "Strict"},
        serve_traceback=False,
        jinja2_env=Environment(loader=FileSystemLoader([handlers.template_path]), autoescape=True),
        nbgrader_formgrader=grader,
        nbgrader_authenticator=grader.authenticator,
        nbgrader_exporter=HTMLExporter(config=exporter_config),
        nbgrader_gradebook=None,
        nbgrader_db_url=grader.coursedir.db_url,
        # nbgrader's own has no escaping, and its pages hold names from the address.
        nbgrader_jinja2_env=Environment(
            loader=FileSystemLoader([handlers.template_path]), autoescape=True
        ),
        nbgrader_bad_setup=False,
        initial_config=grader.config,
        semesterhub_settings=settings,
        semesterhub_jobs=jobs,
        semesterhub_changes=Changes(),
        static_path=str(Path(handlers.static_path)),
        static_handler_class=web.StaticFileHandler,
    )
    prefix = base.rstrip("/")
    rules: list[Any] = [
        (f"{prefix}/oauth_callback", JupyterHubOAuthCallbackHandler, {"hub_auth": auth}),
        (f"{prefix}/health", pages.HealthHandler),
        (f"{prefix}/?", pages.IndexHandler),
        (f"{prefix}/overview", overview_page.OverviewHandler),
        (f"{prefix}/work", work_page.WorkHandler),
        (f"{prefix}/similarity/([^/]+)", similarity_page.SimilarityHandler),
        (f"{prefix}/grades.csv", overview_page.GradesHandler),
    ]
    for pattern, handler, *rest in (*handlers.default_handlers, *apihandlers.default_handlers):
        rules.append((f"{prefix}{pattern}", pages.replaced(handler), *rest))
    rules += [
        (
            f"{prefix}/formgrader/static/(.*)",
            web.StaticFileHandler,
            {"path": handlers.static_path},
        ),
        (f"{prefix}/.*", pages.replaced(handlers.Template404)),
    ]
    app.add_handlers(".*$", rules)
    return app
