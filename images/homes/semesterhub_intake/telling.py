"""Files by which the intake tells the grading service."""

import os
from pathlib import Path


def tell_graders(path: Path, text: str, graders: int) -> bool:
    """Write a file that graders' group reads, whole; return whether it is another than before."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        os.fchown(descriptor, -1, graders)
    new.replace(path)
    return True
