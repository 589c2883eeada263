"""Where things are, and how files are written: whole or not at all."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Folder:
    """The folder of the machine that outlives the container."""

    path: Path

    @property
    def settings(self) -> Path:
        """What components/proxyHost/acmeClient.ts wrote."""
        return self.path / "settings.json"

    @property
    def challenges(self) -> Path:
        """What nginx shows to the authority."""
        return self.path / "challenges"

    @property
    def certificate(self) -> Path:
        """The newest certificate, with its key."""
        return self.path / "state" / "certificate.pem"

    @property
    def served(self) -> Path:
        """The same, where nginx takes it from."""
        return self.path / "served" / "certificate.pem"

    @property
    def status(self) -> Path:
        """How it went."""
        return self.path / "state" / "status.json"

    @property
    def accounts(self) -> Path:
        """The accounts at authorities, each in a folder of its own."""
        return self.path / "state" / "accounts"


def write_whole(path: Path, content: bytes, mode: int) -> None:
    """Write a file so that nobody ever sees half of it, not even after a power cut."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
