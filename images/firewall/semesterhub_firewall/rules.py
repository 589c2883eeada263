"""The ruleset of a student's network namespace, as text: a pure function."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

TABLE = "inet semesterhub"

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

_ALLOWED = re.compile(r"^(?P<network>[0-9./]+):(?P<port>[0-9]{1,5})$")
_LAST_PORT = 65535


@dataclass(frozen=True)
class Policy:
    """What differs from one semester, or one machine, to another."""

    course: str
    """The course network: the hub, the proxy and the students."""
    blocked: tuple[str, ...] = ()
    """More addresses that students must not reach: this machine's own, public ones."""
    allowed: tuple[tuple[str, int], ...] = ()
    """TCP services on private addresses that students may use: a package mirror, a web proxy."""


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
    return f"""table {TABLE} {{
  chain output {{
    type filter hook output priority filter; policy drop;
    # The gate: the launcher waits for this answer before it runs anything of the student's.
    ip daddr 127.0.0.1 tcp dport 1 {reject}
    # Docker's own DNS, 127.0.0.11, is on lo too.
    oif "lo" accept
    ct state established,related accept
    ct state invalid drop
    meta nfproto ipv6 {reject}
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
