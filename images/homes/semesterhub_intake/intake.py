"""One look at what was handed in: each new submission is taken or refused."""

import hashlib
import logging
import os
import re
import secrets
import stat
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from semesterhub_homes.names import CHECK_NAME

from semesterhub_intake.copying import FOLDER, Copied, RefusedError, TreeCopy
from semesterhub_intake.deadlines import Deadline, read_deadlines
from semesterhub_intake.people import Student
from semesterhub_intake.settings import Settings
from semesterhub_intake.store import Receipt, Store, stamp
from semesterhub_intake.trials import read_trials

log = logging.getLogger("intake")

# nbgrader: STUDENT+ASSIGNMENT+TIME+RANDOM. Times have spaces and colons.
SUBMISSION = re.compile(r"(?P<student>[^+/]+)\+(?P<assignment>[^+/]+)\+[^+/]+(\+[^+/]+)?")
ASSIGNMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}")
# nbgrader opens the folder to all as its last step; what never gets there counts after a while.
SETTLED_SECONDS = 60
NOTEBOOK = ".ipynb"


@dataclass(frozen=True)
class Found:
    """A folder in inbound."""

    name: str
    uid: int
    mode: int
    changed: float


class Intake:
    """Takes what is there; `people` is asked at each look, as somebody may have come."""

    def __init__(
        self,
        settings: Settings,
        people: Callable[[], list[Student]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._people = people
        self._clock = clock
        exchange = settings.exchange
        self._inbound = exchange / "inbound"
        self._outbound = exchange / "outbound"
        self._store = Store(settings.received, exchange / "receipts", settings.graders)
        self._owed: list[tuple[Receipt, Student]] = []

    def look(self) -> int:
        """Take what is complete; answers how many folders were dealt with."""
        self._give_receipts()
        inbound = os.open(self._inbound, FOLDER)
        try:
            found = [one for one in self._found(inbound) if self._is_complete(one)]
            if not found:
                return 0
            people = {person.uid: person for person in self._people()}
            deadlines = read_deadlines(self._settings.storage / "grading" / "deadlines.json")
            for one in sorted(found, key=lambda one: one.changed):
                self._deal_with(one, inbound, people, deadlines)
            return len(found)
        finally:
            os.close(inbound)

    def tell_deadlines(self) -> None:
        """Show everybody until when they may hand in what, but for who was made up."""
        deadlines = read_deadlines(self._settings.storage / "grading" / "deadlines.json")
        self._store.tell_all({name: one.due.isoformat() for name, one in deadlines.items()})
        people = self._people()
        self._store.forget_made_up({person.slug for person in people})
        for person in people:
            if person.made_up:
                continue
            own = {
                name: {
                    "due": one.due_for(person.slug, person.groups).isoformat(),
                    "closes": one.closes,
                }
                for name, one in deadlines.items()
            }
            self._store.tell(person, {"zone": self._settings.timezone, "assignments": own})

    def tell_trials(self) -> None:
        """Show everybody how their newest submissions ran, where they were tried."""
        people = {person.slug: person for person in self._people() if not person.made_up}
        told = read_trials(self._settings.storage / "grading" / "trials", people)
        for slug, trials in told.items():
            self._store.tell(people[slug], trials, "trials.json")

    def _found(self, inbound: int) -> list[Found]:
        found = []
        with os.scandir(inbound) as entries:
            for entry in entries:
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                found.append(Found(entry.name, status.st_uid, status.st_mode, status.st_ctime))
        return found

    def _is_complete(self, one: Found) -> bool:
        ready = bool(one.mode & stat.S_IWOTH) and stat.S_ISDIR(one.mode)
        return ready or self._clock() - one.changed > SETTLED_SECONDS

    def _deal_with(
        self,
        one: Found,
        inbound: int,
        people: dict[int | None, Student],
        deadlines: dict[str, Deadline],
    ) -> None:
        owner = people.get(one.uid)
        if owner is None and CHECK_NAME.match(one.name):
            # Of a rehearsal that has ended meanwhile.
            self._remove(one, inbound)
            return
        try:
            receipt = self._take_or_refuse(one, inbound, owner, deadlines)
        except OSError as error:
            # A full disk, say: the folder stays, and the next look tries again.
            log.error("%s is not taken yet: %s", ascii(one.name), error)  # noqa: TRY400
            return
        # Before the receipt: where the exchange is full, this makes room for it, and what is in the
        # store already is not taken again.
        self._remove(one, inbound)
        if owner is not None and receipt is not None:
            self._owed.append((receipt, owner))
            self._give_receipts()

    def _take_or_refuse(
        self, one: Found, inbound: int, owner: Student | None, deadlines: dict[str, Deadline]
    ) -> Receipt | None:
        try:
            owner, assignment = self._whose(one, owner)
            deadline = None if owner.made_up else deadlines.get(assignment)
            return self._take(one, inbound, owner, assignment, deadline)
        except RefusedError as refusal:
            return self._refuse(one, owner, str(refusal))

    def _give_receipts(self) -> None:
        """Show people their receipts; one that there is no room for comes at a later look."""
        owed, self._owed = self._owed, []
        for receipt, owner in owed:
            try:
                self._store.give(receipt, owner)
            except OSError as error:
                self._owed.append((receipt, owner))
                log.error("%s has no receipt yet: %s", owner.slug, error)  # noqa: TRY400 (it says all)

    def _whose(self, one: Found, owner: Student | None) -> tuple[Student, str]:
        """Say of whom and of which assignment a folder is; the owner's UID alone says of whom."""
        if owner is None:
            raise RefusedError(f"its owner, UID {one.uid}, is nobody of this course")
        match = SUBMISSION.fullmatch(one.name)
        if match is None or not stat.S_ISDIR(one.mode):
            raise RefusedError("it is no submission of nbgrader's")
        assignment = match["assignment"]
        if not ASSIGNMENT.fullmatch(assignment) or not (self._outbound / assignment).is_dir():
            raise RefusedError(f"there is no assignment {assignment!r}")
        if match["student"] != owner.slug:
            raise RefusedError(
                f"it is handed in as {match['student']!r}, and belongs to {owner.slug!r}:"
                " nobody hands in under another's name"
            )
        return owner, assignment

    def _take(
        self, one: Found, inbound: int, owner: Student, assignment: str, deadline: Deadline | None
    ) -> Receipt:
        folder = self._store.begin()
        try:
            target = os.open(folder / "files", FOLDER)
            try:
                copied = TreeCopy(one.uid, self._settings.limits).run(one.name, inbound, target)
            except FileNotFoundError:
                raise RefusedError("it went away while it was read") from None
            except PermissionError:
                raise RefusedError("its folder can't be read") from None
            finally:
                os.close(target)
            receipt = self._receipt(copied, owner, assignment, deadline)
            _check(receipt, deadline)
            if owner.made_up:
                # All the work is done, as for anybody; but graders must not find it.
                self._store.discard(folder)
            else:
                self._store.keep(folder, receipt)
        except BaseException:
            self._store.discard(folder)
            raise
        late = f", {receipt.late_seconds} s late" if receipt.late_seconds else ""
        log.info("took %s of %s: %d files%s", assignment, owner.slug, len(receipt.files), late)
        return receipt

    def _receipt(
        self, copied: Copied, owner: Student, assignment: str, deadline: Deadline | None
    ) -> Receipt:
        now = datetime.fromtimestamp(self._clock(), UTC)
        # Not later than now: a clock of a campus's file server may be ahead.
        received = min(datetime.fromtimestamp(copied.changed, UTC), now)
        due = deadline.due_for(owner.slug, owner.groups) if deadline else None
        late = max(0, int((received - due).total_seconds())) if due else 0
        lines = "".join(f"{digest}  {path}\n" for path, digest in sorted(copied.files.items()))
        return Receipt(
            assignment=assignment,
            student=owner.slug,
            received=received.isoformat(),
            taken=now.isoformat(),
            accepted=True,
            reason=None,
            due=due.isoformat() if due else None,
            late_seconds=late,
            files=copied.files,
            left_out=copied.left_out,
            digest=hashlib.sha256(lines.encode()).hexdigest(),
            id=f"{stamp(received)}-{secrets.token_hex(4)}",
        )

    def _refuse(self, one: Found, owner: Student | None, reason: str) -> Receipt | None:
        now = datetime.fromtimestamp(self._clock(), UTC)
        who = owner.slug if owner else f"UID {one.uid}"
        log.warning("refused %s of %s: %s", ascii(one.name), who, reason)
        entry = {"student": who, "folder": ascii(one.name), "reason": reason}
        if owner is None or not owner.made_up:
            self._store.report({"time": now.isoformat(), **entry})
        if owner is None:
            return None
        match = SUBMISSION.fullmatch(one.name)
        assignment = match["assignment"] if match else "submission"
        safe = assignment if ASSIGNMENT.fullmatch(assignment) else "submission"
        return Receipt(
            assignment=safe,
            student=owner.slug,
            received=now.isoformat(),
            taken=now.isoformat(),
            accepted=False,
            reason=reason,
            due=None,
            late_seconds=0,
            files={},
            left_out={},
            digest="",
            id=f"{stamp(now)}-{secrets.token_hex(4)}",
        )

    def _remove(self, one: Found, inbound: int) -> None:
        """Take the folder away: it is in the store, or was refused. No link is followed."""
        try:
            if stat.S_ISDIR(one.mode):
                # Not shutil.rmtree: a tree may be deeper than that can recurse, or have folders
                # open; and what stays is refused again at each look, with a receipt.
                command = ["rm", "-rf", "--", f"./{one.name}"]
                place = f"/proc/self/fd/{inbound}"
                subprocess.run(command, cwd=place, capture_output=True, check=True)  # noqa: S603 (no shell)
            else:
                os.unlink(one.name, dir_fd=inbound)
        except FileNotFoundError:
            pass
        except (OSError, subprocess.CalledProcessError) as error:
            log.error("%s can't be removed: %s", ascii(one.name), ascii(error))  # noqa: TRY400


def _check(receipt: Receipt, deadline: Deadline | None) -> None:
    if not any(name.endswith(NOTEBOOK) for name in receipt.files):
        raise RefusedError("it has no notebook")
    if receipt.late_seconds and deadline is not None and deadline.closes:
        raise RefusedError(f"the deadline was {receipt.due}, and later work is not taken")
