"""Understand what duplicity says: its log for programs, its chains, its last words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from semesterhub_backup.opening import WrongPassphraseError
from semesterhub_backup.settings import Settings
from semesterhub_backup.times import from_duplicity

CHANGED_CODES = {4, 5, 6}
RESTORED_CODES = {7, 8}
# duplicity 3 no longer tells of uploads but by this, after each.
VOLUME_CODE = 2
COLLECTION_CODE = 3
LOG_HEAD = re.compile(r"(ERROR|WARNING|NOTICE|INFO|DEBUG) ?(\d*)(?: (.*))?")
KEPT_LINES = 50
SHOWN_DIFFERENCES = 3


@dataclass(frozen=True)
class Entry:
    """One message of duplicity's log."""

    level: str
    code: int
    extra: str
    text: str


@dataclass(frozen=True)
class BackupSet:
    """One backup that can be restored."""

    time: datetime
    full: bool


@dataclass
class Result:
    """How a run of duplicity ended."""

    code: int
    output: str
    problems: list[Entry] = field(default_factory=list)
    collection: str = ""
    changed: int = 0
    restored: int = 0
    volumes: int = 0


def entries(lines: Iterator[str]) -> Iterator[Entry]:
    """Read duplicity's machine-readable log: a head, lines that begin with a dot, an empty line."""
    head: re.Match[str] | None = None
    text: list[str] = []
    for raw in lines:
        line = raw.rstrip("\n")
        if line.startswith(". "):
            text.append(line[2:])
        elif line == "" and head is not None:
            yield Entry(head[1], int(head[2] or 0), head[3] or "", "\n".join(text))
            head, text = None, []
        elif head is None:
            head = LOG_HEAD.fullmatch(line)
        else:  # what comes with a message, e.g. a collection's sets
            text.append(line)


def read_collection(text: str) -> list[list[BackupSet]]:
    """Read the chains of collection-status, oldest first."""
    chains: list[list[BackupSet]] = []
    for line in text.splitlines():
        words = line.split()
        if line.startswith("chain-"):
            chains.append([])
        elif line.startswith(" ") and len(words) > 1 and words[0] in {"full", "inc"} and chains:
            chains[-1].append(BackupSet(from_duplicity(words[1]), words[0] == "full"))
    return sorted((chain for chain in chains if chain), key=lambda chain: chain[0].time)


def has_leftovers(text: str) -> bool:
    """Tell whether a backup that was cut short has left something."""
    return bool(re.search(r"^(orphaned|incomplete)-sets-num [1-9]", text, re.MULTILINE))


def explain(result: Result, settings: Settings) -> str:
    """Say in words why duplicity failed."""
    said = "\n".join([*(each.text for each in result.problems), result.output])
    if re.search(r"[Bb]ad (session )?key|decryption failed|[Bb]ad passphrase", said):
        return str(WrongPassphraseError(settings.place))
    if re.search(r"No space left|Errno 28|ENOSPC|Errno 122|space has [\d,]+ available", said):
        return (
            f"No space is left for the backup: {settings.place} or {settings.work} is full."
            " Make room (KEEP_FULLS says how many full backups are kept), then run it again."
        )
    if "knownhosts: key" in said:
        return (
            f"The machine of {settings.place} shows a host key that is none of its own in"
            " semesterhub:backup.sftp.hostKeys. If it was made anew, write its new ones there."
        )
    if re.search(
        r"unable to authenticate|Authorization Failed|Error 40[13]|status code: 40[13]", said
    ):
        return (
            f"{settings.place} refuses what is to open it. Was the key or credential taken back?"
            " npm run up makes the cloud's anew; others are in semesterhub:backup."
        )
    lines = [line for line in said.splitlines() if line.strip()]
    errors = [each.text for each in result.problems if each.level == "ERROR"]
    last = errors[-1].strip().splitlines()[-1] if errors else (lines[-1] if lines else "no message")
    return f"duplicity failed with code {result.code}: {last}"


def take(entry: Entry, result: Result) -> None:
    """Take note of a message."""
    if entry.level in {"ERROR", "WARNING"}:
        result.problems.append(entry)
        del result.problems[:-KEPT_LINES]
    elif entry.code in CHANGED_CODES:
        result.changed += 1
    elif entry.code in RESTORED_CODES:
        result.restored += 1
    elif entry.code == VOLUME_CODE:
        result.volumes += 1
    elif entry.code == COLLECTION_CODE:
        result.collection = f"{entry.extra}\n{entry.text}"
