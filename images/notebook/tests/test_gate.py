"""The gate opens on the firewall's answer only."""

import errno
import socket
from collections.abc import Iterator

import pytest
from semesterhub_notebook import gate


class Clock:
    """Time that passes by pausing."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now

    def pause(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def wait(answers: Iterator[int], patience: float = 60.0) -> float:
    clock = Clock()
    return gate.wait_until_closed(patience, lambda: next(answers), clock, clock.pause)


def forever(answer: int) -> Iterator[int]:
    while True:
        yield answer


def test_a_closed_network_opens_the_gate_at_once() -> None:
    assert wait(iter([errno.EHOSTUNREACH])) == 0


def test_an_open_network_is_waited_for() -> None:
    answers = [errno.ECONNREFUSED, errno.ECONNREFUSED, errno.ETIMEDOUT, errno.EHOSTUNREACH]
    assert wait(iter(answers)) == pytest.approx(3 * gate.PAUSE_SECONDS)


@pytest.mark.parametrize("answer", [0, errno.ECONNREFUSED, errno.ETIMEDOUT])
def test_an_open_network_is_given_up_on(answer: int) -> None:
    with pytest.raises(gate.GateError, match="firewall container"):
        wait(forever(answer), patience=5.0)


def test_a_real_knock_at_a_port_without_a_listener_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = free.getsockname()
    monkeypatch.setattr(gate, "ADDRESS", address)
    assert gate.probe() == errno.ECONNREFUSED


def test_a_real_knock_at_a_listener_is_not_a_closed_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setattr(gate, "ADDRESS", listener.getsockname())
        assert gate.probe() == 0
