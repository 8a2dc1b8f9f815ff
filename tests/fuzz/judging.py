"""The judge of the fuzz target: whatever the fast path answers, aiohttp's parser takes for the same request.

aiohttp's parser is that of a real connection, with the limits that are served with.
"""

from aiohttp import HttpVersion11
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.streams import EMPTY_PAYLOAD

from server.app import SERVER_NAME, make_server
from server.fastpath import FastPath
from server.peer import NO_PEER
from tests.server.asking import make_table
from tests.server.wire import NOW, Served

DATE = b"Sat, 21 Nov 2026 20:00:00 GMT"
FOLLOWING = b"GET /plain HTTP/1.1\r\nHost: s.test\r\n\r\n"


class Finding(AssertionError):
    """Something was answered that aiohttp would not have answered so; the message says what."""


def expect(holds: bool, what: str) -> None:
    if not holds:
        raise Finding(what)


class Judge:
    """To be made inside a running event loop. ``answered``: how many inputs the fast path has answered."""

    def __init__(self) -> None:
        self.answered = 0
        self._served = Served()
        self._served.table = make_table()
        self._responder = self._served.handler()._responder
        visits, name = self._served.book.visits(), SERVER_NAME.encode()
        self._fast = FastPath(self._responder, self._served.table, lambda: True, lambda: NOW, visits, name)
        self._fast.set_date(DATE)
        self._server = make_server(self._served.handler())
        self._parser = self._server()._parser

    def judge(self, data: bytes) -> None:
        """Raises :class:`Finding` where the fast path answers ``data`` and should not, or not so."""
        response = self._fast.respond(data, NO_PEER)
        self._served.book.taken.clear()
        if response is None:
            return
        self.answered += 1
        method, target, host = self._parsed(data)
        line, _, rest = data.partition(b"\r\n")
        expect(line == b"%s %s HTTP/1.1" % (method, target), f"another request line: {method!r} {target!r}")
        expect(response == self._wanted(method, target, host), f"another answer to {method!r} {target!r} {host!r}")
        self._parsed(FOLLOWING)  # nothing of it is left over

    def _parsed(self, data: bytes) -> tuple[bytes, bytes, bytes]:
        """Method, target and Host as aiohttp reads them."""
        try:
            messages, upgraded, tail = self._parser.feed_data(data)
        except HttpProcessingError as error:
            raise Finding(f"aiohttp refuses it: {error.message}") from error
        expect(len(messages) == 1, f"{len(messages)} messages")
        expect(not upgraded and tail == b"", f"upgraded, or left over: {tail!r}")
        ((message, payload),) = messages
        self._parser.message_consumed()
        expect(message.version == HttpVersion11, f"version {message.version}")
        expect(not message.should_close, "aiohttp would close")
        expect(not message.chunked and not message.upgrade and payload is EMPTY_PAYLOAD, "it has a body, or upgrades")
        expect("Expect" not in message.headers, "it expects something")
        (host,) = message.headers.getall("Host", ("",)) or ("",)
        return message.method.encode(), message.path.encode("utf-8", "surrogateescape"), _bytes(host)

    def _wanted(self, method: bytes, target: bytes, host: bytes) -> bytes:
        """The response that aiohttp's handler would have given."""
        answer = self._responder.answer(self._served.table, method, target, host, NOW)
        fields = b"".join(b"%s: %s\r\n" % field for field in answer.headers)
        tail = b"Server: %s\r\nDate: %s\r\n\r\n" % (SERVER_NAME.encode(), DATE)
        return b"HTTP/1.1 %d %s\r\n" % (answer.status, _PHRASES[answer.status]) + fields + tail + answer.body


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


_PHRASES = {
    200: b"OK",
    301: b"Moved Permanently",
    302: b"Found",
    307: b"Temporary Redirect",
    308: b"Permanent Redirect",
    400: b"Bad Request",
    404: b"Not Found",
    410: b"Gone",
}
