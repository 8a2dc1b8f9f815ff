"""One link as the table holds it: a single ``bytes``, and how to make and read it.

A million of these are alive in every worker, so an entry is one immutable object: 8 bytes of head and the Location
(the plain case, nearly all links), with a block of settings between the two where the link has any.

Knows the layout and nothing else: not what the values mean, not the clock, not where entries are kept.
"""

from struct import Struct
from typing import NamedTuple

# The head is the link's id, little-endian. Its top byte is free (AUTOINCREMENT would need 7 * 10**16 links to reach
# it) and marks the layout that has settings, and in it what is no link but leads to a bio page.
HEAD_BYTES = 8
pack_head = Struct("<Q").pack
_read_head = Struct("<Q").unpack_from
_ID_BITS = 56
_ID = (1 << _ID_BITS) - 1
_WITH_SETTINGS = 1 << _ID_BITS
_IS_PAGE = 2 << _ID_BITS

# Head, status, expires, until, cache seconds, forward (-1: not set), enabled, and how long the password's mark and the
# program are, which follow. The numbers have the 64 bits that SQLite can hold: a strange value in one row must not stop
# a worker from loading a million others.
_SETTINGS = Struct("<Qqqqqb?BI")
_NONE = -(1 << 63)
_UNSET = -1


class Target(NamedTuple):
    """What an entry says of its link. Times are epoch milliseconds; ``None`` is "not set".

    ``until_ms``: the end of an old slug's grace period; after it the slug does not exist any more.
    ``location`` is what the redirect answers, byte for byte. ``password``: a mark that changes with the password that
    the link asks for; ``program``: its routing rules (``links.rules``), as JSON. Both are empty where there are none.
    ``is_page``: this is a bio page's; ``link_id`` is its id, and only ``until_ms`` says anything else.
    """

    link_id: int
    status: int | None
    location: bytes
    enabled: bool
    expires_ms: int | None
    until_ms: int | None
    cache_seconds: int | None
    forward_query: bool | None
    password: bytes = b""
    program: bytes = b""
    is_page: bool = False


def pack(
    link_id: int,
    location: bytes,
    *,
    status: int | None = None,
    enabled: bool = True,
    expires_ms: int | None = None,
    until_ms: int | None = None,
    cache_seconds: int | None = None,
    forward_query: bool | None = None,
    password: bytes = b"",
    program: bytes = b"",
) -> bytes:
    """The entry of a link. Times are epoch milliseconds; ``None`` is "not set".

    ``pack_head(link_id) + location`` is the same for a link with nothing set, where the time of a call counts.
    Raises ``ValueError`` for an id of more than 56 bits and ``struct.error`` for a number of more than 64, or a mark
    of more than 255 bytes.
    """
    if link_id >> _ID_BITS:
        raise ValueError(f"link id {link_id} has more than {_ID_BITS} bits")
    has_more = password or program or not enabled
    if not has_more and status is expires_ms is until_ms is cache_seconds is forward_query is None:
        return pack_head(link_id) + location
    settings = _SETTINGS.pack(
        link_id | _WITH_SETTINGS,
        _NONE if status is None else status,
        _NONE if expires_ms is None else expires_ms,
        _NONE if until_ms is None else until_ms,
        _NONE if cache_seconds is None else cache_seconds,
        _UNSET if forward_query is None else bool(forward_query),
        enabled,
        len(password),
        len(program),
    )
    return settings + password + program + location


def pack_page(page_id: int, until_ms: int | None = None) -> bytes:
    """The entry of a bio page's path, which answers until ``until_ms``."""
    marks = _WITH_SETTINGS | _IS_PAGE
    return _SETTINGS.pack(
        page_id | marks, _NONE, _NONE, _NONE if until_ms is None else until_ms, _NONE, _UNSET, True, 0, 0
    )


def unpack(entry: bytes) -> Target:
    """What :func:`pack` was given. ``entry`` must come from it: nothing is checked."""
    (link_id,) = _read_head(entry)
    if link_id < _WITH_SETTINGS:
        return Target(link_id, None, entry[HEAD_BYTES:], True, None, None, None, None)
    (head, status, expires_ms, until_ms, cache_seconds, forward, enabled, mark_bytes, program_bytes) = (
        _SETTINGS.unpack_from(entry)
    )
    at_program = _SETTINGS.size + mark_bytes
    at_location = at_program + program_bytes
    return Target(
        head & _ID,
        None if status == _NONE else status,
        entry[at_location:],
        enabled,
        None if expires_ms == _NONE else expires_ms,
        None if until_ms == _NONE else until_ms,
        None if cache_seconds == _NONE else cache_seconds,
        None if forward == _UNSET else bool(forward),
        entry[_SETTINGS.size : at_program],
        entry[at_program:at_location],
        bool(head & _IS_PAGE),
    )
