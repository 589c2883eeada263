"""Put an earlier version of a student's own file or folder beside the present one.

Nothing that is there is opened, followed or replaced; what comes is the student's and counts for
their quota, and what their home has no room for does not come.
"""

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from semesterhub_backup import project
from semesterhub_backup.assemble import assemble, renamed
from semesterhub_backup.errors import BackupError, NotFoundError, RefusedError
from semesterhub_backup.exchange import add
from semesterhub_backup.history import LARGEST_MANIFEST
from semesterhub_backup.mailbox import Person
from semesterhub_backup.manifest import FILE, Item
from semesterhub_backup.opened import Opened, select
from semesterhub_backup.settings import HOMES, Settings

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
BLOCK = 4096
LONGEST_NAME = 255
# More is for staff: `npm run restore` has no such limits, and holds up nobody who waits here.
MOST_BYTES = 2 * 2**30
MOST_FILES = 50_000
MOST_OF_A_NAME = 100
# JupyterLab's notices have 140 letters.
ASK_STAFF = "Take back less, or ask the course's staff."


@dataclass(frozen=True)
class Wanted:
    """What is to come back: a path below the home, and the name that it gets beside."""

    path: str
    name: str


@dataclass(frozen=True)
class Came:
    """What came back."""

    name: str
    files: int
    bytes: int


def checked_name(text: object) -> str:
    """Take a name that a file may have."""
    if not isinstance(text, str) or not text.isprintable() or "/" in text or text in {".", ".."}:
        raise BackupError("That is no name for a file.")
    try:
        length = len(text.encode("utf-8"))
    except UnicodeEncodeError:
        raise BackupError("That is no name for a file.") from None
    if not 0 < length <= LONGEST_NAME - len(" 99"):
        raise BackupError("The name is too long for a file.")
    return text


def put_beside(settings: Settings, person: Person, backup: Opened, wanted: Wanted) -> Came:
    """Take it out of the backup, and give it its place."""
    tree = f"{HOMES}/{person.slug}"
    try:
        if backup.manifest(tree).stat().st_size > LARGEST_MANIFEST:
            raise RefusedError(f"Your home had very many files then. {ASK_STAFF}")
        home = backup.items(tree)
        found = select(home, wanted.path)
    except NotFoundError:
        raise NotFoundError("That backup does not have it.") from None
    # Slugs and UIDs are nobody else's ever; should that be broken one day, it is said here.
    if home[0].uid != person.uid:
        raise RefusedError("That home was somebody else's then.")
    items = [_owned(item, person) for item in renamed(found, wanted.path, wanted.name)]
    parents = () if wanted.path == "." else tuple(wanted.path.split("/")[:-1])
    place = _open_place(settings, person, parents)
    try:
        size = _refuse_too_much(items, place, settings)
        contents = backup.contents({tree: items}, lambda _: None)
        made = contents / "made"
        made.mkdir(mode=0o700)
        here = os.open(made, FOLDER)
        try:
            assemble(items, contents / tree, here)
            project.join(wanted.name, here, project.project_of(place))
            name = _give_a_place(wanted.name, here, place)
        finally:
            os.close(here)
    finally:
        os.close(place)
    return Came(name, sum(item.kind == FILE for item in items), size)


def _owned(item: Item, person: Person) -> Item:
    """Make it the student's, whoever's it was, with no rights but theirs."""
    return item._replace(uid=person.uid, gid=person.uid, mode=item.mode & 0o777)


def _open_place(settings: Settings, person: Person, parents: tuple[str, ...]) -> int:
    """Open the folder that it was in, from the home down; no link is followed."""
    descriptor = os.open(settings.storage / HOMES, FOLDER)
    for depth, part in enumerate((person.slug, *parents)):
        try:
            below = os.open(part, FOLDER, dir_fd=descriptor)
        except OSError as error:
            raise RefusedError(
                f"The folder {'/'.join(parents[:depth])} is not there any more. Take that back."
                if depth
                else f"The home can't be opened: {error.strerror}"
            ) from error
        finally:
            os.close(descriptor)
        descriptor = below
        if os.fstat(descriptor).st_uid != person.uid:
            os.close(descriptor)
            raise RefusedError("That folder is somebody else's.")
    return descriptor


def _refuse_too_much(items: list[Item], place: int, settings: Settings) -> int:
    """Tell how much comes; refuse what is too much for the home, the disk or this way."""
    size = sum(_allocated(item) for item in items)
    if size > MOST_BYTES or len(items) > MOST_FILES:
        raise RefusedError(
            f"It has {len(items):,} files and folders, {_shown(size)}; at most {MOST_FILES:,} and"
            f" {_shown(MOST_BYTES)} come back at once. {ASK_STAFF}"
        )
    # XFS tells a project's limit and use as if it were a disk.
    home = os.fstatvfs(place)
    free = home.f_bavail * home.f_frsize
    if size > free or (home.f_files and len(items) > home.f_favail):
        raise RefusedError(
            f"It needs {_shown(size)}, and your home has {_shown(free)} left. Delete what you no"
            " longer need, or take back less."
        )
    disk = os.statvfs(settings.work)
    if size > disk.f_bavail * disk.f_frsize // 2:
        raise RefusedError(f"The course's disk is nearly full. {ASK_STAFF}")
    return size


def _allocated(item: Item) -> int:
    size = item.size if item.extents is None else sum(length for _, length in item.extents)
    return -(-size // BLOCK) * BLOCK + BLOCK


def _shown(size: int) -> str:
    return f"{size / 2**20:,.1f} MB" if size < 2**30 else f"{size / 2**30:,.1f} GB"


def _give_a_place(name: str, here: int, place: int) -> str:
    """Move it to where it belongs, under the first name that is free."""
    for number in range(1, MOST_OF_A_NAME):
        free = name if number == 1 else _numbered(name, number, here)
        try:
            add(here, name, place, free)
        except OSError as error:
            if error.errno in {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR, errno.EISDIR}:
                continue
            if error.errno == errno.EXDEV:
                # XFS moves a link into no home with a quota.
                why = "A link can't come back alone. Take back the folder that it was in."
                raise RefusedError(why) from error
            raise
        return free
    raise RefusedError("It was put beside many times already. Remove some of them.")


def _numbered(name: str, number: int, here: int) -> str:
    """Put a number before a file's ending."""
    status = os.stat(name, dir_fd=here, follow_symlinks=False)
    if stat.S_ISDIR(status.st_mode):
        return f"{name} {number}"
    path = Path(name)
    return f"{path.stem} {number}{path.suffix}"
