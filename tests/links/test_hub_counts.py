"""What the hub keeps of the counts that workers tell it."""

from links.counts import ANSWERS, Counts, line_of
from tests.links.hubs import FIRST, Running
from tests.links.storing import until


def counts(first: int, proxy: str = "") -> Counts:
    return Counts((first,) + (0,) * (len(ANSWERS) - 1), 1, 2, 3, 4, proxy)


def line(first: int, proxy: str = "") -> bytes:
    return line_of(counts(first, proxy)).rstrip(b"\n")


async def test_the_last_word_of_each_worker_is_kept(running: Running) -> None:
    one, other = await running.worker(FIRST, 10), await running.worker(FIRST + 1, 9)
    one.say(line(5))
    one.say(line(6))
    other.say(line(7))
    await until(lambda: len(running.hub.counts) == 2 and running.hub.counts[FIRST] == counts(6))
    assert running.hub.counts == {FIRST: counts(6), FIRST + 1: counts(7)}
    assert running.hub.watermarks == {FIRST: 10, FIRST + 1: 9}


async def test_counts_stay_when_a_worker_ends_and_begin_anew_with_its_successor(running: Running) -> None:
    peer = await running.worker(FIRST, 10)
    peer.say(line(5, "172.18.0.2"))
    await until(lambda: running.hub.warnings != [])
    assert running.hub.warnings == ["all visitors look like 172.18.0.2; add it to server.trusted_proxies"]
    peer.end()
    await until(lambda: running.hub.watermarks == {})
    assert running.hub.counts == {FIRST: counts(5, "172.18.0.2")}
    assert running.hub.warnings == []
    successor = await running.worker(FIRST, 10)
    successor.say(line(0))
    await until(lambda: running.hub.counts == {FIRST: counts(0)})


async def test_counts_of_nobody_and_nonsense_drop_the_connection(running: Running) -> None:
    stranger = await running.connect()
    stranger.say(line(5))
    assert await stranger.hear() == b""
    peer = await running.worker(FIRST, 10)
    peer.say(b"COUNTS 1 2 3")
    assert await peer.hear() == b""
    assert running.hub.counts == {}
