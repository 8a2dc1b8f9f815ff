"""A worker with links that ask for a password, over aiohttp, against an admin that says what the test wants."""

import asyncio
from base64 import b64encode
from typing import Any

from links.checking import Outcome, Question, Verdict
from links.slug import slug_path
from server.app import RedirectHandler
from server.entry import pack
from server.passwords import Gate
from server.pauses import Pauses
from server.peer import Networks, peer_bytes
from server.tickets import Tickets
from tests.server.wire import NOW, Reply, Served

MARK = b"456789+/abc"
HOST = b"Host: s.test\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
THERE = "https://e.com/there"
RIGHT = Verdict(Outcome.RIGHT, mark=MARK)
WRONG = Verdict(Outcome.WRONG)
WAIT = Verdict(Outcome.WAIT, seconds=7)
BUSY = Verdict(Outcome.BUSY)
LOOPBACK = peer_bytes(("127.0.0.1", 0))


class Locked(Served):
    """Links ``lock`` (1), ``other`` (2, a 308), an emoji (3), and ``plain``."""

    def __init__(self) -> None:
        super().__init__()
        self.questions: list[Question] = []
        self.verdict: Verdict | None = WRONG
        self.tickets = Tickets(b"k" * 32, 600)
        self.pauses = Pauses(lambda: 0.0, lambda: 0.5)
        self.pauses.end()
        trusted = Networks(("127.0.0.0/8",))
        self.gate = Gate(self.check, self.tickets, trusted, lambda: NOW, self.pauses, is_https=False)
        self.put("lock", 1)
        self.put("other", 2, status=308, cache_seconds=600)
        self.put("😀", 3, forward_query=True)
        self.table.put(b"", b"plain", pack(9, b"https://e.com/plain"))

    def put(self, slug: str, link: int, **settings: Any) -> None:
        settings = {"password": MARK} | settings
        self.table.put(b"", slug_path(slug), pack(link, THERE.encode(), **settings))

    def handler(self) -> RedirectHandler:
        handler = super().handler()
        handler._gate = self.gate
        return handler

    async def check(self, question: Question) -> Verdict | None:
        self.questions.append(question)
        await asyncio.sleep(0)
        return self.verdict

    async def get(self, path: bytes, fields: bytes = b"", method: bytes = b"GET") -> Reply:
        (reply,) = await self.ask(method + b" " + path + b" HTTP/1.1\r\n" + HOST + fields + b"\r\n")
        return reply

    async def post(self, path: bytes, form: bytes, fields: bytes = FORM) -> Reply:
        length = b"Content-Length: %d\r\n" % len(form)
        (reply,) = await self.ask(b"POST " + path + b" HTTP/1.1\r\n" + HOST + fields + length + b"\r\n" + form)
        return reply

    def kinds(self) -> list[int]:
        return [visit.kind for visit in self.book.taken]


def cookie(locked: Locked, link: int = 1, mark: bytes = MARK) -> bytes:
    return b"Cookie: a=b; fp_%x=%s\r\n" % (link, locked.tickets.make(link, mark, NOW))


def header(password: bytes) -> bytes:
    return b"X-Link-Password: " + password + b"\r\n"


def basic(text: bytes) -> bytes:
    return b"Authorization: Basic " + b64encode(text) + b"\r\n"
