"""The Divsly API's handlers for domains of their own: take what was parsed, call the domains, say what to answer."""

import re

from admin.dialect import Reply
from admin.errors import Failure, Problem
from admin.models_domains import ADDED, CHANGED, DELETED, VERIFIED, AddDomain, ChangeDomain, view
from admin.ports import Domains
from admin.routing import Call
from links.domain_rules import Domain

_NUMBER = re.compile(r"[0-9]{1,18}")


class CustomDomains:
    """The handlers under ``/custom-domain``."""

    def __init__(self, domains: Domains) -> None:
        self._domains = domains

    async def add(self, call: Call) -> Reply:
        """POST /custom-domain"""
        body: AddDomain = call.body
        return _done(ADDED, await self._domains.add(body.name(), call.workspace, spare=body.spare == "Yes"))

    async def list(self, call: Call) -> Reply:
        """GET /custom-domain"""
        return Reply({"success": True, "data": [view(domain) for domain in self._domains.all(call.workspace)]})

    async def verify(self, call: Call) -> Reply:
        """POST /custom-domain/{id}/verify"""
        return _done(VERIFIED, await self._domains.verify(_number(call), call.workspace))

    async def change(self, call: Call) -> Reply:
        """PUT /custom-domain/{id}"""
        body: ChangeDomain = call.body
        return _done(CHANGED, await self._domains.set(_number(call), call.workspace, body.wanted()))

    async def delete(self, call: Call) -> Reply:
        """DELETE /custom-domain/{id}"""
        await self._domains.remove(_number(call), call.workspace)
        return Reply({"success": True, "message": DELETED})


def _number(call: Call) -> int:
    """The number in the path. What is none names no domain."""
    text = call.path["id"]
    if not _NUMBER.fullmatch(text):
        raise Problem(Failure.NOT_FOUND, "There is no such domain.")
    return int(text)


def _done(message: str, domain: Domain) -> Reply:
    return Reply({"success": True, "message": message, "data": view(domain)})
