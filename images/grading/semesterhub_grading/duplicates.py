"""Cells that a student copied or split: said, kept, and no reason to lose the submission."""

from typing import Any

from nbgrader.preprocessors import DeduplicateIds


class KeepLast(DeduplicateIds):  # type: ignore[misc]
    """Of several cells with one name the last counts; the others stay as plain cells.

    nbgrader's own step leaves them empty metadata, which its next step takes for an old format, and
    refuses the whole submission.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:  # noqa: ANN401 (nbconvert's)
        """Make plain cells of what nbgrader leaves."""
        nb, resources = super().preprocess(nb, resources)
        for index, cell in enumerate(nb.cells):
            if cell.metadata.get("nbgrader") == {}:
                del cell.metadata["nbgrader"]
                self.log.warning("Cell %d is there more than once: the last one counts", index)
        return nb, resources
