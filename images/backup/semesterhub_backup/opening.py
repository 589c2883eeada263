"""Whether what is at the target can be opened with this course's passphrase.

A fresh state has a fresh passphrase, and the target may still hold the backups of the state before
it. duplicity finds that out as it makes an increment, which nobody may read of for months; and as
it makes a full backup never: it would put one of another passphrase beside the old ones.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from semesterhub_backup.errors import BackupError
from semesterhub_backup.remote import Remote, fetch, remote_of, sizes
from semesterhub_backup.settings import Settings, read_passphrase

MANIFEST = re.compile(r"duplicity-\w+\.(?:\S+\.)?(\d{8}T\d{6}Z)\.manifest\.gpg")
# One that an upload left incomplete tells nothing; so many that do are no passphrase's fault.
LOOKED_AT = 3
# For each question to the target; an `up` waits for it.
PATIENCE_SECONDS = 30.0


class WrongPassphraseError(BackupError):
    """The backups at the target are of another passphrase."""

    def __init__(self, place: str) -> None:
        """Say what, where and what to do."""
        super().__init__(
            f"The passphrase is not the one that the backups in {place} were made with: another"
            " state of semesterhub made them, and no backup can be made beside them. What to do:"
            " npm run down, then put that state back (state, stacks and passphrase in"
            " .semesterhub); or give this course another semesterhub:backup.target; or, if nobody"
            " needs them, move the old backups elsewhere. Then npm run up."
        )


def gnupg_home(name: str) -> Path:
    """Make a folder of gpg's: in memory, as its agent makes sockets, which not every disk takes."""
    folder = Path(tempfile.gettempdir()) / name
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder


def refuse_strangers(settings: Settings) -> str | None:
    """Complain if the newest backup at the target is of another passphrase.

    Anything else that goes wrong is no obstacle, since a course must come up while an object store
    has an hour's trouble: the answer says then what it was. None: all is well. Takes no lock and
    touches nothing of duplicity's, so that it can be asked while a backup runs.
    """
    # Not duplicity's: what is written there for rclone is read by a backup that runs.
    home = gnupg_home("check")
    passphrase = read_passphrase(settings.passphrase_file)
    try:
        remote = remote_of(settings, home)
        names = newest_manifests(sizes(settings, remote, PATIENCE_SECONDS))
        for name in names:
            opened = opens(_read(settings, remote, name), passphrase, home)
            if opened is not None:
                break
        else:
            return None if not names else f"{names[0]} is not whole"
    except BackupError as error:
        return str(error)
    except (OSError, subprocess.SubprocessError) as error:
        return f"{type(error).__name__}: {error}"
    if not opened:
        raise WrongPassphraseError(settings.place)
    return None


def newest_manifests(names: Iterable[str]) -> list[str]:
    """Find the manifests, a few, newest first: small files, one with each backup."""
    found = [(match[1], name) for name in names if (match := MANIFEST.fullmatch(name))]
    return [name for _time, name in sorted(found, reverse=True)[:LOOKED_AT]]


def opens(data: bytes, passphrase: str, home: Path) -> bool | None:
    """Tell whether gpg can decrypt it; None: it is broken, so that nobody can tell."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(f"{passphrase}\n".encode())
    try:
        done = subprocess.run(  # noqa: S603 (a list, no shell)
            [
                *("gpg", "--batch", "--no-tty", "--quiet", "--homedir", str(home)),
                *("--pinentry-mode", "loopback", "--passphrase-fd", str(reading)),
                *("--status-fd", "2", "--decrypt"),
            ],
            input=data,
            pass_fds=[reading],
            capture_output=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
    finally:
        os.close(reading)
    if b"BAD_PASSPHRASE" in done.stderr or b"Bad session key" in done.stderr:
        return False
    return True if b"[GNUPG:] DECRYPTION_OKAY" in done.stderr else None


def _read(settings: Settings, remote: Remote | None, name: str) -> bytes:
    if remote is not None:
        return fetch(remote, name, PATIENCE_SECONDS)
    assert settings.folder is not None  # noqa: S101 (for the type checker)
    return (settings.folder / name).read_bytes()
