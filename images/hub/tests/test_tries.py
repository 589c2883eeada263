"""How often a password may be tried."""

import pytest
from semesterhub import tries as module
from semesterhub.tries import FREE, FREE_EVERYWHERE, LONGEST_SECONDS, Tries


class Clock:
    """Time that passes when told."""

    now = 1000.0

    def __call__(self) -> float:
        """Tell it."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tries(clock: Clock) -> Tries:
    return Tries(clock)


def wrong(tries: Tries, times: int, person: str = "ada", address: str = "campus") -> list[int]:
    return [tries.begin(person, address) for _ in range(times)]


def test_each_wrong_password_makes_the_next_wait_longer(tries: Tries, clock: Clock) -> None:
    assert wrong(tries, FREE) == [0] * FREE
    waits = []
    for _ in range(12):
        waits.append(tries.begin("ada", "campus"))
        clock.now += waits[-1]
        assert tries.begin("ada", "campus") == 0
    assert waits[:4] == [2, 4, 8, 16]
    assert waits[-1] == LONGEST_SECONDS
    # a day of it: what somebody can try
    assert 24 * 3600 / LONGEST_SECONDS < 100


def test_nobody_locks_out_a_class_or_a_known_browser(tries: Tries) -> None:
    for n in range(300):
        wrong(tries, 20, f"student-{n}")
    # each of them comes in with the right password from a browser of theirs, or from elsewhere
    assert [tries.begin(f"student-{n}", "campus", "a browser") for n in range(300)] == [0] * 300
    assert [tries.begin(f"student-{n}", "home") for n in range(300)] == [0] * 300
    assert tries.begin("somebody-new", "campus") == 0


def test_right_passwords_of_a_class_behind_one_address_cost_nothing(tries: Tries) -> None:
    for n in range(300):
        assert tries.begin(f"student-{n}", "campus") == 0
        tries.right(f"student-{n}", "campus")
    assert tries.begin("student-0", "campus") == 0


def test_from_everywhere_at_once(tries: Tries, clock: Clock) -> None:
    waits = [tries.begin("ada", f"address {n}") for n in range(FREE_EVERYWHERE + 1)]
    assert waits == [0] * FREE_EVERYWHERE + [2]
    assert tries.begin("ada", "a new one", "a known browser") == 0
    # a right one in between does not take the rest back
    clock.now += 2
    assert tries.begin("ada", "home") == 0
    tries.right("ada", "home")
    assert tries.begin("ada", "another") > 0
    tries.forgive("ada")
    assert tries.begin("ada", "another") == 0


def test_it_is_forgotten(tries: Tries, clock: Clock) -> None:
    wrong(tries, 20)
    clock.now += module.FORGET_SECONDS + 1
    assert wrong(tries, FREE) == [0] * FREE


def test_memory_is_bounded(tries: Tries, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 100)
    for n in range(1000):
        tries.begin("ada", f"address {n}")
    assert len(tries._counts) == 100
