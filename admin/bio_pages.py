"""The XQR API's handlers for bio pages: take what was parsed, call the pages, say what to answer."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, cast

import orjson

from admin.bio_render import Address
from admin.bio_slugs import candidates
from admin.dialect import Reply
from admin.errors import Failure, Problem, from_link, refused
from admin.models_bio import MAX_PAGE_DATA_BYTES, CreatePage, ListPages
from admin.ports import BioLinks, Domains, PageCounts, Pages
from admin.routing import Call
from bio.checks import MAX_LABEL, text
from bio.page import PageError
from links.bio_buttons import Wanted
from links.bio_editing import Wish
from links.bio_model import BioPage, Button, PageChanges, PageDraft
from links.errors import LinkError
from links.times import format_seconds, parse_time

_ID = re.compile(r"bio_[0-9a-f]{32}")

# What the links call it, and this API.
_NAMES = {"buttons": "page_data.links"}


async def not_counted(pages: Sequence[BioPage]) -> Mapping[int, tuple[int, int]]:
    """Where no visits are counted."""
    return {}


class Bio(NamedTuple):
    """What the handlers work with. ``links`` is for those of the Divsly API; ``address``: that of a page; ``random``
    gives a few letters or digits."""

    pages: Pages
    links: BioLinks
    address: Address
    random: Callable[[], str]
    counts: PageCounts = not_counted


_NOTHING = cast(Any, None)

NO_BIO = Bio(_NOTHING, _NOTHING, _NOTHING, _NOTHING)
"""Where nobody calls the routes: they are only documented."""


class XqrPages:
    """The handlers under ``/bio/pages``."""

    def __init__(self, bio: Bio, domains: Domains) -> None:
        self._pages, self._address = bio.pages, bio.address
        self._random, self._counts = bio.random, bio.counts
        self._domains = domains

    async def create(self, call: Call) -> Reply:
        """POST /bio/pages"""
        body: CreatePage = call.body
        data = body.data()
        _check_size(data)
        with _told():
            draft = PageDraft(
                slugs=(body.slug,) if body.slug else candidates(body.title, self._random()),
                workspace=call.workspace,
                domain=self._domains.host_for(body.domain, call.workspace),
                title=body.title,
                description=body.description,
                page_data=data,
                at_root=bool(body.at_root),
            )
            return await self._reply(await self._pages.make(draft, wanted(data), call.who))

    async def page(self, call: Call) -> Reply:
        """GET /bio/pages"""
        asked: ListPages = call.query
        found = await self._pages.page(call.workspace, asked.limit, asked.offset)
        counts = await self._counts(found.pages)
        meta = {"total": found.total, "limit": asked.limit, "offset": asked.offset}
        return Reply([self._view(page, *counts.get(page.id, (0, 0))) for page in found.pages], meta)

    async def get(self, call: Call) -> Reply:
        """GET /bio/pages/{id}"""
        return await self._reply(await self._pages.get(_page_id(call), call.workspace))

    async def patch(self, call: Call) -> Reply:
        """PATCH /bio/pages/{id}"""
        asked = call.body.wanted()
        with _told():
            page = await self._pages.change(_page_id(call), call.workspace, lambda old: _wish(old, asked), call.who)
        return await self._reply(page)

    async def delete(self, call: Call) -> Reply:
        """DELETE /bio/pages/{id}"""
        await self._pages.delete(_page_id(call), call.workspace, call.who)
        return Reply(None)

    async def publish(self, call: Call) -> Reply:
        """POST /bio/pages/{id}/publish"""
        with _told():
            page = await self._pages.publish(_page_id(call), call.workspace, call.who)
        return await self._reply(page)

    async def unpublish(self, call: Call) -> Reply:
        """POST /bio/pages/{id}/unpublish"""
        return await self._reply(await self._pages.unpublish(_page_id(call), call.workspace, call.who))

    async def _reply(self, page: BioPage) -> Reply:
        counts = await self._counts([page])
        return Reply(self._view(page, *counts.get(page.id, (0, 0))))

    def _view(self, page: BioPage, views: int, clicks: int) -> dict[str, Any]:
        """The page object: 12 keys, in the order of the reference, and the number that the Divsly API calls it by."""
        return {
            "id": page.public_id,
            "title": page.title,
            "description": page.description,
            "slug": page.slug,
            "page_data": page.page_data,
            "is_published": page.is_published,
            "published_at": None if page.published_at is None else format_seconds(page.published_at),
            "view_count": views,
            "click_count": clicks,
            "html_url": self._address(page),
            "created_at": format_seconds(page.created_at),
            "updated_at": format_seconds(page.updated_at),
            "number": page.id,
        }


def merged(old: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """``old`` with the keys of ``sent``, each as a whole; null removes one."""
    return {name: value for name, value in {**old, **sent}.items() if value is not None or name not in sent}


def wanted(data: dict[str, Any]) -> tuple[Wanted, ...]:
    """The buttons of ``page_data``, which has been checked."""
    return tuple(_button(link) for link in data.get("links") or ())


def _wish(old: BioPage, asked: dict[str, Any]) -> Wish:
    """What PATCH makes of ``old``. Raises :class:`Problem` where it gets too large."""
    changes = {name: value for name, value in asked.items() if name != "page_data"}
    sent = asked.get("page_data")
    if sent is None:
        return Wish(PageChanges(**changes))
    data = merged(old.page_data, sent)
    _check_size(data)
    return Wish(PageChanges(**changes, page_data=data), wanted(data) if "links" in sent else None)


def _button(link: dict[str, Any]) -> Wanted:
    starts, ends = link.get("starts_at"), link.get("ends_at")
    button = Button(
        label=text(link["label"], MAX_LABEL),
        icon=link.get("icon") or "",
        enabled=link.get("enabled") is not False,
        starts_at=None if starts is None else parse_time(starts),
        ends_at=None if ends is None else parse_time(ends),
    )
    return Wanted(link["url"], button)


def _check_size(data: dict[str, Any]) -> None:
    size = len(orjson.dumps(data))
    if size > MAX_PAGE_DATA_BYTES:
        raise refused("page_data", f"must not be larger than {MAX_PAGE_DATA_BYTES} bytes as JSON, this has {size}")


@contextmanager
def _told() -> Iterator[None]:
    """Complaints in this API's words."""
    try:
        yield
    except LinkError as error:
        raise from_link(error, _NAMES) from None
    except PageError as error:
        raise refused(error.field, error.message) from None


def _page_id(call: Call) -> str:
    """The id in the path. What is none names no page."""
    if not _ID.fullmatch(call.path["id"]):
        raise Problem(Failure.NOT_FOUND, "There is no such bio page.")
    return call.path["id"]
