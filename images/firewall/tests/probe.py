"""Runs inside the test's containers: listens on ports, answers DNS, or tries addresses.

`probe.py listen PORT…`; `probe.py connect ADDRESS PORT …` prints how each try ended, as JSON;
`probe.py resolve NAME…` prints addresses.
"""

from __future__ import annotations

import errno
import json
import selectors
import signal
import socket
import struct
import sys
import time
from collections import Counter
from pathlib import Path

TIMEOUT = 2.0
DNS_ANSWER = "198.51.100.77"


def dns_reply(query: bytes) -> bytes:
    """Answer every question with one A record."""
    end = query.index(b"\0", 12) + 5
    header = query[:2] + struct.pack(">HHHHH", 0x8180, 1, 1, 0, 0)
    record = struct.pack(">HHHIH", 0xC00C, 1, 1, 60, 4) + socket.inet_aton(DNS_ANSWER)
    return header + query[12:end] + record


def listen(ports: list[int]) -> None:
    """Accept on TCP ports; 53 is UDP and answers as a name server."""
    chosen = selectors.DefaultSelector()
    for port in ports:
        kind = socket.SOCK_DGRAM if port == 53 else socket.SOCK_STREAM
        one = socket.socket(socket.AF_INET, kind)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind(("", port))
        if kind == socket.SOCK_STREAM:
            one.listen(100)
        chosen.register(one, selectors.EVENT_READ)
    print("listening", flush=True)
    while True:
        for key, _ in chosen.select():
            one = key.fileobj
            assert isinstance(one, socket.socket)
            if one.type == socket.SOCK_STREAM:
                one.accept()[0].close()
            else:
                query, sender = one.recvfrom(512)
                one.sendto(dns_reply(query), sender)


def connect(address: str, port: int) -> str:
    """Say how a connection ends: "connected", an errno's name, or "timeout"."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as one:
        one.settimeout(TIMEOUT)
        try:
            one.connect((address, port))
        except TimeoutError:
            return "timeout"
        except OSError as error:
            return errno.errorcode.get(error.errno or 0, str(error))
        return "connected"


def closed_after(limit: float) -> str:
    """Ask the gate as the launcher does; say how it ended."""
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        if connect("127.0.0.1", 1) == "EHOSTUNREACH":
            return "closed"
        time.sleep(0.01)
    return "open"


def hold(address: str, port: int, number: int) -> dict[str, int]:
    """Open connections and keep them all open; say how many ended how."""
    kept, ended = [], Counter[str]()
    for _ in range(number):
        one = socket.socket()
        one.settimeout(0.3)
        try:
            one.connect((address, port))
        except TimeoutError:
            ended["timeout"] += 1
        except OSError as error:
            ended[errno.errorcode.get(error.errno or 0, str(error))] += 1
        else:
            ended["connected"] += 1
        kept.append(one)
    return ended


def flood(address: str, seconds: float) -> dict[str, int]:
    """Send to one port after the other from socket after socket; say how many were let out."""
    ended = Counter[str]()
    end = time.monotonic() + seconds
    port = 0
    while time.monotonic() < end:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            for _ in range(100):
                port = port % 60000 + 1
                try:
                    one.sendto(b"x", (address, port))
                except OSError as error:
                    ended[errno.errorcode.get(error.errno or 0, str(error))] += 1
                else:
                    ended["sent"] += 1
    return ended


def to_itself(number: int) -> dict[str, int]:
    """Make connections that stay in the container, and count what the kernel keeps of them."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        for _ in range(number):
            with socket.create_connection(server.getsockname()), server.accept()[0]:
                pass
    kept = int(Path("/proc/sys/net/netfilter/nf_conntrack_count").read_text())
    return {"connected": number, "kept": kept}


def main(verb: str, *rest: str) -> None:
    """Do what is asked."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if verb == "listen":
        listen([int(port) for port in rest])
    elif verb == "connect":
        pairs = zip(rest[::2], rest[1::2], strict=True)
        print(json.dumps([connect(address, int(port)) for address, port in pairs]))
    elif verb == "hold":
        print(json.dumps(hold(rest[0], int(rest[1]), int(rest[2]))))
    elif verb == "flood":
        print(json.dumps(flood(rest[0], float(rest[1]))))
    elif verb == "to-itself":
        print(json.dumps(to_itself(int(rest[0]))))
    elif verb == "gate":
        print(json.dumps(closed_after(float(rest[0]))))
    elif verb == "resolve":
        print(json.dumps([socket.gethostbyname(name) for name in rest]))


if __name__ == "__main__":
    main(*sys.argv[1:])
