"""The ruleset of a student's network namespace, as text: a pure function."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

TABLE = "inet semesterhub"
RESOLVER = "127.0.0.11"

# Where nothing of the public internet lives: private ranges, carrier NAT, link-local (the cloud's
# metadata service is 169.254.169.254), "this network", benchmarks, multicast and reserved.
PRIVATE = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/3",
)

# One server's share of the machine's table of connections, which holds 262,144 by default.
# Honest work stays far below: fetching a page takes some dozens of connections.
CONNECTIONS = 1000
# UDP and ICMP; each packet costs the machine as much as it costs the student to send it.
DATAGRAMS = 2000
# A server's own connections to the hub's API are some few, kept open.
HUB_CONNECTIONS = 32

_ALLOWED = re.compile(r"^(?P<network>[0-9./]+):(?P<port>[0-9]{1,5})$")
_LAST_PORT = 65535
_LARGEST_LIMIT = 10**6


@dataclass(frozen=True)
class Policy:
    """What differs from one semester, or one machine, to another."""

    course: str
    """The course network: the hub, the proxy and the students."""
    blocked: tuple[str, ...] = ()
    """More addresses that students must not reach: this machine's own, public ones."""
    allowed: tuple[tuple[str, int], ...] = ()
    """TCP services on private addresses that students may use: a package mirror, a web proxy."""
    connections: int = CONNECTIONS
    """How many connections a server may have open at once; it may open a twentieth a second."""
    datagrams: int = DATAGRAMS
    """How many packets other than TCP's a server may send in a second."""


def network(text: str) -> str:
    """Return an IPv4 network (or address) in its usual form, or raise a readable ValueError."""
    try:
        return str(ipaddress.IPv4Network(text.strip(), strict=False))
    except ValueError as error:
        raise ValueError(f'"{text}" is not an IPv4 network, like 10.20.0.0/20') from error


def allowed(text: str) -> tuple[tuple[str, int], ...]:
    """Read ALLOWED: "10.1.2.3:3128,10.1.4.0/24:80"."""
    result = []
    for entry in filter(None, (part.strip() for part in text.split(","))):
        match = _ALLOWED.match(entry)
        if not match or not 0 < int(match["port"]) <= _LAST_PORT:
            raise ValueError(f'ALLOWED has "{entry}": write ADDRESS:PORT, like 10.1.2.3:3128')
        result.append((network(match["network"]), int(match["port"])))
    return tuple(result)


def limit(name: str, text: str, default: int) -> int:
    """Read a limit; an empty one is the default."""
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _LARGEST_LIMIT):
        raise ValueError(f'{name} is "{text}": write a whole number from 1 to {_LARGEST_LIMIT}')
    return int(text)


def _set(networks: Sequence[str]) -> str:
    """Write an nft set without overlaps, which nft would refuse."""
    collapsed = ipaddress.collapse_addresses(ipaddress.IPv4Network(one) for one in networks)
    return "{ " + ", ".join(str(one) for one in collapsed) + " }"


def ruleset(policy: Policy) -> str:
    """Write the table."""
    exceptions = "".join(
        f"    ip daddr {where} tcp dport {port} accept\n" for where, port in policy.allowed
    )
    closed = _set([*PRIVATE, policy.course, *policy.blocked])
    reject = "reject with icmpx type admin-prohibited"
    datagrams = policy.datagrams
    opened = max(1, policy.connections // 20)
    return f"""table {TABLE} {{
  # What stays in the container is no connection to keep account of; Docker's own DNS needs NAT.
  chain untracked {{
    type filter hook output priority raw; policy accept;
    oif "lo" ip saddr != {RESOLVER} ip daddr != {RESOLVER} notrack
  }}
  chain output {{
    type filter hook output priority filter; policy drop;
    # The gate: the launcher waits for this answer before it runs anything of the student's.
    ip daddr 127.0.0.1 tcp dport 1 {reject}
    oif "lo" ip daddr != {RESOLVER} accept
    oif "lo" meta nfproto ipv6 accept
    # A loop that sends: the sender is told "Operation not permitted".
    meta l4proto != tcp limit rate over {datagrams}/second burst {datagrams} packets drop
    ct state established,related accept
    ct state invalid drop
    # From here on a packet opens a connection. One that comes too fast is sent again by TCP.
    limit rate over {opened}/second burst {policy.connections} packets drop
    ct count over {policy.connections} {reject}
    # Docker's own DNS.
    oif "lo" accept
    meta nfproto ipv6 {reject}
    ip daddr {policy.course} tcp dport 8081 ct count over {HUB_CONNECTIONS} {reject}
    ip daddr {policy.course} tcp dport 8081 accept
    # Docker's DNS asks the machine's name servers from in here; these may have private addresses.
    meta l4proto {{ tcp, udp }} th dport 53 accept
{exceptions}    ip daddr {closed} {reject}
    accept
  }}
  chain input {{
    type filter hook input priority filter; policy drop;
    iif "lo" accept
    ct state established,related accept
    ip saddr {policy.course} tcp dport 8888 accept
  }}
  chain forward {{
    type filter hook forward priority filter; policy drop;
  }}
}}
"""


def replacing(rules: str) -> str:
    """Write the table so that it takes the place of an older one, in one transaction."""
    return f"table {TABLE} {{}}\ndelete table {TABLE}\n{rules}"
