"""The XQR API's handlers: take what was parsed, call the links, say what to answer. No HTTP here."""

import re
from typing import Any

from admin.dialect import Reply
from admin.errors import Failure, Problem, from_link
from admin.listing import ListLinks, encode_cursor
from admin.models_xqr import CreateLink, PatchLink, SwitchLinks
from admin.ports import Erasing, Links, VisitCounts
from admin.routing import Call
from admin.rows import in_slices
from admin.wire_xqr import XQR
from clicks.answers import Counts
from links.model import Link
from links.times import format_seconds

MOST_LINKS = 1_000
"""Links that one call makes at most, unless the settings say otherwise."""

NO_COUNTS = Counts()

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class XqrLinks:
    """The handlers under ``/links``. ``most``: links that are made by one call."""

    def __init__(self, links: Links, most: int, counts: VisitCounts, erasing: Erasing) -> None:
        self._links = links
        self._most = most
        self._counts = counts
        self._erasing = erasing

    async def create(self, call: Call) -> Reply:
        """POST /links"""
        body: CreateLink = call.body
        return Reply(self._view(await self._links.create(body.draft(call.workspace), call.who)))

    async def page(self, call: Call) -> Reply:
        """GET /links"""
        asked: ListLinks = call.query
        page = await self._links.page(asked.query(call.workspace))
        meta = {
            "total": page.total,
            "limit": asked.limit,
            "offset": asked.offset,
            "next_cursor": None if page.next_before is None else encode_cursor(page.next_before),
        }
        counts = await self._counts([link.id for link in page.links])
        return Reply([self._view(link, counts.get(link.id, NO_COUNTS)) for link in page.links], meta)

    async def get(self, call: Call) -> Reply:
        """GET /links/{id}"""
        return await self._reply(await self._links.get(link_id(call), call.workspace))

    async def patch(self, call: Call) -> Reply:
        """PATCH /links/{id}"""
        body: PatchLink = call.body
        uuid, changes, mine = link_id(call), body.changes(), call.workspace
        link = await (self._links.edit(uuid, changes, call.who, mine) if changes else self._links.get(uuid, mine))
        return await self._reply(link)

    async def delete(self, call: Call) -> Reply:
        """DELETE /links/{id}"""
        uuid = link_id(call)
        link = await self._links.get(uuid, call.workspace)
        async with self._erasing(link.id):
            await self._links.delete(uuid, call.who, call.workspace)
        return Reply(None)

    async def create_all(self, call: Call) -> Reply:
        """POST /links/bulk"""
        rows = call.body.rows
        rows.require_at_most(self._most, "links")
        checked = await rows.checked(CreateLink)
        drafts = [row.draft(call.workspace) for row in checked if isinstance(row, CreateLink)]
        made = iter(await self._links.create_all(drafts, call.who))
        created, errors = [], []
        async for index, row in in_slices(enumerate(checked)):
            outcome = row if isinstance(row, Problem) else next(made)
            if isinstance(outcome, Link):
                created.append(self._view(outcome))
                continue
            problem = outcome if isinstance(outcome, Problem) else from_link(outcome, XQR.fields)
            named = {field: rows.text(index, field) for field in ("url", "custom_slug")}
            errors.append({"index": index, **named, "error": XQR.fault(problem)})
        return Reply({"created": created, "errors": errors})

    async def switch(self, call: Call) -> Reply:
        """PATCH /links/bulk/status"""
        body: SwitchLinks = call.body
        uuids = [uuid.lower() for uuid in body.ids]
        updated = await self._links.switch(uuids, call.who, call.workspace, enabled=body.enabled)
        return Reply({"updated": updated})

    async def _reply(self, link: Link) -> Reply:
        counts = await self._counts([link.id])
        return Reply(self._view(link, counts.get(link.id, NO_COUNTS)))

    def _view(self, link: Link, counts: Counts = NO_COUNTS) -> dict[str, Any]:
        """The link object: 12 keys, in the order of the reference."""
        return {
            "id": link.uuid,
            "short_url": self._links.short_url(link),
            "short_code": link.slug,
            "destination": link.destination,
            "enabled": link.enabled,
            "labels": link.labels,
            "routing_rules": link.rules,
            "scan_count": counts.total,
            "last_scan_at": None if counts.last_at is None else format_seconds(counts.last_at),
            "expires_at": None if link.expires_at is None else format_seconds(link.expires_at),
            "created_at": format_seconds(link.created_at),
            "updated_at": format_seconds(link.updated_at),
        }


def link_id(call: Call) -> str:
    """The UUID in the path. What is not one names no link."""
    uuid = call.path["id"].lower()
    if not _UUID.fullmatch(uuid):
        raise Problem(Failure.NOT_FOUND, "There is no such link.")
    return uuid
