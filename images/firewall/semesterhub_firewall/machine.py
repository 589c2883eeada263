"""What this machine itself is called on the network."""

from __future__ import annotations

import re
from pathlib import Path

# The routing trie of the machine's own namespace: PID 1 is the machine's, by `pid: host`.
ROUTES = Path("/proc/1/net/fib_trie")

_LOCAL = re.compile(r"\|-- (?P<address>[0-9.]+)\n\s+/32 host LOCAL")


def own_addresses(trie: str) -> tuple[str, ...]:
    """Find the machine's addresses in a fib_trie, without loopback.

    A machine with a public address answers its containers there: sshd, the Swarm's ports. The
    private ranges do not cover that, so these addresses are closed one by one.
    """
    found = {match["address"] for match in _LOCAL.finditer(trie)}
    return tuple(sorted(address for address in found if not address.startswith("127.")))
