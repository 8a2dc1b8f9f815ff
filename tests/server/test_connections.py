"""How many connections there may be, and which have had their time: no sockets, and a clock that is set."""

import logging

import pytest

from server.connections import EVICTED_AT_ONCE, PAUSED_SECONDS, SPARED_SECONDS, TELL_SECONDS, Connections
from server.peer import NO_PEER, peer_bytes
from server.settings import ServerSettings

V4, OTHER_V4, LOOPBACK = (peer_bytes((host, 1)) for host in ("192.0.2.7", "192.0.2.8", "127.0.0.1"))
V6, SAME_V6, OTHER_V6 = (peer_bytes((host, 1)) for host in ("2001:db8::1", "2001:db8::2", "2001:db8:1::1"))


class One:
    """A connection and its transport, which note what is done to them."""

    def __init__(self, all_: Connections, peer: bytes = V4) -> None:
        self.peer = peer
        self.seen = all_.now
        self.done: list[str] = []
        self.is_busy = False
        self._all = all_
        all_.admit(self, self)

    def write(self, data: bytes) -> None:
        self.done.append(data.split(b"\r\n")[0].decode())

    def close(self) -> None:
        self.done.append("close")

    def close_idle(self) -> bool:
        if not self.is_busy:
            self.close()
        return not self.is_busy

    def abort(self) -> None:
        self.done.append("abort")

    def time_out(self) -> None:
        self.done.append("time out")


def make(**settings: object) -> Connections:
    connections = Connections(ServerSettings(**settings))  # type: ignore[arg-type]
    connections.sweep(1_000.0)
    return connections


REFUSED_429 = ["HTTP/1.1 429 Too Many Requests", "close"]
REFUSED_503 = ["HTTP/1.1 503 Service Unavailable", "close"]


# Time


def test_idle_ones_are_closed_and_then_have_a_while_to_read_the_rest() -> None:
    all_ = make(keepalive_seconds=75)
    idle, busy, asks = One(all_), One(all_), One(all_)
    busy.is_busy = True
    all_.sweep(1_075.0)
    asks.seen = all_.now
    assert (idle.done, len(all_.open)) == ([], 3)
    all_.sweep(1_076.0)
    assert (idle.done, busy.done, asks.done) == (["close"], [], [])
    assert all_.open == {busy, asks}
    all_.sweep(1_076.0 + PAUSED_SECONDS)
    assert idle.done == ["close"]
    all_.sweep(1_077.0 + PAUSED_SECONDS)
    assert idle.done == ["close", "abort"]
    all_.lost(idle)
    assert idle not in all_.stuck


def test_who_does_not_read_is_dropped_however_often_it_asked_before() -> None:
    all_ = make()
    one = One(all_)
    all_.stuck[one] = all_.now
    one.seen = 2_000.0
    all_.sweep(1_000.0 + PAUSED_SECONDS)
    assert one.done == []
    all_.sweep(1_001.0 + PAUSED_SECONDS)
    assert one.done == ["abort"]


def test_heads_have_their_own_time() -> None:
    all_ = make(head_seconds=10)
    early, late = One(all_), One(all_)
    all_.heads[early] = 1_000.0
    all_.heads[late] = 1_001.0
    early.seen = late.seen = 1_010.0  # bytes that drip give no more time
    all_.sweep(1_010.0)
    assert (early.done, late.done) == ([], [])
    all_.sweep(1_011.0)
    assert (early.done, late.done) == (["time out"], [])


# How many


def test_one_too_many_is_refused_where_all_have_just_asked() -> None:
    all_ = make(max_connections=3)
    some = [One(all_) for _ in range(3)]
    all_.sweep(1_000.0 + SPARED_SECONDS)
    assert One(all_).done == REFUSED_503
    assert [one.done for one in some] == [[], [], []]
    all_.lost(some[0])
    assert One(all_).done == []
    assert One(all_).done == REFUSED_503


def test_room_is_made_by_closing_the_longest_idle() -> None:
    all_ = make(max_connections=3)
    first, second, third = One(all_), One(all_), One(all_)
    first.seen, second.seen = 1_002.0, 1_001.0
    all_.sweep(1_008.0)
    third.is_busy = True
    assert One(all_).done == []
    assert (first.done, second.done, third.done) == ([], ["close"], [])
    assert One(all_).done == []
    assert first.done == ["close"]
    assert One(all_).done == REFUSED_503


def test_of_many_idle_ones_all_can_make_room() -> None:
    count = 2 * EVICTED_AT_ONCE + 10
    all_ = make(max_connections=count)
    some = [One(all_) for _ in range(count)]
    all_.sweep(1_010.0)
    assert all(One(all_).done == [] for _ in range(count))
    assert all(one.done == ["close"] for one in some)
    assert One(all_).done == REFUSED_503


def test_who_asks_while_he_is_on_the_list_stays() -> None:
    all_ = make(max_connections=2)
    idle, asks = One(all_), One(all_)
    asks.seen = 1_001.0
    all_.sweep(1_010.0)
    One(all_)
    assert idle.done == ["close"]
    asks.seen = all_.now
    assert One(all_).done == REFUSED_503
    assert asks.done == []


def test_a_look_that_found_nobody_is_not_repeated_before_the_clock_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    all_ = make(max_connections=2)
    busy = [One(all_), One(all_)]
    for one in busy:
        one.is_busy = True
    all_.sweep(1_010.0)
    looks: list[int] = []
    monkeypatch.setattr("server.connections.nsmallest", lambda count, *_, **__: looks.append(count) or list(busy))
    assert [One(all_).done for _ in range(5)] == [REFUSED_503] * 5
    assert len(looks) == 1
    all_.sweep(1_011.0)
    assert One(all_).done == REFUSED_503
    assert len(looks) == 2


# Of one address


def test_connections_of_an_address_are_counted() -> None:
    all_ = make(max_connections_per_address=2)
    some = [One(all_, V4) for _ in range(3)]
    assert [one.done for one in some] == [[], [], REFUSED_429]
    all_.lost(some[2])  # it never counted
    assert One(all_, V4).done == REFUSED_429
    assert One(all_, OTHER_V4).done == []
    all_.lost(some[0])
    assert One(all_, V4).done == []


def test_an_ipv6_network_counts_as_one() -> None:
    all_ = make(max_connections_per_address=1)
    assert [One(all_, peer).done for peer in (V6, SAME_V6, OTHER_V6)] == [[], REFUSED_429, []]


@pytest.mark.parametrize("peer", [LOOPBACK, NO_PEER])
def test_proxies_and_those_without_an_address_are_not_counted(peer: bytes) -> None:
    all_ = make(max_connections_per_address=1)
    assert [One(all_, peer).done for _ in range(3)] == [[]] * 3
    assert [One(make(), V4).done for _ in range(3)] == [[]] * 3


def test_without_trusted_proxies_everybody_is_counted() -> None:
    all_ = make(max_connections_per_address=1, trusted_proxies=())
    assert [One(all_, LOOPBACK).done for _ in range(2)] == [[], REFUSED_429]


def test_counting_keeps_nothing_of_those_who_are_gone() -> None:
    all_ = make(max_connections_per_address=1, max_connections=2)
    one, other = One(all_, V4), One(all_, OTHER_V4)
    assert One(all_, V6).done == REFUSED_503
    assert len(all_._by_address) == 2
    for member in (one, other):
        all_.lost(member)
        all_.lost(member)
    assert (len(all_._by_address), len(all_.open)) == (0, 0)


def test_a_closing_one_counts_until_it_is_gone() -> None:
    all_ = make(max_connections_per_address=1)
    one = One(all_, V4)
    all_.sweep(2_000.0)
    assert one.done == ["close"]
    assert One(all_, V4).done == REFUSED_429
    all_.lost(one)
    assert One(all_, V4).done == []


def test_who_is_handed_over_stays_counted() -> None:
    all_ = make(max_connections_per_address=1)
    old = One(all_, V4)
    new = One(make(), V4)
    all_.replace(old, new)
    assert (all_.open, One(all_, V4).done) == ({new}, REFUSED_429)
    all_.lost(new)
    assert One(all_, V4).done == []


def test_refusals_are_told_once_in_a_while(caplog: pytest.LogCaptureFixture) -> None:
    all_ = make(max_connections=1, max_connections_per_address=1)
    with caplog.at_level(logging.WARNING):
        for peer in (V4, OTHER_V4, OTHER_V4, V4):
            One(all_, peer)
        all_.sweep(1_001.0)
        One(all_, OTHER_V4)
        all_.sweep(1_002.0)
        assert sorted(caplog.messages) == [
            "server.max_connections is reached: 2 connections refused",
            "server.max_connections_per_address is reached: 1 connections refused",
        ]
        all_.sweep(1_001.0 + TELL_SECONDS)
    assert len(caplog.messages) == 3
