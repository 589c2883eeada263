"""The command semesterhub-backup; ../README.md is its contract with operator scripts."""

import argparse
import json
import logging
import os
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from semesterhub_backup.backup import back_up, note_error
from semesterhub_backup.drill import drill, final
from semesterhub_backup.earlier import Service
from semesterhub_backup.errors import FAILED, BackupError, NotFoundError, RefusedError
from semesterhub_backup.loop import Loop
from semesterhub_backup.lost import LostFilesError, is_unknown, refuse_lost
from semesterhub_backup.manifest import FILE, HARD
from semesterhub_backup.paths import group_path, safe_path
from semesterhub_backup.progress import exclusive, now, say
from semesterhub_backup.restic import PART, Restic
from semesterhub_backup.restic_says import NoRepositoryError, WrongPassphraseError
from semesterhub_backup.restore import Outcome, restoring
from semesterhub_backup.settings import GROUPS, HOMES, Settings, read_settings
from semesterhub_backup.status import as_text, read_status, report
from semesterhub_backup.times import iso

# An `up` waits for it.
CHECK_SECONDS = 60.0


@dataclass(frozen=True)
class Call:
    """The settings and what was asked for."""

    settings: Settings
    asked: argparse.Namespace


def parser() -> argparse.ArgumentParser:
    """Describe the commands."""
    top = argparse.ArgumentParser(prog="semesterhub-backup", allow_abbrev=False)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("run", help="back up at the set times (the container's command)")
    commands.add_parser("earlier", help="answer students who ask for earlier versions (run does)")
    commands.add_parser("now", help="back up now")
    commands.add_parser("final", help="the last backup of a semester, with proof")
    commands.add_parser("drill", help="restore one home beside, and compare it with the backup")
    commands.add_parser(
        "check", help="exit code 1 if the target's backups are another's, or of files that are lost"
    )
    for name, text in (("status", "how it stands"), ("times", "what can be restored")):
        commands.add_parser(name, help=text).add_argument("--json", action="store_true")
    files = commands.add_parser("list", help="the files of a student or a group")
    whose = files.add_mutually_exclusive_group(required=True)
    whose.add_argument("--student")
    whose.add_argument("--group")
    restore = commands.add_parser("restore", help="bring back files of one or a group, or all")
    which = restore.add_mutually_exclusive_group(required=True)
    which.add_argument("--student")
    which.add_argument("--group")
    which.add_argument("--everything", action="store_true")
    restore.add_argument("--server-stopped", action="store_true")
    restore.add_argument("--services-stopped", action="store_true")
    for each in (files, restore):
        each.add_argument("--path", help="below the home or the group's folder")
        each.add_argument("--time", help="e.g. 2026-11-21T13:00+01:00, 2h")
        each.add_argument("--json", action="store_true")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit codes are in errors.py."""
    asked = parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    try:
        call = Call(read_settings(os.environ), asked)
        return COMMANDS[asked.command](call)
    except BackupError as error:
        say(f"{error}")
        return error.exit_code
    except OSError as error:
        say(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")
        return FAILED
    except sqlite3.Error as error:
        say(f"A database can't be read: {error}")
        return FAILED
    except KeyboardInterrupt:
        say("Interrupted.")
        return FAILED


def _show(value: object) -> None:
    print(json.dumps(value, indent=2))


def _run(call: Call) -> int:
    return Loop(call.settings).run()


def _earlier(call: Call) -> int:
    mailbox = call.settings.mailbox
    if mailbox is None:
        raise RefusedError(
            "Earlier versions are not offered: COURSE is not set, or no homes are kept."
        )
    return Service(call.settings, mailbox).run()


def _now(call: Call) -> int:
    back_up(call.settings, say)
    return 0


def _drill(call: Call) -> int:
    drill(call.settings, say)
    return 0


def _final(call: Call) -> int:
    final(call.settings, say)
    return 0


def _check(call: Call) -> int:
    settings = call.settings
    try:
        trouble = _look(settings)
    except BackupError as error:
        note_error(settings, error, say)
        raise
    if trouble is not None:
        say(
            f"Whether the backups in {settings.place} are this course's could not be seen:"
            f" {trouble} npm run status says whether the first backup succeeds."
        )
    return 0


def _look(settings: Settings) -> str | None:
    """Refuse another's backups and lost files; whatever else is wrong is told, and no obstacle."""
    restic = Restic(settings)
    try:
        restic.check_target()
        # Without a lock, so that it can be asked while a backup runs.
        stored = restic.snapshots(locked=False, strict=True, seconds=CHECK_SECONDS)
        if stored and is_unknown(settings):
            # The first backup may run: it looks as well, and ends at once or adds what it may.
            with exclusive(settings, say):
                refuse_lost(settings, restic, stored)
    except NoRepositoryError:
        return None
    except (LostFilesError, WrongPassphraseError):
        raise
    except (BackupError, OSError) as error:
        return f"{error}"
    return None


def _status(call: Call) -> int:
    known = report(read_status(call.settings), call.settings, now())
    if call.asked.json:
        _show(known)
    else:
        print(as_text(known, now()))
    return 0


def _times(call: Call) -> int:
    restic = Restic(call.settings)
    restic.check_target()
    stored = [each for each in restic.snapshots(locked=False) if PART not in each.tags]
    if call.asked.json:
        _show([{"time": iso(each.time)} for each in stored])
    else:
        for each in stored:
            print(iso(each.time))
    return 0


def _list(call: Call) -> int:
    asked = call.asked
    with exclusive(call.settings, say), restoring(call.settings, asked.time, say) as restorer:
        if asked.group is not None:
            items = restorer.items(GROUPS, group_path(asked.group, asked.path))
        else:
            tree = f"{HOMES}/{restorer.slug(asked.student)}"
            items = restorer.items(tree, safe_path(asked.path) if asked.path else ".")
    files = [
        {
            "path": item.path,
            "kind": FILE if item.kind == HARD else item.kind,
            "bytes": item.size,
            "mtime": item.mtime_ns / 1e9,
        }
        for item in items
    ]
    if asked.json:
        whose = {"student": asked.student} if asked.student else {"group": asked.group}
        _show({"time": iso(restorer.time), **whose, "files": files})
        return 0
    print(f"{asked.student or asked.group} at {iso(restorer.time)}")
    for each in files:
        print(f"{each['bytes']:>14,}  {each['kind']:<6}  {ascii(each['path'])[1:-1]}")
    return 0


def _restore(call: Call) -> int:
    asked = call.asked
    if asked.everything:
        if asked.path:
            raise NotFoundError("--path goes with --student or --group")
        if not asked.services_stopped:
            raise RefusedError(
                "The hub, the homes service and all students' servers must be stopped before"
                " everything is restored. Stop them, then say so with --services-stopped."
            )
    elif not asked.server_stopped:
        whose = f"server of {asked.student!r}" if asked.student else f"servers of {asked.group!r}"
        raise RefusedError(
            f"The {whose} must be stopped before files are restored under it."
            " Stop it, then say so with --server-stopped."
        )
    with exclusive(call.settings, say), restoring(call.settings, asked.time, say) as restorer:
        if asked.everything:
            outcome = restorer.everything()
        elif asked.group is not None:
            outcome = restorer.group(asked.group, asked.path)
        else:
            outcome = restorer.student(asked.student, asked.path)
    _tell(outcome, as_json=asked.json)
    return 0


def _tell(outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        known = {"time": iso(outcome.time), "restored": outcome.restored}
        _show({**known, "keptAside": outcome.aside})
        return
    print(f"Restored as of {iso(outcome.time)}: {', '.join(outcome.restored)}")
    for each in outcome.aside:
        print(f"What was there is kept in {each}")


COMMANDS = {
    "run": _run,
    "earlier": _earlier,
    "now": _now,
    "final": _final,
    "drill": _drill,
    "check": _check,
    "status": _status,
    "times": _times,
    "list": _list,
    "restore": _restore,
}
