"""Feedback without the hidden tests, and with nothing of the student's but the notebook."""

import re
import shutil
from pathlib import Path
from typing import Any

from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.converters import GenerateFeedback
from nbgrader.preprocessors import GetGrades, NbGraderPreprocessor
from traitlets import Bool, List

BEGIN, END = "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"
INSTEAD = "# (hidden tests)"
SHORTEST = 8
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def hidden_lines(source: str) -> tuple[str, list[str]]:
    """Part a cell's source: what may be shown, and the lines that are hidden."""
    shown, hidden = [], []
    inside = False
    for line in source.splitlines():
        if BEGIN in line:
            inside = True
            shown.append(INSTEAD)
        elif END in line:
            inside = False
        elif inside:
            hidden.append(line)
        else:
            shown.append(line)
    return "\n".join(shown), hidden


class HideTests(NbGraderPreprocessor):
    """Takes hidden tests out of sources and out of whatever a notebook printed."""

    enabled = Bool(default_value=True).tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:  # noqa: ANN401 (nbconvert's)
        """Hide them; say so where they were printed by a cell that has none."""
        secrets: list[str] = []
        owners = set()
        for index, cell in enumerate(nb.cells):
            if cell.cell_type == "code":
                cell.source, hidden = hidden_lines(cell.source)
                if hidden:
                    owners.add(index)
                secrets += [line.strip() for line in hidden if len(line.strip()) >= SHORTEST]
        if not secrets:
            return nb, resources
        for index, cell in enumerate(nb.cells):
            found = [out for out in cell.get("outputs", []) if self._hide(out, secrets)]
            if found and index not in owners:
                self.log.warning("Cell %d shows hidden tests: it read them while it ran", index)
        return nb, resources

    def _hide(self, output: Any, secrets: list[str]) -> bool:  # noqa: ANN401
        if output.output_type == "stream":
            output.text, found = _without(output.text, secrets)
        elif output.output_type == "error":
            parts = [_without(part, secrets) for part in output.traceback]
            output.traceback = [text for text, _ in parts]
            output.evalue, in_value = _without(output.evalue, secrets)
            found = in_value or any(one for _, one in parts)
        else:
            found = False
            for kind, text in output.data.items():
                if kind.startswith("text/"):
                    output.data[kind], one = _without(text, secrets)
                    found = found or one
        return found


def _without(text: str, secrets: list[str]) -> tuple[str, bool]:
    found = False
    lines = []
    for line in text.split("\n"):
        plain = _ANSI.sub("", line)
        if any(secret in plain for secret in secrets):
            found = True
            lines.append("    (hidden test)")
        else:
            lines.append(line)
    return "\n".join(lines), found


class CourseFeedback(GenerateFeedback):
    """nbgrader's feedback without copies of the student's files."""

    preprocessors = List([GetGrades, HideTests, CSSHTMLHeaderPreprocessor]).tag(config=True)

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Copy what the release of feedback needs, and no page of the student's own."""
        source = Path(self._format_source(assignment_id, student_id))
        target = Path(self._format_dest(assignment_id, student_id))
        target.mkdir(parents=True, exist_ok=True)
        for name in ("timestamp.txt", "submission_secret.txt"):
            if (source / name).is_file():
                shutil.copyfile(source / name, target / name)
