"""The pages for all who grade: each assignment at a glance, and all grades as CSV."""

import asyncio
import html
import json
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tornado import web

from semesterhub_grading.overview import FORMS, Overview
from semesterhub_grading.settings import Settings
from semesterhub_grading.shared import Page

LATEST = 50


class GradesHandler(Page):
    """All grades as CSV."""

    @web.authenticated
    async def get(self) -> None:
        """Write them in the form that is asked for."""
        form = self.get_argument("form", "plain")
        if form not in FORMS:
            raise web.HTTPError(400, f"form is one of {', '.join(FORMS)}")
        overview = Overview(self.settings["semesterhub_settings"])
        text = await asyncio.to_thread(overview.grades, form)
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", f'attachment; filename="grades-{form}.csv"')
        self.finish(text)


class OverviewHandler(Page):
    """Each assignment at a glance."""

    @web.authenticated
    async def get(self) -> None:
        """Show it."""
        settings: Settings = self.settings["semesterhub_settings"]
        rows = await asyncio.to_thread(Overview(settings).status)
        refused = await asyncio.to_thread(_refused, settings.places.received / "refused.jsonl")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header(
            "Content-Security-Policy", f"{self.content_security_policy}; script-src 'none'"
        )
        self.finish(overview_page(settings, rows, refused))


def _refused(path: Path) -> list[dict[str, str]]:
    """Return the latest of what the intake refused, newest first; half a line is left for later."""
    try:
        lines = path.read_text("utf-8").split("\n")[:-1]
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in reversed(lines[-LATEST:])]


def _cell(value: object) -> str:
    return f"<td>{html.escape(str(value))}</td>"


def _due(row: dict[str, Any], settings: Settings) -> str:
    if row["due"] is None:
        return "-"
    local = datetime.fromisoformat(row["due"]).astimezone(settings.zone)
    extensions = f", {row['extensions']} extensions" if row["extensions"] else ""
    return f"{local:%Y-%m-%d %H:%M %Z} ({row['late']} late{extensions})"


def _similar(assignment: str, settings: Settings) -> str:
    if not settings.similarity:
        return ""
    address = f"{settings.prefix}similarity/{quote(assignment)}"
    return f'<td><a href="{html.escape(address)}">compare</a></td>'


def overview_page(
    settings: Settings, rows: list[dict[str, Any]], refused: list[dict[str, str]]
) -> str:
    """Write the page."""
    body = "".join(
        "<tr>"
        + _cell(row["assignment"])
        + _cell("yes" if row["released"] else "no")
        + _cell(_due(row, settings))
        + _cell(row["fetched"])
        + _cell(f"{row['submitted']} of {row['students']}")
        + _cell(row["lateSubmissions"])
        + _cell(row["graded"])
        + _cell(row["feedback"])
        + _cell(", ".join(f"{g}: {n}" for g, n in sorted(row["missingByGroup"].items())))
        + _similar(row["assignment"], settings)
        + f"<td><details><summary>{len(row['missing'])}</summary>"
        + f"{html.escape(', '.join(row['missing']))}</details></td></tr>"
        for row in rows
    )
    problems = "".join(
        f"<tr>{_cell(one['time'])}{_cell(one['student'])}{_cell(one['folder'])}"
        f"{_cell(one['reason'])}</tr>"
        for one in refused
    )
    title = html.escape(settings.title)
    base = html.escape(settings.prefix)
    similar = "<th>Similar" if settings.similarity else ""
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Assignments of {title}</title>
<style>body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2em; }}
table {{ border-collapse: collapse; }} td, th {{ padding: .3em .8em; border: 1px solid #ccc;
text-align: left; vertical-align: top; }}</style>
<h1>Assignments of {title}</h1>
<p><a href="{base}formgrader/manage_assignments">Formgrader</a> ·
<a href="{base}work">Your share</a> ·
Grades as CSV: <a href="{base}grades.csv">plain</a>,
<a href="{base}grades.csv?form=canvas">Canvas</a>,
<a href="{base}grades.csv?form=moodle">Moodle</a></p>
<table><tr><th>Assignment<th>Released<th>Deadline<th>Fetched<th>Submitted<th>Late<th>Graded
<th>Feedback<th>Missing by group{similar}<th>Missing</tr>{body}</table>
<h2>Refused submissions</h2>
<table><tr><th>Time<th>Student<th>Folder<th>Reason</tr>{problems}</table></html>"""
