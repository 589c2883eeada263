"""`semesterhub-sandbox`: take one job, have it executed without any rights, end.

Runs as root with NET_ADMIN, SETUID, SETGID and KILL, none of which the executing process has. In
the jobs' folder it acts as the user 10996, its owner, as root is nobody over NFS.
"""

import ctypes
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from semesterhub_sandbox import jobs, network

WORKER, GRADING = 10996, 10995
# A user of its own for each container on a machine: limits of processes are counted by user.
FIRST_USER, USERS = 11000, 8000
PROCESSES = 256
# All its files are in memory: one that is too large is an error in the code, not the end of it.
LARGEST_FILE = 256 << 20
BEAT_SECONDS = 2.0
WORK = "/tmp/work"  # noqa: S108 (the container's own, which ends with the job)
_NO_NEW_PRIVS, _DUMPABLE = 38, 4
_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def as_worker() -> Iterator[None]:
    """Act as the owner of the jobs' folder."""
    os.setegid(GRADING)
    os.seteuid(WORKER)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def _restrict() -> None:
    """Between fork and exec: no way back to any right, and limits."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (PROCESSES, PROCESSES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    if _libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError("no_new_privs")


def _end_all(user: int) -> None:
    """Kill every process of the user, however often it forks meanwhile."""
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        for _ in range(100):
            try:
                os.kill(-1, signal.SIGKILL)
            except ProcessLookupError:
                break
        os._exit(0)
    os.waitpid(child, 0)


def execute(job: jobs.Job, content: bytes, user: int) -> dict[str, object]:
    """Run a job; answers what goes into result.json."""
    command = [sys.executable, "-I", "-m", "semesterhub_sandbox.run"]
    command += [str(job.cell_seconds), str(job.output_bytes)]
    child = subprocess.Popen(  # noqa: S603 (our own command)
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        user=user,
        group=user,
        extra_groups=[],
        cwd="/tmp",  # noqa: S108
        env={"PATH": os.environ["PATH"], "HOME": WORK, "LANG": "C.UTF-8", "USER": "student"},
        preexec_fn=_restrict,  # noqa: PLW1509 (one thread)
        close_fds=True,
    )
    try:
        return _follow(job, child, content)
    finally:
        _end_all(user)
        child.wait()


def _follow(  # noqa: C901 (one loop over two pipes and a clock)
    job: jobs.Job, child: subprocess.Popen[bytes], content: bytes
) -> dict[str, object]:
    assert child.stdin is not None  # noqa: S101
    assert child.stdout is not None  # noqa: S101
    stdin, stdout = child.stdin.fileno(), child.stdout.fileno()
    os.set_blocking(stdin, False)
    # Text in JSON is up to six times as long as it was.
    most = 6 * job.output_bytes + (16 << 20)
    answer = bytearray()
    deadline = time.monotonic() + job.seconds
    beat = 0.0
    view = memoryview(content)
    while True:
        now = time.monotonic()
        if now > deadline:
            return {"status": "time", "text": f"it took longer than {job.seconds:.0f} seconds"}
        if now - beat > BEAT_SECONDS:
            beat = now
            with as_worker():
                if job.cancelled:
                    return {"status": "cancelled", "text": "cancelled"}
                job.beat()
        readable, writable, _ = select.select([stdout], [stdin] if view else [], [], 0.5)
        if writable:
            try:
                view = view[os.write(stdin, view[: 1 << 16]) :]
            except BrokenPipeError:
                view = view[:0]
            if not view:
                child.stdin.close()
        if readable:
            part = os.read(stdout, 1 << 20)
            answer += part
            if len(answer) > most:
                return {"status": "output", "text": "its result is too large"}
            if not part:
                return _result(bytes(answer))


def _result(answer: bytes) -> dict[str, object]:
    """Pass on what came: the grading service trusts none of it."""
    try:
        text = answer.decode()
        json.loads(text)
    except (ValueError, RecursionError):
        return {"status": "died", "text": "it ended without a result: too little memory, perhaps"}
    return {"status": "done", "answer": text}


def main() -> int:
    """Take one job."""
    network.cut()
    _libc.prctl(_DUMPABLE, 0, 0, 0, 0)
    user = FIRST_USER + zlib.crc32(socket.gethostname().encode()) % USERS
    with as_worker():
        if jobs.ROOT.stat().st_mode & 0o007:
            raise SystemExit(f"{jobs.ROOT} is open to all: a submission could read the others'")
        job = jobs.wait()
        name = job.folder.name
        try:
            content = job.content()
        except (OSError, ValueError) as error:
            job.finish({"status": "died", "text": f"the job can't be read: {error}"})
            return 0
    print(f"took {name}", flush=True)
    result = execute(job, content, user)
    print(f"{name}: {result['status']}", flush=True)
    with as_worker():
        try:
            job.finish(result)
        except FileNotFoundError:
            print(f"{name} is wanted no more", flush=True)
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    sys.exit(main())
