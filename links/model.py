"""The vocabulary: a link as it is stored, a link that is asked for, a change that is asked for.

Times are epoch milliseconds (int), UTC.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

DEFAULT_WORKSPACE = 1
"""The workspace that is there from the start; keys belong to it unless they are made for another."""

NOBODY = 0
"""The number in the place of a workspace for what somebody without a key has made."""


LinkRef = str | int
"""What names a link: its UUID, or its number."""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One stored link.

    ``id`` is never reused and names the link in journals and in the Divsly API; ``uuid`` names it in the XQR API.
    ``workspace``: the number of its owner; 0 for a link that somebody without a key made.
    ``domain`` is ``""`` for the default domain, else an ASCII host. ``slug`` is NFC text, not percent-encoded.
    ``destination`` is what the client sent; ``location`` is what the redirect answers: WHATWG-serialised,
    header-safe ASCII, UTM parameters applied.
    ``status``, ``cache_seconds``, ``forward_query``: ``None`` means the server's setting.
    ``rules`` are routing rules as they were sent, ``program`` what workers make of them (``links.rules``), as JSON
    text. ``password`` is an argon2id hash in its encoded form (RFC 9106), ``None`` where none is asked for.
    ``utm`` maps source, medium, campaign, term, content, id to values; ``extras`` is what one API stores and echoes.
    ``track``: whether its visits are counted.
    ``edits`` counts the edits since creation. ``rev`` is the change number of the last change.
    """

    id: int
    uuid: str
    workspace: int
    domain: str
    slug: str
    destination: str
    location: str
    status: int | None
    cache_seconds: int | None
    forward_query: bool | None
    enabled: bool
    labels: tuple[str, ...]
    title: str
    rules: list[Any]
    program: str | None
    password: str | None
    utm: dict[str, str]
    extras: dict[str, Any]
    track: bool = True
    expires_at: int | None
    edits: int
    rev: int
    created_at: int
    updated_at: int


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A link that is asked for.

    ``slug=None`` means "generate one", of ``slug_length`` characters out of ``slug_alphabet`` where given, else as the
    settings say. ``password`` is a hash already.
    """

    destination: str
    workspace: int = DEFAULT_WORKSPACE
    slug: str | None = None
    domain: str = ""
    slug_alphabet: str | None = None
    slug_length: int | None = None
    status: int | None = None
    cache_seconds: int | None = None
    forward_query: bool | None = None
    enabled: bool = True
    labels: tuple[str, ...] = ()
    title: str = ""
    rules: tuple[Any, ...] = ()
    password: str | None = None
    utm: dict[str, str] = {}
    extras: dict[str, Any] = {}
    track: bool = True
    expires_at: int | None = None


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """An edit that is asked for; ``UNSET`` fields stay as they are, the others replace.

    ``slug`` renames, ``domain`` moves: the old address answers for a grace period. ``password`` is a hash already.
    """

    destination: str | msgspec.UnsetType = msgspec.UNSET
    slug: str | msgspec.UnsetType = msgspec.UNSET
    domain: str | msgspec.UnsetType = msgspec.UNSET
    enabled: bool | msgspec.UnsetType = msgspec.UNSET
    labels: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    title: str | msgspec.UnsetType = msgspec.UNSET
    rules: tuple[Any, ...] | msgspec.UnsetType = msgspec.UNSET
    password: str | None | msgspec.UnsetType = msgspec.UNSET
    utm: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    extras: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    track: bool | msgspec.UnsetType = msgspec.UNSET
    expires_at: int | None | msgspec.UnsetType = msgspec.UNSET


Edit = Changes | Callable[[Link], Changes]
"""What an edit asks for, or what says it of the link as it is in the moment of the change; the latter may raise
``LinkError``."""


class LinkQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What a listing of a workspace asks for, newest first. ``search`` is a substring of slug or destination.

    ``before`` (a link id) pages by key and then ``offset`` must be 0; otherwise ``offset`` rows are skipped.
    ``kinds``: only links whose extra ``type`` is one of these, ``""`` being none. ``counted``: whether to count.
    """

    workspace: int = DEFAULT_WORKSPACE
    limit: int = 50
    offset: int = 0
    before: int | None = None
    label: str | None = None
    enabled: bool | None = None
    search: str | None = None
    kinds: tuple[str, ...] | None = None
    counted: bool = True


class LinkPage(msgspec.Struct, frozen=True):
    """One page of a listing. ``total`` counts all that match, 0 where nobody wanted to know; ``next_before`` is the
    ``before`` of the next page or ``None`` at the end."""

    links: list[Link]
    total: int
    next_before: int | None


class FeedRow(NamedTuple):
    """One code, domain or bio page as it is now, as redirect workers follow it. Text is UTF-8 bytes, times are epoch
    ms.

    ``location`` is ``None`` for the code of a bio page, whose id ``link`` is, and once the link or page has been
    deleted (``until`` is 0 then). ``until`` is when the code ceases to answer: ``None`` for never, 0 for one that
    answers no more (it is free again, or kept from being used). ``settings`` is a JSON array of
    enabled (0, 1), status, expiry, cache seconds and forward query (0, 1), each ``null`` where the server's setting
    holds, the mark of the password (``null``: none) and the program of the rules (``null``: none); ``None`` for an
    enabled link with none of them set.

    A domain has no ``slug``, and its ``settings`` are a JSON array of redirect status (``null``: the server's), root
    and not-found redirect (``""``: none), whether case is ignored (0, 1), and ``"allow"`` or ``"disallow"`` for
    robots; ``None`` once it has been removed.

    A bio page has no ``slug`` but its id as ``link``; ``location`` is its document, compressed by gzip, ``None`` where
    it is not published (any more). Its ``settings`` are a JSON array of a tag that changes with the document and its
    policy, that policy (Content-Security-Policy; ``""``: none), and whether it stands at its domain's root (0, 1). The
    page's paths are codes of their own: a change of the document is one row, whatever paths lead to it.
    """

    rev: int
    domain: bytes
    slug: bytes | None
    link: int
    location: bytes | None
    until: int | None
    settings: bytes | None


RawFeedRow = tuple[int, bytes, bytes | None, int, bytes | None, int | None, bytes | None]
"""A :class:`FeedRow` as a plain tuple: a million of them are read when a worker starts."""
