"""A grader's share of what is to be graded by hand, and how far the others are."""

import asyncio
import html
from collections import Counter

from tornado import web

from semesterhub_grading.settings import Settings
from semesterhub_grading.shared import Page
from semesterhub_grading.sharing import Piece, pieces


class WorkHandler(Page):
    """What the grader who asks has to grade."""

    @web.authenticated
    async def get(self) -> None:
        """Show it."""
        settings: Settings = self.settings["semesterhub_settings"]
        found = await asyncio.to_thread(pieces, settings)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header(
            "Content-Security-Policy", f"{self.content_security_policy}; script-src 'none'"
        )
        self.finish(work_page(settings, found, self.who))


def work_page(settings: Settings, found: list[Piece], who: str) -> str:
    """Write the page. Submissions have numbers, as in formgrader, and no names."""
    base = html.escape(settings.prefix)
    number: Counter[tuple[str, str]] = Counter()
    lines = []
    for piece in found:
        if piece.grader != who:
            continue
        number[piece.assignment, piece.notebook] += 1
        label = f"Submission {number[piece.assignment, piece.notebook]}"
        state = "to grade" if piece.waits else "graded"
        lines.append(
            f"<tr><td>{html.escape(piece.assignment)}<td>{html.escape(piece.notebook)}"
            f'<td><a href="{base}formgrader/submissions/{html.escape(piece.id)}/">{label}</a>'
            f"<td>{state}</tr>"
        )
    total = Counter((piece.assignment, piece.grader) for piece in found)
    waiting = Counter((piece.assignment, piece.grader) for piece in found if piece.waits)
    others = "".join(
        f"<tr><td>{html.escape(assignment)}<td>{html.escape(grader)}<td>{count}"
        f"<td>{waiting[assignment, grader]}</tr>"
        for (assignment, grader), count in sorted(total.items())
    )
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Your share: {html.escape(settings.title)}</title>
<style>body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2em; }}
table {{ border-collapse: collapse; }} td, th {{ padding: .3em .8em; border: 1px solid #ccc;
text-align: left; }}</style>
<h1>Your share</h1>
<p>Students of your own groups, and an even part of those whose groups have no grader.
<a href="{base}overview">Overview</a></p>
<table><tr><th>Assignment<th>Notebook<th>Submission<th>By hand</tr>{"".join(lines)}</table>
<h2>Everybody's</h2>
<table><tr><th>Assignment<th>Grader<th>Notebooks<th>To grade</tr>{others}</table></html>"""
