import pytest

from server.tickets import Tickets, cookies, name_of

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
NOW = 1_800_000_000_500
MARK = b"456789+/abc"


def test_a_ticket_is_good_for_its_time() -> None:
    tickets = Tickets(KEY, 600)
    ticket = tickets.make(7, MARK, NOW)
    assert tickets.is_good(ticket, 7, MARK, NOW)
    assert tickets.is_good(ticket, 7, MARK, NOW + 599_000)
    assert not tickets.is_good(ticket, 7, MARK, NOW + 600_000)


def test_a_ticket_is_good_for_one_link_one_password_and_one_installation() -> None:
    tickets = Tickets(KEY, 600)
    ticket = tickets.make(7, MARK, NOW)
    assert not tickets.is_good(ticket, 8, MARK, NOW)
    assert not tickets.is_good(ticket, 7, b"456789+/abd", NOW)
    assert not Tickets(OTHER_KEY, 600).is_good(ticket, 7, MARK, NOW)


@pytest.mark.parametrize("at", range(75))
def test_no_byte_of_it_can_be_changed(at: int) -> None:
    tickets = Tickets(KEY, 600)
    ticket = tickets.make(7, MARK, NOW)
    assert len(ticket) == 75
    changed = ticket[:at] + bytes([ticket[at] ^ 1]) + ticket[at + 1 :]
    assert not tickets.is_good(changed, 7, MARK, NOW)


@pytest.mark.parametrize("ticket", [b"", b".", b"1900000000", b"1900000000.", b"9" * 5_000 + b".x", b"\xff.\xff"])
def test_nonsense_is_none(ticket: bytes) -> None:
    assert not Tickets(KEY, 600).is_good(ticket, 7, MARK, NOW)


def test_cookies_are_found_by_their_whole_name() -> None:
    values = (b"a=1; fp_7=x; fp_71=y", b'fp_7="q"', b"xfp_7=z;fp_7=", b"fp_7")
    assert cookies(values, name_of(7)) == [b"x", b'"q"', b"", b""]
    assert name_of(255) == b"fp_ff"
