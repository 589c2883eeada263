"""A course's storage tree with all that makes files hard to back up, and how to compare two."""

import hashlib
import os
import sqlite3
import stat
import struct
from contextlib import closing
from pathlib import Path

# Owner and group may all, others nothing.
DEFAULT_ACL = struct.pack("<I" + "HHI" * 3, 2, 1, 7, 2**32 - 1, 4, 7, 2**32 - 1, 32, 0, 2**32 - 1)
STUDENTS = {"ada": ("ada", 20000), "Grace H": ("grace-h-1", 20001)}


def make_course(storage: Path) -> None:
    """Make the tree as NfsExport and the services leave it."""
    for name in ("homes", "groups", "exchange", "shared", "hub", "uids", "run", "backup"):
        (storage / name).mkdir(parents=True)
    (storage / "homes").chmod(0o711)
    with closing(sqlite3.connect(storage / "uids" / "uids.sqlite")) as table:
        table.execute("CREATE TABLE people (username TEXT PRIMARY KEY, slug TEXT, uid INTEGER)")
        for name, (slug, uid) in STUDENTS.items():
            table.execute("INSERT INTO people VALUES (?, ?, ?)", (name, slug, uid))
        table.commit()
    with closing(sqlite3.connect(storage / "hub" / "jupyterhub.sqlite")) as hub:
        hub.execute("PRAGMA journal_mode=WAL")
        hub.execute("CREATE TABLE t (x)")
        hub.execute("INSERT INTO t VALUES ('first')")
        hub.commit()
    for path in (storage / "hub", storage / "hub" / "jupyterhub.sqlite"):
        os.chown(path, 10990, 10990)
    for slug, uid in STUDENTS.values():
        make_home(storage / "homes" / slug, uid)
    course = storage / "exchange" / "ds101"
    course.mkdir()
    (course / "hand-in").write_text("mine")
    os.chown(course, 0, 19999)
    os.chown(course / "hand-in", 20000, 19999)
    course.chmod(0o2770)

    make_group(storage / "groups" / "project-1", 19000)


def make_group(folder: Path, gid: int) -> None:
    """Make a group's folder as the homes service does, and what a member may leave in it."""
    folder.mkdir()
    os.setxattr(folder, "system.posix_acl_default", DEFAULT_ACL)
    (folder / "deep").mkdir()
    (folder / "deep" / "report").write_text("of both")
    (folder / "runs").write_text("#!/bin/sh")
    (folder / "link").symlink_to("../../homes/ada/nobody-may")
    os.mkfifo(folder / "pipe")
    for path in folder.rglob("*"):
        os.chown(path, 20000, gid, follow_symlinks=False)
    (folder / "runs").chmod(0o2775)
    os.chown(folder, 0, gid)
    folder.chmod(0o2770)


def make_home(home: Path, uid: int) -> None:
    """Make a home with one of everything."""
    (home / "work" / "empty").mkdir(parents=True)
    (home / "work" / "grüße ☺.txt").write_text("ü")
    (home / "work" / "random").write_bytes(os.urandom(300_000))
    Path(os.fsdecode(os.fsencode(home) + b"/work/bad\xff\nname")).write_text("x")
    (home / "nobody-may").write_text("private")
    os.link(home / "work" / "random", home / "second-name")
    (home / "link").symlink_to("../../hub")
    os.mkfifo(home / "pipe")
    with (home / "sparse").open("wb") as file:
        file.truncate(20_000_000)
        file.seek(10_000_000)
        file.write(b"hello")
    os.setxattr(home / "work" / "random", "user.note", b"hi")
    for path in [home, *home.rglob("*")]:
        os.chown(path, uid, uid, follow_symlinks=False)
    home.chmod(0o700)
    (home / "nobody-may").chmod(0)
    (home / "work" / "random").chmod(0o4751)
    (home / "work" / "empty").chmod(0o2770)
    os.utime(home / "work" / "random", ns=(1, 1234567890123456789))
    os.utime(home / "nobody-may", ns=(1, -5_000_000_000))
    os.utime(home / "work", ns=(1, 1134567890123456789))
    os.utime(home / "link", ns=(1, 1034567890123456789), follow_symlinks=False)


def inventory(top: Path) -> dict[str, tuple[object, ...]]:
    """Everything about all files below a folder, and the folder, that a restore must bring back."""
    found: dict[str, tuple[object, ...]] = {}
    first: dict[int, str] = {}
    for path in sorted([top, *top.rglob("*")]):
        status = path.lstat()
        name = ascii(str(path.relative_to(top)))
        content: object = None
        if stat.S_ISDIR(status.st_mode):
            content = tuple((key, os.getxattr(path, key)) for key in os.listxattr(path))
        if stat.S_ISLNK(status.st_mode):
            content = path.readlink()
        elif stat.S_ISREG(status.st_mode):
            content = (
                hashlib.sha256(path.read_bytes()).hexdigest(),
                first.setdefault(status.st_ino, name),
                status.st_blocks * 512 < status.st_size,
                tuple((key, os.getxattr(path, key)) for key in os.listxattr(path)),
            )
        owner = (status.st_uid, status.st_gid, oct(status.st_mode))
        found[name] = (*owner, status.st_mtime_ns, content)
    return found
