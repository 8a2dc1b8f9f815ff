"""Images of QR codes on the short-link port, over aiohttp, against an admin that says what the test wants."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from links.imaging import Found, Picture, Wanted
from links.slug import slug_path
from server import images
from server.answer import Responder
from server.app import RedirectHandler, make_server
from server.domains import DomainSettings
from server.entry import pack, pack_page
from server.images import Images
from server.pauses import Pauses
from server.settings import ServerSettings
from tests.server.wire import NOW, Reply, Served

HOST = b"Host: s.test\r\n"
THERE = b"https://e.com/there"
ETAG, OTHER = "a" * 32, "b" * 32
SVG = b"<svg/>"


class Pictured(Served):
    """Links ``abc`` (1), an emoji (2), ``a/b.c`` (3), and on the domain ``other.test`` an ``abc`` (9)."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Wanted] = []
        self.picture: Picture | None = Picture(Found.IMAGE, ETAG, SVG)
        self.gate: asyncio.Event | None = None
        self.now = 100.0
        self.settings = ServerSettings(base_url="http://s.test")
        for number, slug in enumerate(("abc", "😀", "a/b.c"), 1):
            self.put(slug, number)
        self.table.set_domain(b"other.test", DomainSettings(None, "", "", False, "allow"))
        self.table.put(b"other.test", b"abc", pack(9, THERE))

    def put(self, slug: str, number: int, **settings: Any) -> None:
        self.table.put(b"", slug_path(slug), pack(number, THERE, **settings))

    def handler(self) -> RedirectHandler:
        responder = Responder(self.settings, "http://api.test:8081")
        pauses = Pauses(lambda: 0.0, lambda: 0.5)
        pauses.end()
        self.images = Images(
            self.ask_admin, self.table, responder, self.feed.moved, lambda: NOW, lambda: self.now, pauses
        )
        visits = self.book.visits()
        return RedirectHandler(
            responder, self.table, self.feed, lambda: NOW, visits, lambda: self.health(), images=self.images
        )

    async def ask_admin(self, wanted: Wanted) -> Picture | None:
        self.asked.append(wanted)
        if self.gate is not None:
            await self.gate.wait()
        await asyncio.sleep(0)
        return self.picture

    async def get(self, path: str, fields: bytes = b"", method: str = "GET", host: bytes = HOST) -> Reply:
        (reply,) = await self.ask(f"{method} {path} HTTP/1.1\r\n".encode() + host + fields + b"\r\n")
        return reply


@pytest.fixture
async def pictured() -> AsyncIterator[Pictured]:
    pictured = Pictured()
    server = await asyncio.get_running_loop().create_server(make_server(pictured.handler()), "127.0.0.1", 0)
    pictured.port = server.sockets[0].getsockname()[1]
    yield pictured
    await pictured.close()
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/qr/abc.svg", Wanted(1, "svg")),
        ("/qr/abc.png", Wanted(1, "png")),
        ("/qr/abc.svg?x=1", Wanted(1, "svg")),
        ("/qr/%F0%9F%98%80.svg", Wanted(2, "svg")),
        ("/qr/a/b.c.png", Wanted(3, "png")),
        ("http://s.test/qr/abc.svg", Wanted(1, "svg")),
    ],
)
async def test_the_image_of_a_link(pictured: Pictured, path: str, wanted: Wanted) -> None:
    reply = await pictured.get(path)
    assert (reply.status, reply.body, pictured.asked) == (200, SVG, [wanted])
    assert reply["Content-Type"] == {"svg": "image/svg+xml", "png": "image/png"}[wanted.format]
    assert reply["ETag"] == f'"{ETAG}"'
    assert reply["Cache-Control"] == "public, max-age=300"
    assert reply["X-Content-Type-Options"] == "nosniff"
    policy = reply["Content-Security-Policy"]
    assert policy is None if wanted.format == "png" else "default-src 'none'" in str(policy)
    assert pictured.book.taken == []  # nobody has followed anything


async def test_head_says_what_get_would(pictured: Pictured) -> None:
    reply = await pictured.get("/qr/abc.svg", method="HEAD")
    assert (reply.status, reply["Content-Length"], reply["ETag"], reply.body) == (200, "6", f'"{ETAG}"', b"")


@pytest.mark.parametrize(
    "path",
    [
        "/qr/none.svg",
        "/qr/abc",
        "/qr/abc.gif",
        "/qr/abc.SVG",
        "/qr/.svg",
        "/qr/",
        "/qr",
        "/qr//abc.svg",
        "/QR/abc.svg",
        "/%71r/abc.svg",
        "/qr/%00.svg",
        "/qr/../abc.svg",
        "/x/qr/abc.svg",
    ],
)
async def test_what_is_no_image_is_not_found_and_nobody_is_asked(pictured: Pictured, path: str) -> None:
    assert (await pictured.get(path)).status == 404
    assert pictured.asked == []


async def test_a_query_that_looks_like_an_image_is_none(pictured: Pictured) -> None:
    assert (await pictured.get("/abc?/qr/abc.svg")).status == 301


@pytest.mark.parametrize(
    "settings",
    [{"enabled": False}, {"expires_ms": NOW}, {"until_ms": NOW - 1}],
)
async def test_only_links_that_are_live_have_one(pictured: Pictured, settings: dict[str, Any]) -> None:
    pictured.put("abc", 1, **settings)
    assert (await pictured.get("/qr/abc.svg")).status == 404
    assert pictured.asked == []


async def test_a_bio_page_has_none(pictured: Pictured) -> None:
    pictured.table.put(b"", b"abc", pack_page(1))
    assert (await pictured.get("/qr/abc.svg")).status == 404
    assert pictured.asked == []


@pytest.mark.parametrize(
    "settings", [{"expires_ms": NOW + 1}, {"until_ms": NOW + 1}, {"password": b"456789+/abc"}, {"status": 308}]
)
async def test_a_link_with_settings_has_one(pictured: Pictured, settings: dict[str, Any]) -> None:
    pictured.put("abc", 1, **settings)
    assert (await pictured.get("/qr/abc.svg")).status == 200


async def test_a_new_link_is_seen_at_once(pictured: Pictured) -> None:
    pictured.feed.pending = {b"new": pack(7, THERE)}
    assert (await pictured.get("/qr/new.svg")).status == 200
    assert pictured.asked == [Wanted(7, "svg")]


@pytest.mark.parametrize(
    ("host", "number"), [(b"Host: other.test\r\n", 9), (b"Host: OTHER.test:8080\r\n", 9), (b"Host: x.test\r\n", 1)]
)
async def test_the_host_chooses(pictured: Pictured, host: bytes, number: int) -> None:
    await pictured.get("/qr/abc.svg", host=host)
    assert [wanted.link for wanted in pictured.asked] == [number]


async def test_an_unknown_host_has_none_where_hosts_are_strict(pictured: Pictured) -> None:
    pictured.images._responder.strict_hosts = True
    assert (await pictured.get("/qr/abc.svg", host=b"Host: x.test\r\n")).status == 404
    assert (await pictured.get("/qr/abc.svg")).status == 200
    assert (await pictured.get("/qr/abc.svg", host=b"Host: other.test\r\n")).status == 200


async def test_case_counts_where_it_does(pictured: Pictured) -> None:
    assert (await pictured.get("/qr/ABC.svg")).status == 404
    pictured.table.set_domain(b"other.test", DomainSettings(None, "", "", True, "allow"))
    assert (await pictured.get("/qr/ABC.svg", host=b"Host: other.test\r\n")).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_other_methods_are_not_allowed(pictured: Pictured, method: str) -> None:
    reply = await pictured.get("/qr/abc.svg", method=method)
    assert (reply.status, reply["Allow"], pictured.asked) == (405, "GET, HEAD", [])


@pytest.mark.parametrize("picture", [None, Picture(Found.BUSY)])
async def test_without_an_answer_there_is_none(pictured: Pictured, picture: Picture | None) -> None:
    pictured.picture = picture
    reply = await pictured.get("/qr/abc.svg")
    assert (reply.status, reply["Retry-After"], reply["Cache-Control"]) == (503, "5", "no-store")


async def test_what_cannot_be_drawn_is_not_found(pictured: Pictured) -> None:
    pictured.picture = Picture(Found.NONE)
    assert (await pictured.get("/qr/abc.svg")).status == 404


async def test_who_has_the_image_is_told_so(pictured: Pictured) -> None:
    fields = f'If-None-Match: "x", W/"{ETAG}"\r\n'.encode()
    pictured.picture = Picture(Found.SAME)
    (reply,) = [await head_only(pictured, "/qr/abc.svg", fields)]
    assert (reply.status, reply["ETag"], reply["Cache-Control"]) == (304, f'"{ETAG}"', "public, max-age=300")
    assert pictured.asked == [Wanted(1, "svg", ETAG)]


async def head_only(pictured: Pictured, path: str, fields: bytes) -> Reply:
    """A response without a body, and without a length."""
    client = await pictured.connect()
    client.send(f"GET {path} HTTP/1.1\r\n".encode() + HOST + b"Connection: close\r\n" + fields + b"\r\n")
    head, _, body = (await client.rest()).partition(b"\r\n\r\n")
    assert body == b""
    return Reply(head, body)


async def test_an_image_is_kept_for_a_while_and_then_asked_for_by_its_etag(pictured: Pictured) -> None:
    for _ in range(3):
        await pictured.get("/qr/abc.svg")
    assert pictured.asked == [Wanted(1, "svg")]
    assert (await head_only(pictured, "/qr/abc.svg", f'If-None-Match: "{ETAG}"\r\n'.encode())).status == 304
    pictured.now += images.FRESH_S
    pictured.picture = Picture(Found.SAME)
    assert (await pictured.get("/qr/abc.svg")).body == SVG
    assert pictured.asked[1:] == [Wanted(1, "svg", ETAG)]
    pictured.now += images.FRESH_S
    pictured.picture = Picture(Found.IMAGE, OTHER, b"<svg></svg>")
    assert (await pictured.get("/qr/abc.svg")).body == b"<svg></svg>"
    assert (await pictured.get("/qr/abc.svg"))["ETag"] == f'"{OTHER}"'


async def test_only_so_many_bytes_are_kept(pictured: Pictured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MOST_KEPT_BYTES", 2 * len(SVG))
    for path in ("/qr/abc.svg", "/qr/abc.png", "/qr/%F0%9F%98%80.svg", "/qr/abc.png", "/qr/abc.svg"):
        await pictured.get(path)
    assert [(wanted.link, wanted.format) for wanted in pictured.asked] == [
        (1, "svg"),
        (1, "png"),
        (2, "svg"),
        (1, "svg"),
    ]
    monkeypatch.setattr(images, "MOST_IMAGE_BYTES", 1)
    pictured.now += images.FRESH_S
    pictured.asked.clear()
    await pictured.get("/qr/abc.png")
    await pictured.get("/qr/abc.png")
    assert len(pictured.asked) == 2


async def test_those_who_want_the_same_at_once_make_one_question(pictured: Pictured) -> None:
    pictured.gate = asyncio.Event()
    asking = [asyncio.ensure_future(pictured.get("/qr/abc.svg")) for _ in range(20)]
    while not pictured.asked:
        await asyncio.sleep(0.001)
    pictured.gate.set()
    assert {reply.status for reply in await asyncio.gather(*asking)} == {200}
    assert len(pictured.asked) == 1


async def test_a_flood_of_different_ones_is_turned_away(pictured: Pictured) -> None:
    pictured.gate = asyncio.Event()
    for number in range(images.MOST_ASKED + 3):
        pictured.put(f"flood{number}", 100 + number)
    held = [asyncio.ensure_future(pictured.get(f"/qr/flood{number}.svg")) for number in range(images.MOST_ASKED)]
    while len(pictured.asked) < images.MOST_ASKED:
        await asyncio.sleep(0.001)
    for number in range(images.MOST_ASKED, images.MOST_ASKED + 3):
        reply = await pictured.get(f"/qr/flood{number}.svg")
        assert (reply.status, reply["Retry-After"]) == (503, "5")
    assert (await pictured.get("/abc")).status == 301
    pictured.gate.set()
    assert {reply.status for reply in await asyncio.gather(*held)} == {200}
    assert len(pictured.asked) == images.MOST_ASKED


async def test_without_images_the_path_stays_reserved() -> None:
    served = Served()
    served.table.put(b"", b"abc", pack(1, THERE))
    server = await asyncio.get_running_loop().create_server(make_server(served.handler()), "127.0.0.1", 0)
    served.port = server.sockets[0].getsockname()[1]
    (reply,) = await served.ask(b"GET /qr/abc.svg HTTP/1.1\r\n" + HOST + b"\r\n")
    assert reply.status == 404
    await served.close()
    server.close()
    await server.wait_closed()
