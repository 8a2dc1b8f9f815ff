"""The XQR API's handlers: take what was parsed, call the links, say what to answer. No HTTP here."""

import re
from typing import Any

from admin.dialect import Reply
from admin.errors import Failure, Problem
from admin.listing import ListLinks, encode_cursor
from admin.models_xqr import CreateLink, PatchLink
from admin.ports import Links
from admin.routing import Call
from links.model import Link
from links.times import format_seconds

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class XqrLinks:
    """The handlers under ``/links``."""

    def __init__(self, links: Links) -> None:
        self._links = links

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
        return Reply([self._view(link) for link in page.links], meta)

    async def get(self, call: Call) -> Reply:
        """GET /links/{id}"""
        return Reply(self._view(await self._links.get(_link_id(call), call.workspace)))

    async def patch(self, call: Call) -> Reply:
        """PATCH /links/{id}"""
        body: PatchLink = call.body
        uuid, changes, mine = _link_id(call), body.changes(), call.workspace
        link = await (self._links.edit(uuid, changes, call.who, mine) if changes else self._links.get(uuid, mine))
        return Reply(self._view(link))

    async def delete(self, call: Call) -> Reply:
        """DELETE /links/{id}"""
        await self._links.delete(_link_id(call), call.who, call.workspace)
        return Reply(None)

    def _view(self, link: Link) -> dict[str, Any]:
        """The link object: 12 keys, in the order of the reference."""
        return {
            "id": link.uuid,
            "short_url": self._links.short_url(link),
            "short_code": link.slug,
            "destination": link.destination,
            "enabled": link.enabled,
            "labels": link.labels,
            "routing_rules": link.rules,
            "scan_count": 0,
            "last_scan_at": None,
            "expires_at": None if link.expires_at is None else format_seconds(link.expires_at),
            "created_at": format_seconds(link.created_at),
            "updated_at": format_seconds(link.updated_at),
        }


def _link_id(call: Call) -> str:
    """The UUID in the path. What is not one names no link."""
    uuid = call.path["id"].lower()
    if not _UUID.fullmatch(uuid):
        raise Problem(Failure.NOT_FOUND, "There is no such link.")
    return uuid
