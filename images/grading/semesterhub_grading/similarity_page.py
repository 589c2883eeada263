"""The report of similar submissions, where the course has it."""

import asyncio
import html

from nbgrader.api import Gradebook, MissingEntry
from tornado import web

from semesterhub_grading.settings import Settings
from semesterhub_grading.shared import Page
from semesterhub_grading.similarity import Pair, report


class SimilarityHandler(Page):
    """Pairs of submissions of one assignment."""

    @web.authenticated
    async def get(self, assignment: str) -> None:
        """Show them, without names: formgrader's page has them."""
        settings: Settings = self.settings["semesterhub_settings"]
        if not settings.similarity:
            raise web.HTTPError(404, "this course compares no submissions: grading.similarity")
        page = await asyncio.to_thread(_page, settings, assignment)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        policy = f"{self.content_security_policy}; script-src 'none'"
        self.set_header("Content-Security-Policy", policy)
        self.finish(page)


def _page(settings: Settings, assignment: str) -> str:
    found = report(settings, assignment)
    with Gradebook(settings.gradebook, settings.course) as gradebook:
        rows = "".join(
            f"<tr><td>{html.escape(pair.notebook)}<td>{pair.share:.0%}<td>{pair.prints}"
            + "".join(f"<td>{_link(settings, gradebook, assignment, pair, at)}" for at in range(2))
            + "</tr>"
            for pair in found
        )
    title = html.escape(assignment)
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Similar submissions of {title}</title>
<style>body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2em; max-width: 50em; }}
table {{ border-collapse: collapse; }} td, th {{ padding: .3em .8em; border: 1px solid #ccc;
text-align: left; }}</style>
<h1>Similar submissions of {title}</h1>
<p>Code only, whatever its names and layout. What was given out and what a third of the course has
is left out. Alike is not copied: read both.</p>
<table><tr><th>Notebook<th>In common<th>Passages<th>One<th>Other</tr>{rows}</table></html>"""


def _link(settings: Settings, gradebook: Gradebook, assignment: str, pair: Pair, at: int) -> str:
    student = pair.students[at]
    try:
        one = gradebook.find_submission_notebook(pair.notebook, assignment, student)
    except MissingEntry:
        return "not autograded yet"
    address = f"{settings.prefix}formgrader/submissions/{one.id}/"
    return f'<a href="{html.escape(address)}">submission</a>'
