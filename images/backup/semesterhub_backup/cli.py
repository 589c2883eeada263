"""The command semesterhub-backup; ../README.md is its contract with operator scripts."""

import argparse
import json
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from semesterhub_backup.backup import back_up, final, note_error
from semesterhub_backup.engine import Duplicity
from semesterhub_backup.errors import FAILED, BackupError, NotFoundError, RefusedError
from semesterhub_backup.loop import Loop
from semesterhub_backup.lost import LostFilesError, is_unknown, refuse_lost
from semesterhub_backup.opening import WrongPassphraseError, refuse_strangers
from semesterhub_backup.progress import exclusive, now, say
from semesterhub_backup.restore import Outcome, Restorer, safe_path
from semesterhub_backup.settings import Settings, read_settings
from semesterhub_backup.status import as_text, read_status, report
from semesterhub_backup.times import iso


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
    one = commands.add_parser("now", help="back up now")
    one.add_argument("--full", action="store_true", help="one that stands on its own")
    one.add_argument("--scheduled", action="store_true", help=argparse.SUPPRESS)
    commands.add_parser("final", help="the last backup of a semester, with proof")
    commands.add_parser(
        "check", help="exit code 1 if the target's backups are another's, or of files that are lost"
    )
    commands.add_parser("health", help="exit code 0 if backups are recent")
    for name, text in (("status", "how it stands"), ("times", "what can be restored")):
        commands.add_parser(name, help=text).add_argument("--json", action="store_true")
    files = commands.add_parser("list", help="the files of a student")
    files.add_argument("--student", required=True)
    restore = commands.add_parser("restore", help="bring back a student's files, or everything")
    which = restore.add_mutually_exclusive_group(required=True)
    which.add_argument("--student")
    which.add_argument("--everything", action="store_true")
    restore.add_argument("--server-stopped", action="store_true")
    restore.add_argument("--services-stopped", action="store_true")
    for each in (files, restore):
        each.add_argument("--path", help="below the home")
        each.add_argument("--time", help="e.g. 2026-11-21T13:00, 2h, yesterday")
        each.add_argument("--json", action="store_true")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit codes are in errors.py."""
    asked = parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    os.umask(0o077)
    try:
        call = Call(read_settings(os.environ), asked)
        return COMMANDS[asked.command](call)
    except BackupError as error:
        say(f"{error}")
        return error.exit_code
    except KeyboardInterrupt:
        say("Interrupted.")
        return FAILED


def _show(value: object) -> None:
    print(json.dumps(value, indent=2))


def _run(call: Call) -> int:
    return Loop(call.settings).run()


def _now(call: Call) -> int:
    back_up(call.settings, say, full=call.asked.full)
    return 0


def _final(call: Call) -> int:
    final(call.settings, say)
    return 0


def _check(call: Call) -> int:
    try:
        trouble = refuse_strangers(call.settings) or _refuse_lost(call.settings)
    except BackupError as error:
        note_error(call.settings, error, say)
        raise
    if trouble is not None:
        say(
            f"Whether the backups in {call.settings.place} are this course's could not be seen:"
            f" {trouble}. npm run status says whether the first backup succeeds."
        )
    return 0


def _refuse_lost(settings: Settings) -> str | None:
    # As with strangers, whatever else goes wrong is told of and no obstacle.
    try:
        duplicity = Duplicity(settings)
        if is_unknown(settings, duplicity):
            # The first backup may run: it looks as well, and then ends at once or adds what it may.
            with exclusive(settings, say):
                refuse_lost(settings, duplicity, duplicity.chains())
    except (LostFilesError, WrongPassphraseError):
        raise
    except (BackupError, OSError, subprocess.SubprocessError) as error:
        return f"{error}"
    return None


def _health(call: Call) -> int:
    known = report(read_status(call.settings), call.settings, now())
    if not known["healthy"]:
        say(as_text(known, now()))
        return FAILED
    return 0


def _status(call: Call) -> int:
    known = report(read_status(call.settings), call.settings, now())
    if call.asked.json:
        _show(known)
    else:
        print(as_text(known, now()))
    return 0


def _times(call: Call) -> int:
    with exclusive(call.settings, say):
        duplicity = Duplicity(call.settings)
        duplicity.check_target()
        sets = [each for chain in duplicity.chains() for each in chain]
    known = [
        {"time": iso(each.time), "kind": "full" if each.full else "incremental"} for each in sets
    ]
    if call.asked.json:
        _show(known)
    else:
        for each in known:
            print(f"{each['time']}  {each['kind']}")
    return 0


def _list(call: Call) -> int:
    asked = call.asked
    with exclusive(call.settings, say), Restorer(call.settings, asked.time, say) as restorer:
        home = f"homes/{restorer.slug(asked.student)}"
        path = "/".join((home, *safe_path(asked.path))) if asked.path else home
        items = restorer.items(path)
    files = [
        {
            "path": str(PurePosixPath(item.path).relative_to(home)),
            "kind": item.kind,
            "bytes": item.size,
            "mtime": item.mtime_ns / 1e9,
        }
        for item in items.values()
    ]
    if asked.json:
        _show({"time": iso(restorer.time), "student": asked.student, "files": files})
        return 0
    print(f"{asked.student} at {iso(restorer.time)}")
    for each in files:
        print(f"{each['bytes']:>14,}  {each['kind']:<6}  {ascii(each['path'])[1:-1]}")
    return 0


def _restore(call: Call) -> int:
    asked = call.asked
    if asked.everything:
        if asked.path:
            raise NotFoundError("--path goes with --student")
        if not asked.services_stopped:
            raise RefusedError(
                "The hub, the homes service and all students' servers must be stopped before"
                " everything is restored. Stop them, then say so with --services-stopped."
            )
    elif not asked.server_stopped:
        raise RefusedError(
            f"The server of {asked.student!r} must be stopped before files are restored under it."
            " Stop it, then say so with --server-stopped."
        )
    with exclusive(call.settings, say), Restorer(call.settings, asked.time, say) as restorer:
        outcome = (
            restorer.everything()
            if asked.everything
            else restorer.student(asked.student, asked.path)
        )
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
    "now": _now,
    "final": _final,
    "check": _check,
    "health": _health,
    "status": _status,
    "times": _times,
    "list": _list,
    "restore": _restore,
}
