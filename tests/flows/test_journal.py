"""Each answered redirect is in the journal once, whatever way it was asked for, and no secret ever is."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clicks.reader import Visit
from clicks.record import GONE, NOT_FOUND, REDIRECT
from tests.flows.journals import are_abandoned, everything, journal_of, link_ids, visits_of
from tests.flows.processes import state, wait_until
from tests.flows.product import Product

PEER = socket.inet_pton(socket.AF_INET6, "::ffff:127.0.0.1")
SECRET = b"s3cr3t"
SECRETS = (
    b"Cookie: id=" + SECRET + b"; b=c\r\n"
    b"AUTHORIZATION: Bearer " + SECRET + b"\r\n"
    b"proxy-authorization: Basic " + SECRET + b":x\r\n"
    b"X-Link-Password:" + SECRET + b"\r\n"
    b"X-Api-Key: \xe9" + SECRET + b"\r\n"
)
NO_SECRETS = b"Cookie:\r\nAUTHORIZATION:\r\nproxy-authorization:\r\nX-Link-Password:\r\nX-Api-Key:\r\n"
HEAD = b"Host: localhost\r\nUser-Agent: flow/1.0 (x; y)\r\n" + SECRETS + b"Accept-Language: de\r\n"
KEPT = b"\r\nHost: localhost\r\nUser-Agent: flow/1.0 (x; y)\r\n" + NO_SECRETS + b"Accept-Language: de\r\n\r\n"
CLOSE = b"Connection: close\r\n"
KEPT_CLOSE = KEPT[:-2] + CLOSE + b"\r\n"


def exchange(port: int, *pieces: bytes, answers: int = 1) -> list[int]:
    """Send the pieces, each once what came before has been taken; the statuses of so many answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            sock.sendall(piece)
        sock.shutdown(socket.SHUT_WR)
        data = b""
        while chunk := sock.recv(65536):
            data += chunk
    statuses = [int(head.split(b" ", 2)[1]) for head in data.split(b"HTTP/1.1") if head for head in [b"x" + head]]
    assert len(statuses) == answers, data
    return statuses


def request(target: bytes, method: bytes = b"GET", head: bytes = HEAD, version: bytes = b"HTTP/1.1") -> bytes:
    return b"%s %s %s\r\n%s\r\n" % (method, target, version, head)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Recorded"]:
    recorded = Recorded(tmp_path_factory.mktemp("recorded"), FINGERPOST_CLICKS__RECORD_NOT_FOUND="true")
    yield recorded
    recorded.product.kill_all()


class Recorded:
    """A product, everything that was asked of it, and its journal after its end."""

    def __init__(self, directory: Path, **environment: str) -> None:
        self.product = Product(directory, **environment)
        self.product.start()
        self.product.create("https://example.com/", custom_slug="link")
        self.product.create("https://example.com/other", custom_slug="other")
        self.product.create("https://example.com/", custom_slug="gone", expires_at="2020-01-01T00:00:00Z")
        self.ids = link_ids(self.product)
        self.answered: list[int] = []
        self.asked: list[bytes] = []
        for ways in (self._plainly, self._through_aiohttp, self._together, self._not_at_all):
            ways()
        self.running = everything(journal_of(self.product))
        assert self.product.stop() == 0
        self.stderr = self.product.stderr
        self.bytes = everything(journal_of(self.product))
        self.visits = visits_of(journal_of(self.product))

    def ask(self, *pieces: bytes, answers: int = 1) -> None:
        self.answered += exchange(self.product.port, *pieces, answers=answers)

    def _plainly(self) -> None:
        self.ask(request(b"/link"))
        self.ask(request(b"/link?way=head", b"HEAD"))
        self.ask(request(b"/link?qr=1"))
        self.ask(request(b"/link/?way=slash"))
        self.ask(request(b"/%6cink?way=escaped"))
        self.ask(request(b"/gone?way=plain"))
        self.ask(request(b"/unknown?way=plain"))

    def _through_aiohttp(self) -> None:
        self.ask(request(b"/link?way=old", version=b"HTTP/1.0"))
        self.ask(request(b"/link?way=close", head=HEAD + CLOSE))
        self.ask(request(b"/link?way=head-close", b"HEAD", HEAD + CLOSE))
        self.ask(request(b"/gone?way=close", head=HEAD + CLOSE))
        self.ask(request(b"/unknown?way=close", head=HEAD + CLOSE))
        self.ask(request(b"http://localhost/link?way=absolute"))
        whole = request(b"/link?way=halves")
        self.ask(whole[:20], whole[20:])

    def _together(self) -> None:
        three = [request(target) for target in (b"/link?way=first", b"/other?way=second", b"/gone?way=third")]
        self.ask(b"".join(three), answers=3)
        self.ask(request(b"/link?way=before"), b"".join(three[1:]), answers=3)

    def _not_at_all(self) -> None:
        self.ask(request(b"/link?way=post", b"POST", HEAD + b"Content-Length: 0\r\n"))
        self.ask(request(b"/link?way=options", b"OPTIONS"))
        for target in (b"/", b"/robots.txt", b"/favicon.ico", b"/healthz", b"/api/v1/links", b"/docs"):
            self.ask(request(target))
        self.ask(b"no HTTP at all: " + SECRET + b"\r\n\r\n")

    def of(self, kind: int) -> list[bytes]:
        return sorted(visit.request for visit in self.visits if visit.kind == kind)

    def one(self, way: bytes) -> Visit:
        (visit,) = [visit for visit in self.visits if visit.request.endswith(way)]
        return visit


def test_every_answered_redirect_is_recorded_once(recorded: Recorded) -> None:
    assert recorded.of(REDIRECT) == sorted(
        [
            b"GET /link",
            b"HEAD /link?way=head",
            b"GET /link?qr=1",
            b"GET /link/?way=slash",
            b"GET /%6cink?way=escaped",
            b"GET /link?way=old",
            b"GET /link?way=close",
            b"HEAD /link?way=head-close",
            b"GET http://localhost/link?way=absolute",
            b"GET /link?way=halves",
            b"GET /link?way=first",
            b"GET /other?way=second",
            b"GET /link?way=before",
            b"GET /other?way=second",
        ]
    )
    assert recorded.answered.count(301) == len(recorded.of(REDIRECT))


def test_what_is_gone_and_what_was_not_found(recorded: Recorded) -> None:
    assert recorded.of(GONE) == [
        b"GET /gone?way=close",
        b"GET /gone?way=plain",
        b"GET /gone?way=third",
        b"GET /gone?way=third",
    ]
    assert recorded.of(NOT_FOUND) == [b"GET /unknown?way=close", b"GET /unknown?way=plain"]
    assert recorded.answered.count(410) == 4


def test_a_visit_says_which_link_and_who(recorded: Recorded) -> None:
    for visit in recorded.visits:
        path = visit.request.replace(b"%6c", b"l").partition(b"?")[0].decode()
        link = next((recorded.ids[slug] for slug in recorded.ids if f"/{slug}" in path), 0)
        assert (visit.link_id, visit.peer, visit.rule) == (link, PEER, 0), visit


def test_the_header_section_is_kept_without_its_secrets(recorded: Recorded) -> None:
    """Whole, though not in its order: fields that differ from request to request come first."""
    for way in (b"?qr=1", b"/unknown?way=plain", b"/link?way=old", b"/link?way=first"):
        assert fields(recorded.one(way).section) == fields(KEPT), way
    for way in (b"/link?way=close", b"/gone?way=close"):
        assert fields(recorded.one(way).section) == fields(KEPT_CLOSE), way


def fields(section: bytes) -> list[bytes]:
    assert section.startswith(b"\r\n")
    assert section.endswith(b"\r\n\r\n")
    return sorted(section[2:-4].split(b"\r\n"))


def test_no_secret_is_in_any_file(recorded: Recorded) -> None:
    for data in (recorded.running, recorded.bytes):
        assert SECRET not in data
        assert data.count(b"User-Agent: flow/1.0") > 0
    assert SECRET.decode() not in recorded.stderr


def test_nobody_else_may_read_it(recorded: Recorded) -> None:
    directory = journal_of(recorded.product)
    assert directory.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in directory.iterdir()} == {0o600}


CUNNING = {
    "folded": b"Cookie: a\r\n " + SECRET + b"\r\n",
    "folded by a tab": b"Cookie: a\r\n\t" + SECRET + b"\r\n",
    "folded at once": b"Cookie:\r\n " + SECRET + b"\r\n",
    "space before the colon": b"Cookie : " + SECRET + b"\r\n",
    "a bare CR": b"Cookie: a\r" + SECRET + b"\r\n",
    "a bare LF": b"Cookie: a\n " + SECRET + b"\r\n",
    "twice": b"Cookie: a\r\ncookie: " + SECRET + b"\r\n",
    "tabs": b"Cookie:\t \t" + SECRET + b"\t\r\n",
    "no CR": b"Cookie: " + SECRET + b"\n",
    "long": b"Cookie: " + SECRET * 1_000 + b"\r\n",
    "vertical tab": b"Cookie:\x0b" + SECRET + b"\r\n",
    "in the trailer": b"Transfer-Encoding: chunked\r\n\r\n0\r\nCookie: " + SECRET + b"\r\n",
}


def test_a_secret_in_a_cunning_form(product_at: Callable[..., Product]) -> None:
    """Refused or recorded, but never with the secret."""
    product = product_at(workers=1)
    product.start()
    product.create(custom_slug="link")
    statuses = {}
    for name, fields in CUNNING.items():
        for close in (b"", CLOSE):
            with socket.create_connection(("127.0.0.1", product.port), timeout=30) as sock:
                sock.sendall(request(b"/link", head=b"Host: localhost\r\n" + close + fields))
                sock.shutdown(socket.SHUT_WR)
                statuses[name, close] = sock.recv(65536).split(b" ")[1]
    assert product.stop() == 0
    assert statuses["twice", b""] == statuses["tabs", b""] == statuses["long", b""] == b"301"
    assert SECRET not in everything(journal_of(product))
    assert len(visits_of(journal_of(product))) == list(statuses.values()).count(b"301") > 6


def test_what_was_not_found_is_not_recorded_unless_that_is_wanted(product: Product) -> None:
    product.create(custom_slug="found")
    exchange(product.port, request(b"/not-found"))
    exchange(product.port, request(b"/not-found-either", head=HEAD + CLOSE))
    exchange(product.port, request(b"/found"))
    data = everything(journal_of(product))
    assert b"GET /found" in data
    assert b"not-found" not in data


def test_switched_off_nothing_is_recorded(product_at: Callable[..., Product]) -> None:
    product = product_at(FINGERPOST_CLICKS__RECORD_VISITS="false")
    product.start()
    product.create(custom_slug="link")
    for head in (HEAD, HEAD + CLOSE):
        assert exchange(product.port, request(b"/link", head=head)) == [301]
    assert product.stop() == 0
    assert not journal_of(product).exists()


def test_everything_through_aiohttp_is_recorded_too(product_at: Callable[..., Product]) -> None:
    product = product_at(FINGERPOST_SERVER__FAST_PATH="false")
    product.start()
    product.create(custom_slug="link")
    assert exchange(product.port, request(b"/link"), request(b"/link?qr=1", b"HEAD"), answers=2) == [301, 301]
    assert product.stop() == 0
    visits = visits_of(journal_of(product))
    assert [visit.request for visit in visits] == [b"GET /link", b"HEAD /link?qr=1"]
    assert [fields(visit.section) for visit in visits] == [fields(KEPT)] * 2


def test_a_product_that_was_killed_keeps_its_visits_and_tidies_up(product_at: Callable[..., Product]) -> None:
    product = product_at()
    product.start()
    product.create(custom_slug="link")
    for n in range(20):
        assert exchange(product.port, request(b"/link?n=%d" % n)) == [301]
    before = sum(path.stat().st_size for path in journal_of(product).iterdir())
    children = product.children()
    product.kill_all()
    wait_until(lambda: not any(map(state, children)), "all have ended")
    wait_until(lambda: are_abandoned(journal_of(product)), "all threads of theirs have ended")
    assert {visit.request for visit in visits_of(journal_of(product))} == {b"GET /link?n=%d" % n for n in range(20)}
    left = set(os.listdir(journal_of(product)))
    product.start()
    wait_until(lambda: all(is_small(journal_of(product) / name) for name in left), "what was left is tidied")
    assert product.stop() == 0
    assert len(visits_of(journal_of(product))) == 20
    assert sum(path.stat().st_size for path in journal_of(product).iterdir()) < before / 100


def is_small(path: Path) -> bool:
    return not path.exists() or path.stat().st_size < 100_000
