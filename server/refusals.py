"""What is answered to those who get no further than their bytes: one short text each, then the connection is closed.

Pure: the time is passed in.
"""

SERVER_NAME = "fingerpost"
"""The Server header: no version, and no word of what it is built on."""

RETRY_SECONDS = 10
"""What Retry-After says (RFC 9110 section 10.2.3): after so long, connections that do not read or do not end their
head have been closed."""

BAD_REQUEST = 400
TIMEOUT = 408
TARGET_TOO_LONG = 414
TOO_MANY = 429
HEAD_TOO_LARGE = 431
BUSY = 503

REASONS = {
    BAD_REQUEST: "Bad Request",
    TIMEOUT: "Request Timeout",
    TARGET_TOO_LONG: "URI Too Long",
    TOO_MANY: "Too Many Requests",
    HEAD_TOO_LARGE: "Request Header Fields Too Large",
    BUSY: "Service Unavailable",
}
"""Reason phrases as in RFC 9110 section 15 and RFC 6585. Not those of ``http``, which differ between Pythons."""

_COME_BACK = frozenset({TOO_MANY, BUSY})


def body_of(status: int) -> bytes:
    """The text of a refusal."""
    return f"{status} {REASONS[status]}\n".encode()


def fields_of(status: int) -> dict[str, str]:
    """The header fields of a refusal, but for Date, Connection and Content-Length."""
    fields = {"Content-Type": "text/plain", "Cache-Control": "no-store", "Server": SERVER_NAME}
    return {"Retry-After": str(RETRY_SECONDS)} | fields if status in _COME_BACK else fields


class Refusals:
    """Whole responses by status, made beforehand. :meth:`set_date` is to be called each second."""

    def __init__(self) -> None:
        self.set_date(b"Thu, 01 Jan 1970 00:00:00 GMT")

    def set_date(self, date: bytes) -> None:
        """``date``: the current time as an IMF-fixdate (RFC 9110 section 5.6.7)."""
        self._made = {status: _made(status, date) for status in REASONS}

    def __getitem__(self, status: int) -> bytes:
        return self._made[status]


def _made(status: int, date: bytes) -> bytes:
    body = body_of(status)
    lines = [f"HTTP/1.1 {status} {REASONS[status]}", *map(": ".join, fields_of(status).items())]
    head = "\r\n".join(lines).encode() + b"\r\nContent-Length: %d\r\nDate: %s\r\nConnection: close" % (len(body), date)
    return head + b"\r\n\r\n" + body
