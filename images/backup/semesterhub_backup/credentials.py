"""Become restic, with the passphrase and the target's credentials in its environment.

A program of its own, so that nothing that reads students' files, nor what starts it, ever has them
in its memory. What it executes has no capability: it reads and writes what belongs to it and
nothing else, whatever it is told to.

    credentials TARGET restic's arguments…
"""

import json
import os
import re
import stat
import sys
from pathlib import Path
from urllib.parse import urlsplit

from semesterhub_backup import view

# The exit code when there is something wrong with what this reads.
UNUSABLE = 78
KEPT = ("PATH", "LANG", "HOME", "TMPDIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
# What ssh wants to have as files; they are in memory.
SSH_FOLDER = Path("/tmp/ssh")  # noqa: S108 (the container's own)
SSH_FILES = {"SFTP_KEY": "key", "SFTP_KNOWN_HOSTS": "known_hosts"}


class UnusableError(Exception):
    """A secret is missing or not what it must be."""


def repository(target: str) -> str:
    """Name a target as restic does."""
    parts = urlsplit(target)
    if parts.scheme == "file":
        return parts.path
    path = parts.path.removeprefix("/")
    plain = re.fullmatch(r"[\w./@+-]+", path if parts.scheme in {"s3", "sftp"} else parts.netloc)
    if plain is not None and parts.scheme == "s3":
        return f"s3:https://{parts.netloc}/{path}"
    if plain is not None and parts.scheme == "sftp":
        return f"sftp://{parts.netloc}/{path}"
    if plain is not None and parts.scheme == "swift":
        return f"swift:{parts.netloc}:/"
    raise UnusableError(f"BACKUP_TARGET is {target!r}; it must be a file, swift, s3 or sftp URL")


def secret(path: Path) -> str:
    """Read a secret from a file that nobody else may read."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(encoding="utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableError(f"the secret {path} can't be read: {error}") from error
    if mode & 0o077:
        raise UnusableError(
            f"the secret {path} has mode {mode:04o}: others may read it. Make it 0400."
        )
    return text


def passphrase(path: Path) -> str:
    """Read the passphrase."""
    text = secret(path)
    if not text or "\n" in text or "\0" in text:
        raise UnusableError(f"the passphrase {path} must be one line that is not empty")
    return text


def access(path: Path) -> dict[str, str]:
    """Read what the target asks for: variables for restic, and files for ssh."""
    try:
        known = json.loads(secret(path))
    except ValueError as error:
        raise UnusableError(f"{path} is not JSON") from error
    if not isinstance(known, dict) or not all(isinstance(each, str) for each in known.values()):
        raise UnusableError(f"{path} must be an object of strings")
    return known


def ssh_options(known: dict[str, str]) -> list[str]:
    """Write the files that ssh reads, and name them: only a known machine is spoken to."""
    if not SSH_FILES.keys() <= known.keys():
        return []
    SSH_FOLDER.mkdir(mode=0o700, exist_ok=True)
    for name, file in SSH_FILES.items():
        path = SSH_FOLDER / f".{file}.{os.getpid()}"
        path.write_text(known[name].rstrip("\n") + "\n", encoding="utf-8")
        path.chmod(0o600)
        path.replace(SSH_FOLDER / file)
    options = [
        *("-F", "none", "-i", f"{SSH_FOLDER}/key", "-o", "IdentitiesOnly=yes"),
        *("-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"),
        *("-o", f"UserKnownHostsFile={SSH_FOLDER}/known_hosts", "-o", "ConnectTimeout=20"),
        *("-o", "ServerAliveInterval=30", "-o", "ServerAliveCountMax=4"),
    ]
    return ["-o", f"sftp.args={' '.join(options)}"]


def main(arguments: list[str]) -> int:
    """Execute restic."""
    target, *rest = arguments
    secrets = Path(os.environ.get("SEMESTERHUB_SECRETS", "/run/secrets"))
    try:
        known = {} if target.startswith("file://") else access(secrets / "backup-access")
        options = ssh_options(known)
        environment = {
            **{key: os.environ[key] for key in KEPT if key in os.environ},
            **{key: value for key, value in known.items() if key not in SSH_FILES},
            "RESTIC_REPOSITORY": repository(target),
            "RESTIC_PASSWORD": passphrase(secrets / "backup-passphrase"),
            "RESTIC_PROGRESS_FPS": "1",
        }
    except UnusableError as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    view.drop_all()
    os.execvpe("restic", ["restic", *options, *rest], environment)  # noqa: S606, S607 (no shell)
    return UNUSABLE  # never


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
