"""The Divsly API's handlers for links and QR codes: take what was parsed, call the links, say what to answer.

No HTTP here.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from admin import answers_divsly as said
from admin.answers_divsly import NO_COUNTS, view
from admin.dialect import Reply
from admin.divsly_types import SHORT_LINK, WITH_QR, QrSettings
from admin.drafts_divsly import TYPE_EXTRA, changes, draft, extras_of, settings_of
from admin.errors import Detail, Failure, Problem, refused
from admin.guests import NO_GUESTS, Guests
from admin.models_divsly import DEFAULT_BUTTON, ChangeShortLink, CreateShortLink
from admin.models_divsly_more import ListShortLinks
from admin.ports import BioLinks, Clock, Domains, HashPassword, Links, QrCodes, VisitCounts
from admin.routing import Call
from admin.validation import invalid
from clicks.answers import Counts
from links.model import Link
from links.quotas import has_qr_code

# Fields of which a guest may not ask for anything.
_NEEDS_KEY = (
    "brandedDomain",
    "password",
    "passwordProtectionEnabled",
    "bioPage",
    "isLinkInBio",
    "isQrGenerated",
    "qrSettings",
)

ON_PAGE = frozenset({"btnLabel", "faviconUrl"})
"""Fields that a bio page shows of its link."""

_NUMBER = re.compile(r"[0-9]{1,18}")


class _Said(NamedTuple):
    """What the answers of a kind of endpoints say."""

    created: str
    listed: str
    changed: str
    deleted: str


class ShortLinks:
    """The handlers under ``/short-link``. ``clock`` gives epoch milliseconds."""

    kinds: tuple[str, ...] | None = None
    """The types of links that these endpoints are about; ``None``: all."""

    said = _Said(said.CREATED, said.LISTED, said.CHANGED, said.DELETED)

    def __init__(
        self,
        links: Links,
        domains: Domains,
        clock: Clock,
        hash_password: HashPassword,
        guests: Guests = NO_GUESTS,
        *,
        codes: QrCodes,
        pages: BioLinks,
        counts: VisitCounts,
    ) -> None:
        self._links = links
        self._domains = domains
        self._clock = clock
        self._hash_password = hash_password
        self._guests = guests
        self._codes = codes
        self._pages = pages
        self._counts = counts

    async def create(self, call: Call) -> Reply:
        """POST /short-link"""
        body: CreateShortLink = self._typed(call.body)
        if call.key is None:
            _require_plain(body)
            self._guests.admit(call.address)
        domain = self._domains.host_for(body.brandedDomain, call.workspace)
        await self._check_settings(body, {}, call.workspace)
        if body.bioPage is not None:
            await self._pages.check(body.bioPage, call.workspace, body.btnLabel or DEFAULT_BUTTON)
        asked = draft(body, self._clock(), await self._protection(body), call.workspace, domain)
        link = await self._links.create(asked, call.who)
        if body.bioPage is not None:
            await self._put_on(link, body.bioPage, call.who)
        return self._reply(self.said.created, link, body.bioPage, NO_COUNTS)

    async def page(self, call: Call) -> Reply:
        """GET /short-link"""
        asked: ListShortLinks = call.query
        if not asked.is_of(call.workspace):
            raise Problem(Failure.SCOPE, "The key is for another workspace.")
        page = await self._links.page(asked.query(call.workspace, self.kinds))
        ids = [link.id for link in page.links]
        pages, counts = await self._pages.pages_of(ids), await self._counts(ids)
        listed = [self.view(link, pages.get(link.id), counts.get(link.id, NO_COUNTS)) for link in page.links]
        return Reply({"message": self.said.listed, "success": True, "resultData": listed, "error": None})

    async def get(self, call: Call) -> Reply:
        """GET /short-link/{id}"""
        link = await self._found(call)
        return Reply({"success": True, "data": self.view(link, await self._page_of(link), await self._counts_of(link))})

    async def change(self, call: Call) -> Reply:
        """PUT /short-link/{id}"""
        body: ChangeShortLink = self._typed(call.body)
        link = await self._found(call)
        host = body.brandedDomain
        domain = None if host is None else self._domains.host_for(host, call.workspace)
        await self._check_settings(body, link.extras, call.workspace)
        before = await self._page_of(link)
        after = await self._wanted_page(body, link, before)
        password, now = await self._protection(body), self._clock()
        link = await self._links.edit(
            link.id, lambda old: changes(body, old, now, password, domain), call.who, call.workspace
        )
        if before not in (None, after):
            await self._pages.take_off(link, call.who)
        if after is not None and (after != before or body.model_fields_set & ON_PAGE):
            await self._put_on(link, after, call.who)
        return self._reply(self.said.changed, link, after, await self._counts_of(link))

    async def delete(self, call: Call) -> Reply:
        """DELETE /short-link/{id}"""
        link = await self._found(call)
        await self._links.delete(link.id, call.who, call.workspace, keep_code=True)
        return Reply({"success": True, "message": self.said.deleted})

    def view(self, link: Link, page: int | None = None, counts: Counts = NO_COUNTS) -> dict[str, Any]:
        """``link`` as this API answers it; ``page``: the number of the bio page that it is on; ``counts``: its
        visits."""
        qr = self._codes.image_url(link) if has_qr_code(link) else None
        return view(link, self._links.short_host(link), qr, page, counts)

    def _reply(self, message: str, link: Link, page: int | None, counts: Counts) -> Reply:
        return Reply({"success": True, "message": message, "data": self.view(link, page, counts)})

    def _typed(self, body: Any) -> Any:
        """``body`` with a type that belongs to these endpoints."""
        return body

    async def _found(self, call: Call) -> Link:
        """The link of the number in the path. What is none names no link."""
        text = call.path["id"]
        if _NUMBER.fullmatch(text):
            link = await self._links.get(int(text), call.workspace)
            if self.kinds is None or link.extras.get(TYPE_EXTRA, SHORT_LINK) in self.kinds:
                return link
        raise Problem(Failure.NOT_FOUND, "There is no such link.")

    async def _counts_of(self, link: Link) -> Counts:
        return (await self._counts([link.id])).get(link.id, NO_COUNTS)

    async def _page_of(self, link: Link) -> int | None:
        return (await self._pages.pages_of([link.id])).get(link.id)

    async def _wanted_page(self, body: ChangeShortLink, link: Link, before: int | None) -> int | None:
        """The bio page that ``link`` is to be on, seen to be possible. Raises :class:`LinkError` ``INVALID``."""
        if body.bioPage is None:
            if body.isLinkInBio and before is None:
                raise refused("isLinkInBio", "needs bioPage")
            return None if body.isLinkInBio is False else before
        if body.bioPage != before:
            label = extras_of(body, link.extras).get("btnLabel", DEFAULT_BUTTON)
            await self._pages.check(body.bioPage, link.workspace, label)
        return body.bioPage

    async def _put_on(self, link: Link, page: int, who: str) -> None:
        label = link.extras.get("btnLabel", DEFAULT_BUTTON)
        await self._pages.put(link, page, label, link.extras.get("faviconUrl", ""), who)

    async def _protection(self, body: CreateShortLink) -> str | None:
        """The hash of the password that visitors are to be asked for."""
        if body.password is None or body.passwordProtectionEnabled is False:
            return None
        return await self._hash_password(body.password)

    async def _check_settings(self, body: CreateShortLink, old: Mapping[str, Any], workspace: int) -> None:
        """Whether a QR code can be drawn with what is sent, laid over what is there; only where any is sent."""
        if settings_of(body):
            prefix = "" if isinstance(body, QrSettings) else "qrSettings."
            await self._codes.check_settings(extras_of(body, old), workspace, prefix)


class QrLinks(ShortLinks):
    """The handlers under ``/qr-code``: short links whose type has a QR code."""

    kinds = WITH_QR
    said = _Said(said.QR_CREATED, said.QR_LISTED, said.QR_CHANGED, said.QR_DELETED)

    def _typed(self, body: Any) -> Any:
        if body.type in WITH_QR:
            return body
        is_new = not isinstance(body, ChangeShortLink)
        return body.model_copy(update={"type": WITH_QR[0] if is_new else None})


def _require_plain(body: CreateShortLink) -> None:
    """Raises :class:`Problem` that names what only the bearer of a key may ask for, if that is asked for."""
    asked = {name: getattr(body, name) for name in _NEEDS_KEY}
    asked["type"] = None if body.type == SHORT_LINK else body.type
    details = [Detail(name, "needs a key") for name, value in asked.items() if value not in (None, False)]
    if details:
        raise invalid(details)
