"""The brakes, against a clock that only moves when it is told to."""

import pytest

from admin import attempts as module
from admin.attempts import BURST, FREE, MOST_DELAY_S, Attempts

LINK = 1
V4 = bytes(10) + b"\xff\xff" + bytes([192, 0, 2, 7])


def v4(number: int) -> bytes:
    return bytes(10) + b"\xff\xff" + number.to_bytes(4, "big")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def attempts(clock: Clock) -> Attempts:
    return Attempts(clock)


def spend(attempts: Attempts, address: bytes = V4, link: int = LINK, count: int = FREE) -> None:
    for _ in range(count):
        assert attempts.begin(link, address) == 0


def test_five_are_free_and_then_each_costs_twice_the_wait(attempts: Attempts, clock: Clock) -> None:
    spend(attempts)
    for delay in (1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300):
        assert attempts.begin(LINK, V4) == delay
        clock.now += delay - 0.5
        assert attempts.begin(LINK, V4) == 1
        clock.now += 0.5
        assert attempts.begin(LINK, V4) == 0
    assert MOST_DELAY_S == 300


def test_waiting_in_vain_does_not_make_it_longer(attempts: Attempts, clock: Clock) -> None:
    spend(attempts)
    for _ in range(100):
        assert attempts.begin(LINK, V4) == 1
    clock.now += 1
    assert attempts.begin(LINK, V4) == 0


def test_an_hour_later_everything_is_forgotten(attempts: Attempts, clock: Clock) -> None:
    spend(attempts)
    clock.now += 3_600
    spend(attempts)
    assert attempts.begin(LINK, V4) == 1


def test_the_right_password_ends_it(attempts: Attempts) -> None:
    spend(attempts)
    attempts.right(LINK, V4)
    spend(attempts)
    assert attempts.begin(LINK, V4) == 1


def test_what_was_not_looked_at_does_not_count(attempts: Attempts) -> None:
    for _ in range(200):
        assert attempts.begin(LINK, V4) == 0
        attempts.not_made(LINK, V4)
    attempts.not_made(2, V4)  # forgotten meanwhile


def test_addresses_and_links_are_apart(attempts: Attempts) -> None:
    spend(attempts)
    spend(attempts, v4(9))
    spend(attempts, link=2)
    assert attempts.begin(LINK, V4) == 1


def test_an_ipv6_network_is_one_address(attempts: Attempts) -> None:
    network, other = bytes.fromhex("20010db800000001"), bytes.fromhex("20010db800000002")
    for number in range(FREE):
        assert attempts.begin(LINK, network + number.to_bytes(8, "big")) == 0
    assert attempts.begin(LINK, network + b"\xff" * 8) == 1
    assert attempts.begin(LINK, other + bytes(8)) == 0


def test_thousands_of_addresses_get_no_further_than_thirty_a_minute(attempts: Attempts, clock: Clock) -> None:
    tried = sum(attempts.begin(LINK, v4(number)) == 0 for number in range(1_000))
    assert tried == BURST
    assert attempts.begin(LINK, v4(5_000)) == 2
    assert attempts.begin(2, v4(5_000)) == 0  # another link is not concerned
    for minute in range(1, 4):
        clock.now += 60
        assert sum(attempts.begin(LINK, v4(minute * 10_000 + number)) == 0 for number in range(1_000)) == 30


def test_who_was_kept_away_by_others_has_not_tried(attempts: Attempts, clock: Clock) -> None:
    for number in range(BURST):
        attempts.begin(LINK, v4(number))
    for _ in range(100):
        assert attempts.begin(LINK, V4) == 2
    clock.now += 10
    spend(attempts)


def test_visitors_who_know_the_password_never_wait(attempts: Attempts) -> None:
    for number in range(10 * BURST):
        assert attempts.begin(LINK, v4(number)) == 0
        attempts.right(LINK, v4(number))


def test_memory_is_bounded_and_the_longest_unused_go(attempts: Attempts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 100)
    for number in range(1_000):
        attempts.begin(number, V4)
    assert (len(attempts._tries), len(attempts._buckets)) == (100, 100)
    assert list(attempts._buckets) == list(range(900, 1_000))
