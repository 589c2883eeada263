"""The ruleset as text, its settings, and the machine's own addresses."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import pytest
from semesterhub_firewall import state
from semesterhub_firewall.machine import own_addresses
from semesterhub_firewall.rules import Policy, allowed, limit, network, replacing, ruleset

HEALTH = Path(__file__).parent.parent / "health.sh"

TRIE = """Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
           |-- 127.0.0.1
              /32 host LOCAL
           |-- 127.255.255.255
              /32 link BROADCAST
     +-- 198.51.100.0/24 2 0 2
           |-- 198.51.100.7
              /32 host LOCAL
           |-- 198.51.100.255
              /32 link BROADCAST
Local:
           |-- 198.51.100.7
              /32 host LOCAL
           |-- 172.18.0.1
              /32 host LOCAL
"""


def lines(text: str, chain: str) -> list[str]:
    """Return one chain's rules, without comments."""
    body = re.search(rf"chain {chain} {{(.*?)\n  }}", text, re.DOTALL)
    assert body
    stripped = [line.strip() for line in body[1].splitlines()]
    return [line for line in stripped if line and not line.startswith("#")]


def test_rules_are_in_an_order_that_closes() -> None:
    reject = "reject with icmpx type admin-prohibited"
    assert lines(ruleset(Policy("10.20.0.0/20")), "output") == [
        "type filter hook output priority filter; policy drop;",
        f"ip daddr 127.0.0.1 tcp dport 1 {reject}",
        'oif "lo" ip daddr != 127.0.0.11 accept',
        'oif "lo" meta nfproto ipv6 accept',
        "meta l4proto != tcp limit rate over 2000/second burst 2000 packets drop",
        "ct state established,related accept",
        "ct state invalid drop",
        "limit rate over 50/second burst 1000 packets drop",
        f"ct count over 1000 {reject}",
        'oif "lo" accept',
        f"meta nfproto ipv6 {reject}",
        f"ip daddr 10.20.0.0/20 tcp dport 8081 ct count over 32 {reject}",
        "ip daddr 10.20.0.0/20 tcp dport 8081 accept",
        "meta l4proto { tcp, udp } th dport 53 accept",
        "ip daddr { 0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 169.254.0.0/16, 172.16.0.0/12, "
        f"192.168.0.0/16, 198.18.0.0/15, 224.0.0.0/3 }} {reject}",
        "accept",
    ]
    assert lines(ruleset(Policy("10.20.0.0/20")), "input") == [
        "type filter hook input priority filter; policy drop;",
        'iif "lo" accept',
        "ct state established,related accept",
        "ip saddr 10.20.0.0/20 tcp dport 8888 accept",
    ]


def test_loading_again_replaces() -> None:
    text = replacing(ruleset(Policy("10.20.0.0/20")))
    assert text.splitlines()[:2] == ["table inet semesterhub {}", "delete table inet semesterhub"]


def test_a_course_network_that_is_not_private_is_closed_too() -> None:
    closed = next(
        line for line in lines(ruleset(Policy("192.0.2.0/24")), "output") if "{ 0." in line
    )
    assert "192.0.2.0/24" in closed


def test_exceptions_and_more_closed_networks() -> None:
    policy = Policy("10.20.0.0/20", blocked=("198.51.100.7",), allowed=(("10.1.2.3/32", 3128),))
    output = lines(ruleset(policy), "output")
    exception = output.index("ip daddr 10.1.2.3/32 tcp dport 3128 accept")
    closed = next(index for index, line in enumerate(output) if "198.51.100.7/32" in line)
    assert exception < closed


def test_allowed_is_read() -> None:
    assert allowed("10.1.2.3:3128, 10.1.4.0/24:80") == (("10.1.2.3/32", 3128), ("10.1.4.0/24", 80))
    assert allowed("") == ()


@pytest.mark.parametrize("text", ["10.1.2.3", "10.1.2.3:0", "10.1.2.3:70000", "x:1", "1.2.3.4:1 ;"])
def test_a_bad_exception_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"ALLOWED|IPv4"):
        allowed(text)


def test_limits_are_the_configurations() -> None:
    output = lines(ruleset(Policy("10.20.0.0/20", connections=10, datagrams=7)), "output")
    assert "meta l4proto != tcp limit rate over 7/second burst 7 packets drop" in output
    assert "limit rate over 1/second burst 10 packets drop" in output
    assert "ct count over 10 reject with icmpx type admin-prohibited" in output


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", "٣", "10000000"])
def test_a_bad_limit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"CONNECTIONS is .* a whole number from 1 to 1000000"):
        limit("CONNECTIONS", text, 1000)
    assert limit("CONNECTIONS", "", 1000) == 1000


@pytest.mark.parametrize("text", ["", "10.0.0.0/33", "::/0", "10.0.0.0/8 accept"])
def test_a_bad_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an IPv4 network"):
        network(text)


def test_the_machines_own_addresses() -> None:
    assert own_addresses(TRIE) == ("172.18.0.1", "198.51.100.7")


def test_health_says_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def health(now: float, *, connected: bool = True, failed: str = "") -> tuple[int, str]:
        state.write(now, connected=connected, failed={"ada": failed} if failed else {})
        text = HEALTH.read_text().replace("/run/well-until", str(state.FILE))
        done = subprocess.run(["bash", "-c", text], check=False, capture_output=True, text=True)
        return done.returncode, done.stdout.strip()

    monkeypatch.setattr("semesterhub_firewall.state.FILE", tmp_path / "well-until")
    assert health(time.time()) == (0, "ok")
    assert health(time.time() - 31) == (1, "the firewall has said nothing for half a minute")
    assert health(time.time(), connected=False) == (
        1,
        "the Docker engine does not answer the firewall",
    )
    assert health(time.time(), failed="no\nnft") == (1, "not closed: ada: no nft")
