"""The folder that jobs come in by: the grading service writes them, a worker takes one.

queued/ID/   job.json, notebook.ipynb, files/…     complete as soon as it is there (renamed)
running/ID/  the same; its mtime is the worker's sign of life; `cancel` ends it
done/ID/     and result.json
"""

import io
import json
import os
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/srv/sandbox")
LARGEST = 512 << 20


@dataclass(frozen=True)
class Job:
    """One submission's notebook and how much it may use."""

    folder: Path
    seconds: float
    """Of the whole run, by the clock."""
    cell_seconds: int
    output_bytes: int

    def content(self) -> bytes:
        """Pack what the executing process gets on its standard input, as a tar."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            tar.add(self.folder / "notebook.ipynb", "notebook.ipynb", filter=_plain)
            tar.add(self.folder / "files", "files", filter=_plain)
        if packed.tell() > LARGEST:
            raise ValueError("the submission is too large")
        return packed.getvalue()

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants the result any more."""
        return (self.folder / "cancel").exists() or not self.folder.exists()

    def beat(self) -> None:
        """Show that somebody works on it."""
        os.utime(self.folder)

    def finish(self, result: dict[str, object], root: Path = ROOT) -> None:
        """Hand the result over."""
        new = self.folder / ".result.new"
        new.write_text(json.dumps(result))
        new.rename(self.folder / "result.json")
        self.folder.rename(root / "done" / self.folder.name)


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    if not (entry.isfile() or entry.isdir()):
        return None
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o755 if entry.isdir() else 0o644
    return entry


def take(root: Path = ROOT) -> Job | None:
    """Take the oldest job, if there is one that nobody else took."""
    try:
        names = sorted(entry.name for entry in (root / "queued").iterdir())
    except FileNotFoundError:
        return None
    for name in names:
        if name.startswith("."):
            continue
        folder = root / "running" / name
        try:
            (root / "queued" / name).rename(folder)
            os.utime(folder)
            data = json.loads((folder / "job.json").read_text())
        except (FileNotFoundError, FileExistsError):
            continue
        return Job(
            folder,
            seconds=float(data["seconds"]),
            cell_seconds=int(data["cellSeconds"]),
            output_bytes=int(data["outputBytes"]),
        )
    return None


def wait(root: Path = ROOT, every: float = 0.5) -> Job:
    """Wait for a job."""
    while (job := take(root)) is None:
        time.sleep(every)
    return job
