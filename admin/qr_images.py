"""Pictures of QR codes: drawn once, kept while there is room, recognised by their ETag without being drawn.

An ETag is a hash of everything that makes a picture: what it holds, its design, its logo, its format and size, and the
version of the program that draws it.
"""

import asyncio
import re
from collections import OrderedDict
from functools import lru_cache
from hashlib import blake2b
from importlib.metadata import version
from typing import NamedTuple, Protocol

from admin.qr_designs import Look
from admin.qr_jobs import CONTENT_TYPES, Done, Format, Job, Logo, Refused, encode
from qr.errors import DesignError

ETAG_BYTES = 16

_DRAWN_BY = ("fingerpost", "segno", "resvg-py", "fpdf2", "pillow")
_TAG = re.compile(r'(?:W/)?"([^"]*)"')


class Pool(Protocol):
    """``admin.qr_pool.RenderPool``."""

    def is_full(self, lane: str) -> bool: ...

    async def run(self, job: Job, lane: str = "api") -> Done | Refused: ...


class Logos(Protocol):
    """Where logos are kept (``admin.asset_files.AssetFiles``)."""

    async def logo_path(self, asset: str, workspace: int) -> str:
        """The file of a picture that the workspace has; empty where it has none of that id."""


class Wish(NamedTuple):
    """What is to be drawn: ``data`` in the look ``look``. ``size``: of a module, in pixels. ``workspace``: whose logo
    it may be."""

    data: str
    look: Look
    workspace: int
    format: Format = "svg"
    size: int = 10


class Ordered(NamedTuple):
    """A picture that can be drawn, and its ETag, without quotation marks."""

    etag: str
    job: Job

    @property
    def content_type(self) -> str:
        return CONTENT_TYPES[self.job.format]


class Images:
    """Draws, and keeps what was drawn, up to ``most_bytes``."""

    def __init__(self, pool: Pool, logos: Logos, most_bytes: int) -> None:
        self._pool = pool
        self._logos = logos
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._kept_bytes = 0
        self._under_way: dict[str, asyncio.Task[bytes]] = {}

    @property
    def kept_bytes(self) -> int:
        """How much is kept."""
        return self._kept_bytes

    async def order(self, wish: Wish) -> Ordered:
        """What is to be drawn for ``wish``. A logo that is there no more is left out: a code that people scan must not
        fail for it."""
        job = Job(
            design=wish.look.design,
            data=wish.data,
            format=wish.format,
            size=wish.size,
            logo=await self._logo(wish.look, wish.workspace),
        )
        return Ordered(blake2b(encode((job, versions())), digest_size=ETAG_BYTES).hexdigest(), job)

    async def draw(self, ordered: Ordered, lane: str = "api") -> bytes:
        """The picture. ``lane``: see ``admin.qr_pool``. Raises ``DesignError``, or :class:`LinkError` ``UNAVAILABLE``
        where too many wait."""
        body = self._kept.get(ordered.etag)
        if body is not None:
            self._kept.move_to_end(ordered.etag)
            return body
        task = self._under_way.get(ordered.etag)
        if task is None:  # whoever asks for the same meanwhile gets the same
            task = self._under_way[ordered.etag] = asyncio.ensure_future(self._drawn(ordered, lane))
            task.add_done_callback(lambda done: self._finished(ordered.etag, done))
        return await asyncio.shield(task)

    def has(self, ordered: Ordered, lane: str) -> bool:
        """Whether the picture can be had without waiting in vain: it is kept, or there is room to draw it."""
        return ordered.etag in self._kept or ordered.etag in self._under_way or not self._pool.is_full(lane)

    async def check(self, look: Look, workspace: int) -> None:
        """Raises ``DesignError`` where nothing could be drawn with this look, also for a logo that is not there."""
        logo = await self._logo(look, workspace)
        if look.asset and logo is None:
            raise DesignError("logo", "there is no such picture among the assets")
        outcome = await self._pool.run(Job(design=look.design, logo=logo))
        if isinstance(outcome, Refused):
            raise DesignError(outcome.field, outcome.message)

    async def _logo(self, look: Look, workspace: int) -> Logo | None:
        if look.logo_url:
            return Logo(url=look.logo_url)
        path = await self._logos.logo_path(look.asset, workspace) if look.asset else ""
        return Logo(path=path) if path else None

    async def _drawn(self, ordered: Ordered, lane: str) -> bytes:
        outcome = await self._pool.run(ordered.job, lane)
        if isinstance(outcome, Refused):
            raise DesignError(outcome.field, outcome.message)
        return outcome.body

    def _finished(self, etag: str, task: "asyncio.Task[bytes]") -> None:
        self._under_way.pop(etag, None)
        if task.cancelled() or task.exception() is not None:
            return
        body = task.result()
        self._kept[etag] = body
        self._kept_bytes += len(body)
        while self._kept_bytes > self._most_bytes:
            self._kept_bytes -= len(self._kept.popitem(last=False)[1])


@lru_cache(maxsize=1)
def versions() -> tuple[str, ...]:
    """What draws: another version may draw otherwise."""
    return tuple(map(version, _DRAWN_BY))


def is_known(if_none_match: str, etag: str) -> bool:
    """Whether an ``If-None-Match`` names ``etag`` (RFC 9110 §13.1.2: weak comparison), or any there is."""
    return if_none_match.strip() == "*" or etag in _TAG.findall(if_none_match)


def quoted(etag: str) -> str:
    """As the header has it."""
    return f'"{etag}"'
