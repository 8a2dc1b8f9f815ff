"""The body of a request, from the wire to a JSON object: its type, its size, its grammar. Knows nothing of models."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple

import orjson
from aiohttp import ClientError, HttpVersion11, web

from admin.errors import Failure, Problem, refused

_BAD_BODY = "body"
_CHUNK = 1 << 16


class Upload(NamedTuple):
    """A body that is a file. ``size``: in bytes, where it is told beforehand. ``chunks`` raises :class:`Problem` for a
    body that breaks off."""

    size: int | None
    chunks: AsyncIterator[bytes]


def is_json(content_type: str) -> bool:
    """Whether a ``Content-Type`` says JSON: ``application/json`` or ``application/*+json`` (RFC 6839 §3.1), with or
    without parameters."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def parse_object(raw: bytes) -> dict[str, Any]:
    """The JSON object that ``raw`` is. Raises :class:`Problem` that says where it stops being one, never what it
    holds. Nesting is bounded by orjson (1,024)."""
    if not raw:
        raise refused(_BAD_BODY, "is empty, it must be a JSON object")
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise refused(_BAD_BODY, f"is not valid JSON: {error.msg} ({where})") from None
    if not isinstance(value, dict):
        raise refused(_BAD_BODY, "must be a JSON object")
    return value


async def read_object(request: web.Request, max_bytes: int) -> dict[str, Any]:
    """The JSON object in the body of ``request``.

    Raises :class:`Problem`: ``MEDIA_TYPE``, ``TOO_LARGE`` beyond ``max_bytes`` (by ``Content-Length`` before
    anything is read, else while reading), ``VALIDATION``. ``ConnectionError`` where the client went away.
    """
    if request.can_read_body and not is_json(request.headers.get("Content-Type", "")):
        raise Problem(Failure.MEDIA_TYPE)
    if (request.content_length or 0) > max_bytes:
        raise _too_large(max_bytes)
    await _continue(request)
    return parse_object(await _read(request, max_bytes))


async def expect_nothing(request: web.Request) -> None:
    """aiohttp's hook for ``Expect``: the 100 is sent only once the body is wanted, see :func:`read_object`.

    RFC 9110 §10.1.1: a server may leave it out where it answers at once; then a refused body never travels.
    """


async def _continue(request: web.Request) -> None:
    expects = request.headers.get("Expect", "").lower() == "100-continue"
    if expects and request.version >= HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # as aiohttp does: the answer itself has not begun


async def _read(request: web.Request, max_bytes: int) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise _too_large(max_bytes) from None
    except (web.RequestPayloadError, ClientError):
        raise refused(_BAD_BODY, "is broken: its transfer or content encoding does not decode") from None


def upload_of(request: web.Request) -> Upload:
    """The body of ``request`` as it comes; nothing of it has been read."""
    return Upload(request.content_length, _chunks(request))


async def _chunks(request: web.Request) -> AsyncIterator[bytes]:
    await _continue(request)
    try:
        async for chunk in request.content.iter_chunked(_CHUNK):
            yield chunk
    except (web.RequestPayloadError, ClientError, ConnectionError):
        raise refused(_BAD_BODY, "broke off, or its transfer encoding does not decode") from None


def _too_large(max_bytes: int) -> Problem:
    return Problem(Failure.TOO_LARGE, f"The request body is larger than {max_bytes} bytes.")


def single_values(query: Mapping[str, str]) -> dict[str, str]:
    """The parameters of a query string. Raises :class:`Problem` for one that is given twice: which one counts would
    be a guess."""
    values: dict[str, str] = {}
    for name, value in query.items():
        if name in values:
            raise refused(name, "is given more than once")
        values[name] = value
    return values
