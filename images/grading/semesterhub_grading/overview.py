"""Each assignment at a glance, who is missing, and grades for the university's own system."""

import csv
import io
import json
from pathlib import Path
from typing import Any, Literal, get_args

from nbgrader.api import Gradebook

from semesterhub_grading.collect import Received, submissions
from semesterhub_grading.deadlines import Deadlines
from semesterhub_grading.people import Person, read_people
from semesterhub_grading.settings import Settings

Form = Literal["plain", "canvas", "moodle"]
FORMS = get_args(Form)


class Overview:
    """Reads store, exchange and gradebook; changes nothing."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def _students(self) -> list[Person]:
        return [one for one in read_people(self._settings.places.received) if not one.staff]

    def _newest(self, assignment: str) -> dict[str, Received]:
        found = submissions(self._settings.places.received, assignment)
        return {one.student: one for one in found}

    def assignments(self) -> list[str]:
        """Return the names of all that have a source, a release or a submission."""
        places = self._settings.places
        folders = (
            places.course / "source",
            places.exchange / self._settings.course / "outbound",
            places.received,
        )
        names = {
            entry.name
            for folder in folders
            if folder.is_dir()
            for entry in folder.iterdir()
            if entry.is_dir() and not entry.name.startswith(".")
        }
        return sorted(names)

    def status(self) -> list[dict[str, Any]]:
        """Tell of each assignment: released, fetched, submitted, late, graded, missing by group."""
        students = self._students()
        deadlines = Deadlines(self._settings.places.data).read()
        graded, fetched = self._graded(), self._fetched()
        return [
            {
                **self._one(name, students, deadlines.get(name), graded.get(name, set())),
                "fetched": len(fetched.get(name, [])),
            }
            for name in self.assignments()
        ]

    def _one(
        self,
        name: str,
        students: list[Person],
        deadline: dict[str, Any] | None,
        graded: set[str],
    ) -> dict[str, Any]:
        places = self._settings.places
        newest = self._newest(name)
        missing = [one for one in students if one.slug not in newest]
        groups: dict[str, int] = {}
        for one in missing:
            for group in one.groups or ("-",):
                groups[group] = groups.get(group, 0) + 1
        return {
            "assignment": name,
            "released": (places.exchange / self._settings.course / "outbound" / name).is_dir(),
            "due": deadline["due"] if deadline else None,
            "late": deadline["late"] if deadline else None,
            "extensions": len(deadline["extensions"]) if deadline else 0,
            "students": len(students),
            "submitted": len(newest),
            "lateSubmissions": sum(1 for one in newest.values() if one.late_seconds),
            "graded": len(graded),
            "feedback": self._count(places.course / "feedback", name),
            "missing": [one.username for one in missing],
            "missingByGroup": groups,
        }

    @staticmethod
    def _count(folder: Path, assignment: str) -> int:
        return sum(1 for _ in folder.glob(f"*/{assignment}")) if folder.is_dir() else 0

    def _fetched(self) -> dict[str, list[str]]:
        """Read who has fetched what, as the intake saw it."""
        try:
            found: dict[str, list[str]] = json.loads(
                (self._settings.places.received / "fetched.json").read_text("utf-8")
            )
        except FileNotFoundError:
            return {}
        return found

    def _graded(self) -> dict[str, set[str]]:
        with Gradebook(self._settings.gradebook, self._settings.course) as gradebook:
            return {
                assignment.name: {
                    one.student.id
                    for one in assignment.submissions
                    if any(notebook.grades for notebook in one.notebooks)
                    and not one.needs_manual_grade
                }
                for assignment in gradebook.assignments
            }

    def grades(self, form: Form, assignment: str | None = None) -> str:
        """Write all grades as CSV, in the form that Canvas or Moodle imports."""
        students = self._students()
        with Gradebook(self._settings.gradebook, self._settings.course) as gradebook:
            chosen = [
                one
                for one in sorted(gradebook.assignments, key=lambda one: one.name)
                if assignment in {None, one.name}
            ]
            most = {one.name: one.max_score for one in chosen}
            scores = {
                (submission.student.id, one.name): _score(submission)
                for one in chosen
                for submission in one.submissions
            }
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        names = list(most)
        if form == "canvas":
            writer.writerow(["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *names])
            writer.writerow(["    Points Possible", "", "", "", "", *(most[n] for n in names)])
        elif form == "moodle":
            writer.writerow(["username", "email", *names])
        else:
            writer.writerow(["username", "student", "groups", *names])
        for one in students:
            row = [scores.get((one.slug, n), "") for n in names]
            cells = {
                "canvas": [one.username, "", "", one.username, "; ".join(one.groups)],
                "moodle": [one.username, one.username if "@" in one.username else ""],
                "plain": [one.username, one.slug, "; ".join(one.groups)],
            }[form]
            writer.writerow([*(_harmless(str(cell)) for cell in cells), *row])
        return out.getvalue()


def _harmless(cell: str) -> str:
    """No spreadsheet takes a name for a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@"} else cell


def _score(submission: Any) -> float:  # noqa: ANN401 (nbgrader's)
    penalty = submission.late_submission_penalty or 0
    return round(float(submission.score - penalty), 4)
