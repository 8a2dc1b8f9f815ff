import asyncio
import json
import time
from collections.abc import AsyncGenerator

import pytest

from admin import live as room
from admin.live import Live, event_of
from admin.live_source import Batch, Place, Seen, place_of
from admin.stats_links import Named
from clicks.classes import Kind, Via
from clicks.segment import Name
from links.errors import LinkError
from tests.admin.counting import Visit, classified

SEGMENT = Name(1, 2, 3)
NAMED = {
    1: Named(1, "uuid 1", "one"),
    2: Named(1, "uuid 2", "two"),
    3: Named(2, "uuid 3", "three"),
    4: Named(1, "uuid 4", "quiet", False),
}
COUNTED = frozenset({Kind.PERSON, Kind.TOOL})


def seen(offset, link=1, **fields):
    return Seen(
        Place(SEGMENT, offset), 1_774_103_400_500_000_000, link, classified(Visit(link, "2026-03-21", **fields))
    )


class FakeSource:
    """``coming``: what is seen at the next look; ``kept``: what there is after any place."""

    def __init__(self) -> None:
        self.coming: list[Batch] = []
        self.kept: Batch = Batch([], missed=True)
        self.begun: list[object] = []
        self.closed = 0

    def begin(self) -> None:
        self.begun.append(None)

    def begin_after(self, place, pause):
        self.begun.append(place)
        return self.kept

    def more(self) -> Batch:
        return self.coming.pop(0) if self.coming else Batch([], missed=False)

    def close(self) -> None:
        self.closed += 1


class FakeIndex:
    async def named(self, ids):
        return {one: NAMED[one] for one in ids if one in NAMED}


@pytest.fixture
async def live(monkeypatch):
    monkeypatch.setattr(room, "LOOK_S", 0.001)
    source = FakeSource()
    made = Live(lambda: source, FakeIndex(), time.monotonic)
    made.source = source
    yield made
    await made.close()


def listen(live, *, ids=None, workspace=1, kinds=COUNTED, vias=None, last_id="") -> AsyncGenerator[bytes, None]:
    return live.listen(live.wanted(workspace, ids, kinds, vias), last_id)


async def opened(stream):
    """``stream``, which is listening."""
    assert await anext(stream) == b": visits\n\n"
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    return waiting


def shown(event: bytes):
    """(id, short code) of a visit; the name of another event."""
    lines = dict(line.split(": ", 1) for line in event.decode().strip().split("\n"))
    data = json.loads(lines["data"])
    return (lines["id"], data["short_code"]) if lines["event"] == "visit" else lines["event"]


async def test_all_listeners_share_one_reader_and_see_what_they_asked_for(live):
    streams = [
        listen(live),
        listen(live, ids=[2]),
        listen(live, workspace=2),
        listen(live, kinds=frozenset(Kind)),
        listen(live, vias=frozenset({Via.QR})),
    ]
    waiting = [await opened(stream) for stream in streams]
    live.source.coming.append(
        Batch(
            [
                seen(4, 4),
                seen(8, kind=Kind.BOT),
                seen(16),
                seen(24, 2),
                seen(32, 3),
                seen(40, 1, via=Via.QR),
                seen(48, 9),
            ],
            False,
        )
    )
    got = [shown(await one) for one in waiting]
    assert got == [
        ("1-2-3:16", "one"),
        ("1-2-3:24", "two"),
        ("1-2-3:32", "three"),
        ("1-2-3:8", "one"),
        ("1-2-3:40", "one"),
    ]
    assert live.source.begun == [None]
    for stream in streams:
        await stream.aclose()


async def test_a_listener_goes_on_where_he_was(live):
    first = listen(live)
    waiting = await opened(first)
    live.source.coming.append(Batch([seen(8), seen(16), seen(24)], False))
    assert shown(await waiting) == ("1-2-3:8", "one")
    again = listen(live, last_id="1-2-3:8")
    assert await anext(again) == b": visits\n\n"
    assert [shown(await anext(again)), shown(await anext(again))] == [("1-2-3:16", "one"), ("1-2-3:24", "one")]
    await first.aclose()
    await again.aclose()


async def test_after_a_restart_the_journal_is_read_from_there(live):
    live.source.kept = Batch([seen(16)], missed=False)
    stream = listen(live, last_id="1-2-3:8")
    assert shown(await (await opened(stream))) == ("1-2-3:16", "one")
    assert live.source.begun == [Place(SEGMENT, 8)]
    await stream.aclose()


@pytest.mark.parametrize("last_id", ["x", "1-2-3", "1-2-3:x", "1-2-3:99"])
async def test_a_place_that_is_unknown_is_told(live, last_id):
    stream = listen(live, last_id=last_id)
    assert shown(await (await opened(stream))) == "missed"
    await stream.aclose()


async def test_who_does_not_read_is_told_what_he_missed(live, monkeypatch):
    monkeypatch.setattr(room, "MOST_WAITING", 2)
    stream = listen(live)
    waiting = await opened(stream)
    live.source.coming.append(Batch([seen(8 * n) for n in range(1, 6)], False))
    got = [shown(await waiting), shown(await anext(stream))]
    assert got == [("1-2-3:8", "one"), ("1-2-3:16", "one")]
    live.source.coming.append(Batch([seen(80)], False))
    assert [shown(await anext(stream)), shown(await anext(stream))] == ["missed", ("1-2-3:80", "one")]
    await stream.aclose()


async def test_silence_is_broken_by_comments(live, monkeypatch):
    monkeypatch.setattr(room, "HEARTBEAT_S", 0.01)
    stream = listen(live)
    assert await (await opened(stream)) == b": still here\n\n"
    await stream.aclose()


async def test_listeners_are_bounded(live, monkeypatch):
    monkeypatch.setattr(room, "MOST_LISTENERS", 1)
    stream = listen(live)
    waiting = await opened(stream)
    with pytest.raises(LinkError):
        listen(live)
    waiting.cancel()
    await asyncio.wait({waiting})
    await stream.aclose()
    assert listen(live)


async def test_reading_ends_when_nobody_listens(live, monkeypatch):
    monkeypatch.setattr(room, "LINGER_S", 0.0)
    stream = listen(live)
    waiting = await opened(stream)
    waiting.cancel()
    await asyncio.wait({waiting})
    await stream.aclose()
    async with asyncio.timeout(10):
        while not live.source.closed:
            await asyncio.sleep(0.001)
    assert live.source.closed == 1


async def test_an_end_ends_every_stream(live):
    stream = listen(live)
    waiting = await opened(stream)
    await live.close()
    with pytest.raises(StopAsyncIteration):
        await waiting


async def test_a_reader_that_fails_ends_the_streams(live, caplog):
    live.source.more = lambda: 1 / 0
    stream = listen(live)
    with pytest.raises(StopAsyncIteration):
        await (await opened(stream))
    assert "live visits cannot be read" in caplog.text


def test_an_event_has_no_address_and_little_of_who_wants_no_tracking():
    visit = seen(8, rule=1, variant=2)
    told = json.loads(event_of(visit, NAMED[1]).partition(b"data: ")[2])
    assert "address" not in told
    assert (told["time"], told["country"], told["rule_index"], told["variant_index"]) == (
        "2026-03-21T14:30:00.500Z",
        "DE",
        0,
        1,
    )
    quiet = visit._replace(visit=visit.visit._replace(facts=visit.visit.facts._replace(is_quiet=True)))
    told = json.loads(event_of(quiet, NAMED[1]).partition(b"data: ")[2])
    assert list(told) == ["time", "link_id", "short_code", "outcome", "via", "kind"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("1-2-3:48", Place(SEGMENT, 48)),
        ("1-2-3:", None),
        ("1-2:3", None),
        ("1-2-3:٣", None),
        ("1-2-3:-1", None),
        ("1-2-3:" + "9" * 40, None),
        ("", None),
    ],
)
def test_places(text, place):
    assert place_of(text) == place
