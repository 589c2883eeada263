"""Save and Export as PDF: pandoc reads the notebook, typst sets it. No TeX is needed."""

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import typst
from nbconvert.exporters import Exporter
from nbformat import NotebookNode, writes

SECONDS = 120
# Terminal colours in what a cell printed.
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_PAGE = """#set page(paper: "a4", margin: 2cm, numbering: "1")
#set text(size: 10pt)
#show raw.where(block: true): set text(size: 8.5pt)
#show raw.where(block: true): block.with(width: 100%, fill: luma(245), inset: 6pt, radius: 2pt)
"""


class PDFError(RuntimeError):
    """The notebook could not be set."""


class TypstPDFExporter(Exporter):
    """Exports a notebook as PDF."""

    file_extension = ".pdf"
    output_mimetype = "application/pdf"
    export_from_notebook = "PDF"

    def from_notebook_node(
        self,
        nb: NotebookNode,
        resources: dict[str, Any] | None = None,
        **more: Any,  # noqa: ANN401 (upstream's signature)
    ) -> tuple[bytes, dict[str, Any]]:
        """Give the PDF's bytes."""
        copy, resources = super().from_notebook_node(nb, resources, **more)
        told = resources.get("metadata", {})
        folder = Path(told.get("path") or ".")
        with tempfile.TemporaryDirectory() as work:
            pdf = _set(_readable(copy), folder, Path(work))
        resources["output_extension"] = self.file_extension
        return pdf, resources


def _readable(nb: NotebookNode) -> NotebookNode:
    """Take out what no page can show."""
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            if "text" in output:
                output.text = _COLOURS.sub("", output.text)
            if "traceback" in output:
                output.traceback = [_COLOURS.sub("", line) for line in output.traceback]
    return nb


def _set(nb: NotebookNode, folder: Path, work: Path) -> bytes:
    source = work / "notebook.typ"
    command = ["pandoc", "--from=ipynb", "--to=typst", "--wrap=none", f"--output={source}"]
    command += [f"--extract-media={work / 'media'}", f"--resource-path={folder.resolve()}"]
    done = subprocess.run(  # noqa: S603 (fixed program, no shell)
        command,
        input=writes(nb).encode(),
        capture_output=True,
        cwd=work,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise PDFError(f"pandoc: {done.stderr.decode(errors='replace').strip()[-500:]}")
    text = source.read_text(encoding="utf-8").replace(f"{work}/", "/")
    source.write_text(_PAGE + text, encoding="utf-8")
    try:
        return typst.compile(str(source), root=str(work))
    except RuntimeError as error:
        raise PDFError(f"typst: {str(error)[-500:]}") from error
