"""The Swarm service that one student's server is: a pure function of what is known about it.

Raw engine API objects, because docker-py's own types leave out pids limits and more.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from semesterhub.homes import Home
from semesterhub.settings import Settings

LOG_SIZE = "10m"
LOG_FILES = "2"
GPU_KIND = "gpu"
"""What the machines' engines offer (components/machines/ssh/daemonSettings.ts)."""
STOP_GRACE_NS = 10 * 10**9
GRADERS_GROUP = 19998
_UNSAFE = re.compile(r"[^a-z0-9-]+")
_LONGEST = 63
_DIGEST = 16
"""Digits. People choose their servers' names: with fewer they could try until two are equal."""
_SERVICE = re.compile(rf"[a-z0-9](?:[a-z0-9-]{{0,{_LONGEST - 2}}}[a-z0-9])?")


@dataclass(frozen=True)
class Server:
    """One server of one person; `name` is empty for the usual, unnamed one."""

    username: str
    staff: bool
    home: Home
    name: str = ""
    grader: bool = False


def service_name(settings: Settings, slug: str, server_name: str) -> str:
    """Name the Swarm service of a server.

    Swarm takes 63 characters, with a letter or digit at the end. A name that is too long or ends
    otherwise gets a hash, and so does one that could be another server's: people choose what their
    named servers are called.
    """
    suffix = f"--{_UNSAFE.sub('-', server_name.lower())}" if server_name else ""
    plain = f"{settings.service_prefix}-{slug}{suffix}"
    if _SERVICE.fullmatch(plain) and not server_name and "--" not in slug:
        return plain
    digest = hashlib.sha256(f"{slug}/{server_name}".encode()).hexdigest()[:_DIGEST]
    return f"{plain[: _LONGEST - _DIGEST - 1].rstrip('-')}-{digest}"


def host_name(home: Home) -> str:
    """Name the container's host: a name has no hyphen at its ends."""
    return home.slug.strip("-") or "user"


def home_in_container(home: Home) -> str:
    """Where the student finds their files."""
    return f"/home/{home.slug}"


def labels(settings: Settings, server: Server) -> dict[str, str]:
    """Label service and container, so that the firewall and the operator find them."""
    named = {"semesterhub.server": server.name} if server.name else {}
    return {
        "semesterhub.stack": settings.stack,
        "semesterhub.student": server.username,
        **named,
    }


def environment(settings: Settings, server: Server) -> dict[str, str]:
    """Give a server what it needs to know beside JupyterHub's own variables."""
    return {
        "HOME": home_in_container(server.home),
        "MEM_LIMIT": str(settings.limits.memory_bytes),
        "CPU_LIMIT": str(settings.limits.cpus),
        "SEMESTERHUB_FIREWALL": "1" if settings.firewall else "0",
        # half of a start's time, so that the server says why it ends before the hub gives up
        "SEMESTERHUB_FIREWALL_SECONDS": str(settings.spawn.timeout_seconds // 2),
        "SEMESTERHUB_INTERFACE": settings.notebook.interface,
        "SEMESTERHUB_KERNEL_IDLE_MINUTES": str(settings.cull.kernel_idle_minutes),
        "SEMESTERHUB_BUSY_MINUTES": str(settings.cull.busy_minutes),
        "SEMESTERHUB_QUOTA": "1" if server.home.limited else "0",
        "SEMESTERHUB_STAFF": "1" if server.staff else "0",
        "SEMESTERHUB_GRADER": "1" if server.grader else "0",
        # who somebody is to nbgrader: unlike a login name, no two people have the same
        "SEMESTERHUB_SLUG": server.home.slug,
        # one stack is one semester of one course: its name is the course's in the exchange
        "SEMESTERHUB_COURSE": settings.stack,
        **_gpus_seen(settings),
    }


def _gpus_seen(settings: Settings) -> dict[str, str]:
    """Let a server see the GPUs that Swarm reserves for it, and no other.

    Swarm names them in DOCKER_RESOURCE_GPU, which counts before NVIDIA_VISIBLE_DEVICES. Many images
    say `all` in the latter: a server without a reservation would have all GPUs of the machine.
    """
    if settings.limits.gpus:
        return {"NVIDIA_VISIBLE_DEVICES": "void", "NVIDIA_DRIVER_CAPABILITIES": "compute,utility"}
    return {"NVIDIA_VISIBLE_DEVICES": "void", "DOCKER_RESOURCE_GPU": "void"}


def service_spec(settings: Settings, server: Server, env: Mapping[str, str]) -> dict[str, Any]:
    """Build the arguments of docker-py's `create_service`."""
    placement = {"Placement": {"Constraints": list(settings.constraints)}}
    return {
        "name": service_name(settings, server.home.slug, server.name),
        "labels": labels(settings, server),
        "endpoint_spec": {"Mode": "dnsrr"},
        "task_template": {
            "ContainerSpec": _container(settings, server, env),
            "Resources": _resources(settings),
            # a server that its student stopped, or that died, stays down: the hub says so
            "RestartPolicy": {"Condition": "none"},
            "Networks": [{"Target": settings.course_network}],
            **(placement if settings.constraints else {}),
            "LogDriver": {
                "Name": "json-file",
                "Options": {"max-size": LOG_SIZE, "max-file": LOG_FILES},
            },
        },
    }


def _container(settings: Settings, server: Server, env: Mapping[str, str]) -> dict[str, Any]:
    home = server.home
    return {
        "Image": settings.notebook.image,
        "Labels": labels(settings, server),
        "Hostname": host_name(home),
        "Env": [f"{key}={value}" for key, value in sorted(env.items())],
        "Dir": home_in_container(home),
        "User": f"{home.uid}:{home.gid}",
        "Groups": [str(group) for group in _groups(server)],
        "Mounts": _mounts(settings, server),
        "Init": True,
        "ReadOnly": True,
        "StopGracePeriod": STOP_GRACE_NS,
        "CapabilityDrop": ["ALL"],
        # engines before 27 leave this out in silence; there dockerd --no-new-privileges does it
        "Privileges": {"NoNewPrivileges": True},
    }


def _groups(server: Server) -> list[int]:
    return [*server.home.groups, *([GRADERS_GROUP] if server.grader else [])]


def _mounts(settings: Settings, server: Server) -> list[dict[str, Any]]:
    storage = settings.storage
    return [
        _bind(server.home.path, home_in_container(server.home)),
        _bind(storage.exchange, "/srv/nbgrader/exchange"),
        _bind(storage.shared, "/srv/shared", read_only=not server.staff),
        *([_bind(storage.course, "/srv/course")] if server.grader else []),
        # not below /srv/shared: staff could put a link in the place of a folder there
        *(_bind(path, f"/srv/groups/{name}") for name, path in server.home.folders.items()),
        # counts against the memory limit; half of it, so that a full /tmp kills nobody's kernel
        _memory("/tmp", settings.limits.memory_bytes // 2),  # noqa: S108 (in their own container)
        # Processes that compute together share memory here (multiprocessing, torch). The engine's
        # own has 64 MB, and a write beyond them kills the kernel. The memory limit is enough.
        _memory("/dev/shm", settings.limits.memory_bytes),  # noqa: S108 (in their own container)
    ]


def _memory(target: str, size: int) -> dict[str, Any]:
    return {
        "Type": "tmpfs",
        "Target": target,
        "TmpfsOptions": {"SizeBytes": size, "Mode": 0o1777},
    }


def _bind(source: str, target: str, *, read_only: bool = False) -> dict[str, Any]:
    return {"Type": "bind", "Source": source, "Target": target, "ReadOnly": read_only}


def _resources(settings: Settings) -> dict[str, Any]:
    limits = settings.limits
    gpus = {"DiscreteResourceSpec": {"Kind": GPU_KIND, "Value": limits.gpus}}
    return {
        "Limits": {
            "MemoryBytes": limits.memory_bytes,
            "NanoCPUs": round(limits.cpus * 10**9),
            "Pids": limits.pids,
        },
        "Reservations": {
            "MemoryBytes": limits.memory_reserved_bytes,
            "NanoCPUs": round(limits.cpus_reserved * 10**9),
            **({"GenericResources": [gpus]} if limits.gpus else {}),
        },
    }
