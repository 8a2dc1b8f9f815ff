"""How many are begun in a turn of the event loop, and that connections on the slow road come in by turns."""

import asyncio
from collections.abc import Callable

import pytest

from server.app import make_server
from server.fastpath import FastPath
from server.protocol import FastConnections
from server.slow import RedirectServer
from server.turns import EACH, Turns
from tests.server.roads import NEXT, Wire, statuses, turn
from tests.server.wire import NOW, Served

SLOW = b"GET /absent HTTP/1.1\r\nHost: s.test\r\nContent-Length: 0\r\n\r\n"
MANY = 5 * EACH


class Loop:
    """An event loop that turns when the test wants it."""

    def __init__(self) -> None:
        self._ready: list[Callable[[], None]] = []

    def call_soon(self, call: Callable[[], None]) -> None:
        self._ready.append(call)

    def turn(self) -> None:
        ready, self._ready = self._ready, []
        for call in ready:
            call()


def test_as_many_as_may_are_begun_in_each_turn_in_order() -> None:
    loop, begun = Loop(), []
    turns = Turns(loop.call_soon, 2)

    def arrive(number: int) -> None:
        if turns.enter():
            begun.append(number)
        else:
            turns.wait(lambda: begun.append(number))

    for number in range(5):
        arrive(number)
    assert (begun, len(turns)) == ([0, 1], 3)
    loop.turn()
    assert (begun, len(turns)) == ([0, 1, 2, 3], 1)
    arrive(5)  # those who waited have had this turn
    loop.turn()
    assert (begun, len(turns)) == ([0, 1, 2, 3, 4, 5], 0)
    assert not turns.enter()
    loop.turn()
    assert turns.enter()


def test_whoever_comes_again_while_it_begins_waits_for_the_next_turn() -> None:
    loop, begun = Loop(), []
    turns = Turns(loop.call_soon, 1)

    def again() -> None:
        begun.append(1)
        if len(begun) < 3:
            turns.wait(again)

    turns.wait(again)
    for number in range(1, 4):
        loop.turn()
        assert len(begun) == number


def road(name: str) -> FastConnections | RedirectServer:
    served = Served()
    handler = served.handler()
    fast = FastPath(handler._responder, served.table, lambda: True, lambda: NOW, served.book.visits(), b"s")
    slow = make_server(handler, fast.respond)
    return FastConnections(fast.respond, slow) if name == "fast" else slow


def turns_of(factory: FastConnections | RedirectServer) -> Turns:
    return factory.slow.turns if isinstance(factory, FastConnections) else factory.turns


@pytest.fixture(params=["fast", "slow"])
async def factory(request: pytest.FixtureRequest) -> FastConnections | RedirectServer:
    return road(request.param)


async def test_many_at_once_come_in_by_turns_and_all_are_answered(factory: FastConnections | RedirectServer) -> None:
    wires = [Wire(factory) for _ in range(MANY)]
    for wire in wires:
        wire.feed(SLOW)
    assert len(turns_of(factory)) == MANY - EACH
    assert [wire.is_reading() for wire in wires].count(False) == MANY - EACH
    await turn(turns_of(factory))
    assert [statuses(bytes(wire.received)) for wire in wires] == [(404,)] * MANY
    assert all(wire.is_reading() for wire in wires)


async def test_what_comes_behind_stays_behind(factory: FastConnections | RedirectServer) -> None:
    wires = [Wire(factory) for _ in range(MANY)]
    for wire in wires:
        wire.feed(SLOW[:20])
    for wire in wires:
        wire.resume_reading()  # as aiohttp may, for reasons of its own
        wire.feed(SLOW[20:] + NEXT)
        wire.feed(SLOW)
    await turn(turns_of(factory))
    assert [statuses(bytes(wire.received)) for wire in wires] == [(404, 404, 404)] * MANY


async def test_who_ends_his_half_is_answered_first(factory: FastConnections | RedirectServer) -> None:
    wires = [Wire(factory) for _ in range(MANY)]
    for wire in wires:
        wire.feed(SLOW)
        wire.feed_eof()
    await turn(turns_of(factory))
    assert [(statuses(bytes(wire.received)), wire.closed) for wire in wires] == [((404,), True)] * MANY


async def test_who_goes_meanwhile_is_forgotten(factory: FastConnections | RedirectServer) -> None:
    wires = [Wire(factory) for _ in range(MANY)]
    for wire in wires:
        wire.feed(SLOW)
    for wire in wires[EACH:]:
        wire.abort()
    await turn(turns_of(factory))
    assert [statuses(bytes(wire.received)) for wire in wires[EACH:]] == [()] * (MANY - EACH)
    assert len(turns_of(factory)) == 0


async def test_who_waits_for_a_turn_is_not_idle_and_is_answered_before_the_end(
    factory: FastConnections | RedirectServer,
) -> None:
    wires = [Wire(factory) for _ in range(MANY)]
    await turn()
    for wire in wires:
        wire.feed(SLOW)
    waiting = [wire.get_protocol() for wire in wires[EACH:]]
    assert not any(protocol.close_idle() for protocol in waiting)  # type: ignore[attr-defined]
    if isinstance(factory, FastConnections):
        await asyncio.wait_for(factory.drain(5), 10)
        await asyncio.wait_for(factory.slow.drain(5), 10)
    else:
        await asyncio.wait_for(factory.drain(5), 10)
    await turn()
    assert [statuses(bytes(wire.received)) for wire in wires] == [(404,)] * MANY
