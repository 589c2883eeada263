"""A backup asks for dumps of this moment: by files in the data folder, since it has no network.

`serving` is there from the start to an orderly end; without it no backup asks. `wanted` has what
the answer in `answered` begins with; after it comes what went wrong, if anything did.
"""

from pathlib import Path

LONGEST = 100


class Asked:
    """The question of the backup that runs."""

    def __init__(self, folder: Path) -> None:
        self._serving = folder / "serving"
        self._wanted = folder / "wanted"
        self._answered = folder / "answered"

    def begin(self) -> None:
        """Say that there is somebody to ask."""
        self._wanted.unlink(missing_ok=True)
        self._serving.touch()

    def end(self) -> None:
        """Say that the last dumps are written."""
        self._serving.unlink(missing_ok=True)

    def question(self) -> str | None:
        """Take the question, if there is one."""
        try:
            text = self._wanted.read_text("ascii")[:LONGEST].strip()
            self._wanted.unlink()
        except (OSError, UnicodeDecodeError):
            return None
        return text or None

    def answer(self, question: str, trouble: str = "") -> None:
        """Tell that the dumps are written, or why they are not."""
        new = self._answered.with_suffix(".new")
        new.write_text(f"{question} {trouble}", "utf-8")
        new.rename(self._answered)
