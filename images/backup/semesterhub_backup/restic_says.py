"""Understand how restic ended."""

import re
from dataclasses import dataclass, field
from typing import Any

from semesterhub_backup.credentials import UNUSABLE
from semesterhub_backup.errors import BackupError, NotFoundError


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


class NoRepositoryError(NotFoundError):
    """There are no backups at the target."""


class IncompleteError(BackupError):
    """Restic could not read part of the copy."""


@dataclass
class Done:
    """How restic ended."""

    code: int
    lines: list[str] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def summary(self) -> dict[str, Any]:
        """The numbers that it gave at its end."""
        return next((each for each in self.messages if each["message_type"] == "summary"), {})


def explain(done: Done, place: str) -> str:
    """Say in a sentence why restic failed."""
    told = [
        str(each.get("message") or each.get("error", {}).get("message", ""))
        for each in done.messages
        if each["message_type"] in {"error", "exit_error"}
    ]
    said = "\n".join([*done.lines, *told])
    if done.code == UNUSABLE:
        return said
    if re.search(r"[Nn]o space left|ENOSPC|quota exceeded", said):
        return (
            f"No space is left for the backup in {place}. Make room there (backup.keepDays and"
            " keepWeeks say for how long backups are kept), then run it again."
        )
    if "Host key verification failed" in said or "HOST IDENTIFICATION HAS CHANGED" in said:
        return (
            f"The machine of {place} shows a host key that is none of its own in"
            " semesterhub:backup.sftp.hostKeys. If it was rebuilt, write its new ones there."
        )
    if re.search(
        r"Permission denied|Access ?Denied|InvalidAccessKeyId|SignatureDoesNotMatch|Unauthorized|"
        r"Authorization Failed|Forbidden|Error 40[13]",
        said,
    ):
        return (
            f"{place} refuses the credentials. Were they taken back? npm run up makes the cloud's"
            " anew; others are in semesterhub:backup."
        )
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    fatal = [line for line in lines if "Fatal" in line]
    last = (fatal or lines or ["it said nothing"])[-1]
    return f"restic failed with code {done.code}: {last}"
