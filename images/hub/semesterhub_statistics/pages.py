"""The statistics' pages: the course's for staff, and everybody's own."""

import asyncio
import csv
import io
import json
import secrets
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from jupyterhub.services.auth import HubOAuth, HubOAuthCallbackHandler, HubOAuthenticated
from semesterhub.roles import STAFF_SCOPE, STATISTICS
from semesterhub.settings import secret
from tornado import web

from semesterhub_statistics import database, series
from semesterhub_statistics.names import People
from semesterhub_statistics.reports import TABLES, Reports
from semesterhub_statistics.settings import Places, Settings

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
CHUNK = 1 << 16
CSV_ROWS = 500


class Page(HubOAuthenticated, web.RequestHandler):
    """A page for people of the course."""

    def initialize(self) -> None:
        """Take who lets people in."""
        self.hub_auth = self.settings["hub_auth"]

    def set_default_headers(self) -> None:
        """Let the page be framed by nobody, use its own files alone, and stay in no cache."""
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cache-Control", "no-store")

    def prepare(self) -> None:
        """Refuse what a script of another page asks for: all servers share one origin."""
        if self.request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
            raise web.HTTPError(403, "This is a page, to be opened in a browser's window.")

    @property
    def reports(self) -> Reports:
        """What is shown."""
        found: Reports = self.settings["reports"]
        return found

    @property
    def who(self) -> str:
        """The name of whoever asks, at the hub."""
        return str(self.current_user["name"])

    @property
    def is_staff(self) -> bool:
        """Whether the hub has given them what staff have."""
        return bool(self.hub_auth.check_scopes({STAFF_SCOPE}, self.current_user))

    def check_staff(self) -> None:
        """Refuse everybody else."""
        if not self.is_staff:
            raise web.HTTPError(403, "The course's statistics are for its staff.")

    def show(self, name: str, **values: Any) -> None:  # noqa: ANN401 (a template's)
        """Send a page."""
        template = self.settings["pages"].get_template(name)
        course: Settings = self.settings["course"]
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(
            template.render(
                title=course.title,
                base=course.prefix,
                who=self.who,
                is_staff=self.is_staff,
                **values,
            )
        )

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ANN401 (tornado's)
        """Say in a sentence what is wrong."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        said = error.log_message if isinstance(error, web.HTTPError) else None
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{said or self._reason}\n")

    async def send_csv(self, name: str, rows: Any) -> None:  # noqa: ANN401 (an iterator of rows)
        """Send rows as a file, some at a time."""
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", f'attachment; filename="{name}.csv"')
        while text := await asyncio.to_thread(_some, rows):
            self.write(text)
            await self.flush()
        self.finish()


def _some(rows: Any) -> str:  # noqa: ANN401 (an iterator of rows)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for _, row in zip(range(CSV_ROWS), rows, strict=False):
        writer.writerow(row)
    return text.getvalue()


class CourseHandler(Page):
    """The first page: staff see the course, everybody else their own."""

    @web.authenticated
    async def get(self) -> None:
        """Show it."""
        if not self.is_staff:
            self.redirect(f"{self.settings['course'].prefix}mine")
            return
        self.show("course.html", **await asyncio.to_thread(self.reports.course))


class MineHandler(Page):
    """Somebody's own records."""

    @web.authenticated
    async def get(self) -> None:
        """Show them."""
        recorded = self.settings["people"].recorded(self.who)
        self.show("mine.html", **await asyncio.to_thread(self.reports.person, recorded))


class TableHandler(Page):
    """A table as CSV."""

    @web.authenticated
    async def get(self, name: str) -> None:
        """Send it."""
        self.check_staff()
        await self.send_csv(name, self.reports.table(name))


class MyTableHandler(Page):
    """Somebody's own sessions as CSV."""

    @web.authenticated
    async def get(self) -> None:
        """Send them."""
        await self.send_csv("mine", self.reports.mine(self.settings["people"].recorded(self.who)))


class DatabaseHandler(Page):
    """The database, as one file of SQLite's."""

    @web.authenticated
    async def get(self) -> None:
        """Send a copy of it as of now."""
        self.check_staff()
        self.set_header("Content-Type", "application/vnd.sqlite3")
        self.set_header("Content-Disposition", 'attachment; filename="statistics.sqlite"')
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / "statistics.sqlite"
            path = self.settings["places"].database
            await asyncio.to_thread(database.copy, path, made)
            with made.open("rb") as file:
                while part := file.read(CHUNK):
                    self.write(part)
                    await self.flush()
        self.finish()


class HealthHandler(web.RequestHandler):
    """Whether the service answers; says nothing else."""

    def get(self) -> None:
        """Say so."""
        self.finish({"status": "ok"})


class CallbackHandler(HubOAuthCallbackHandler):
    """Where the hub sends whoever logged in."""

    def initialize(self) -> None:
        """Take who lets people in."""
        self.hub_auth = self.settings["hub_auth"]


def hub_auth(settings: Settings, token: str) -> HubOAuth:
    """Log people in by the hub; ask it for what tells staff."""
    access = {f"access:services!service={STATISTICS}", "access:services"}
    return HubOAuth(
        api_token=token,
        api_url=settings.hub_api_url,
        base_url=settings.prefix,
        hub_prefix="/hub/",
        oauth_client_id=f"service-{STATISTICS}",
        oauth_redirect_uri=f"{settings.prefix}oauth_callback",
        oauth_scopes={f"access:services!service={STATISTICS}", STAFF_SCOPE},
        access_scopes=access,
        cache_max_age=60,
    )


def application(settings: Settings, places: Places, people: People) -> web.Application:
    """Build the web application."""
    auth = hub_auth(settings, secret("statistics-token"))
    pages = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True
    )
    zone = settings.zone
    pages.filters |= {
        "gib": lambda number: "-" if number is None else f"{number / 2**30:.1f} GiB",
        "json": lambda value: json.dumps(value, separators=(",", ":")).replace("<", "\\u003c"),
        "local": lambda seconds, form="%Y-%m-%d %H:%M": (
            datetime.fromtimestamp(seconds, UTC).astimezone(zone).strftime(form)
        ),
        "hours": lambda seconds: f"{seconds // series.HOUR} h {seconds % series.HOUR // 60:02} min",
    }
    pages.globals["zone"] = settings.timezone
    prefix = settings.prefix
    return web.Application(
        [
            (prefix.rstrip("/"), web.RedirectHandler, {"url": prefix}),
            (prefix, CourseHandler),
            (f"{prefix}mine", MineHandler),
            (f"{prefix}mine.csv", MyTableHandler),
            (f"{prefix}({'|'.join(TABLES)}).csv", TableHandler),
            (f"{prefix}statistics.sqlite", DatabaseHandler),
            (f"{prefix}oauth_callback", CallbackHandler),
            (f"{prefix}health", HealthHandler),
            (f"{prefix}plots/(.*)", web.StaticFileHandler, {"path": str(places.plots)}),
            (f"{prefix}static/(.*)", web.StaticFileHandler, {"path": str(HERE / "static")}),
        ],
        cookie_secret=secrets.token_bytes(32),
        login_url=auth.login_url,
        hub_auth=auth,
        reports=Reports(settings, places),
        people=people,
        places=places,
        pages=pages,
        course=settings,
    )
