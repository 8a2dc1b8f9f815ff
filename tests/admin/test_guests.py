import pytest

from admin.errors import Failure, Problem
from admin.guests import HOUR_S, MOST_ADDRESSES, NO_GUESTS, Guests, address_of


class Hours:
    """Guests of 2 an hour, and their clock."""

    def __init__(self) -> None:
        self.now = 100.0
        self.guests = Guests(2, lambda: self.now)

    def admits(self, address: str = "192.0.2.1") -> int | None:
        """``None``, or the seconds after which to come again."""
        try:
            self.guests.admit(address)
        except Problem as problem:
            assert problem.failure is Failure.TOO_MANY
            return problem.retry_after
        return None


def test_an_hour_has_so_many():
    hours = Hours()
    assert [hours.admits(), hours.admits(), hours.admits(), hours.admits("192.0.2.2")] == [None, None, 3600, None]
    hours.now += HOUR_S - 0.5
    assert hours.admits() == 1
    hours.now += 0.5
    assert [hours.admits(), hours.admits(), hours.admits()] == [None, None, 3600]


def test_nothing_is_remembered_after_its_hour():
    hours = Hours()
    for number in range(50):
        hours.admits(str(number))
    hours.now += HOUR_S
    hours.admits("last")
    assert list(hours.guests._seen) == ["last"]


def test_no_number_of_addresses_fills_the_memory():
    hours = Hours()
    for number in range(MOST_ADDRESSES + 10):
        hours.admits(str(number))
    assert len(hours.guests._seen) == MOST_ADDRESSES
    hours.admits(str(MOST_ADDRESSES))
    assert hours.admits(str(MOST_ADDRESSES)) == 3600


def test_without_a_number_nobody_is_welcome():
    assert not NO_GUESTS.are_welcome
    assert Guests(1, lambda: 0.0).are_welcome
    with pytest.raises(Problem):
        NO_GUESTS.admit("192.0.2.1")


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("::ffff:192.0.2.1", [], "192.0.2.1"),
        ("2001:db8:1:2:3::4", [], "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", [], "2001:db8:1:2::/64"),
        # Anybody can send the field; a proxy on this machine is believed.
        ("192.0.2.1", ["198.51.100.7"], "192.0.2.1"),
        ("127.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("::1", ["198.51.100.7"], "198.51.100.7"),
        ("::ffff:127.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", ["203.0.113.1, 198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", ["203.0.113.1", "198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", ["198.51.100.7:4711"], "198.51.100.7"),
        ("127.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::/64"),
        ("127.0.0.1", ["2001:db8::1%eth0"], "2001:db8::/64"),
        ("127.0.0.1", ["unknown"], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.7, "], "127.0.0.1"),
        ("127.0.0.1", [""], "127.0.0.1"),
        ("", ["198.51.100.7"], ""),
    ],
)
def test_whom_a_request_counts_for(peer, forwarded, address):
    assert address_of(peer, forwarded) == address
