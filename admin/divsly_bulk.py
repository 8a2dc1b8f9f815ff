"""The Divsly API's handlers for many links at once, and for what this server does not do. No HTTP here."""

from typing import Any

from admin.answers_divsly import ALL_DELETED, IMPORTED
from admin.dialect import Reply
from admin.divsly import ShortLinks
from admin.drafts_divsly import draft
from admin.errors import Failure, Problem, from_link, refused
from admin.models_divsly_more import DeleteShortLinks, ImportRow, ImportShortLinks
from admin.ports import Clock, Domains, Links
from admin.routing import Call
from admin.rows import in_slices
from admin.wire_divsly import DIVSLY
from links.model import Link


class ManyShortLinks:
    """``most``: links a call. ``clock`` gives epoch milliseconds."""

    def __init__(self, links: Links, domains: Domains, clock: Clock, single: ShortLinks, most: int) -> None:
        self._links = links
        self._domains = domains
        self._clock = clock
        self._single = single
        self._most = most

    async def create(self, call: Call) -> Reply:
        """POST /import-short-link"""
        body: ImportShortLinks = call.body
        rows = body.rows
        rows.require_at_most(self._most, "importData")
        domain = self._domains.host_for(body.brandedDomain, call.workspace)
        now = self._clock()
        checked = await rows.checked(ImportRow)
        drafts = [
            draft(row.as_create(body.tags), now, None, call.workspace, domain)
            for row in checked
            if isinstance(row, ImportRow)
        ]
        made = iter(await self._links.create_all(drafts, call.who))
        created, errors = [], []
        async for index, row in in_slices(enumerate(checked)):
            outcome = row if isinstance(row, Problem) else next(made)
            if isinstance(outcome, Link):
                created.append(self._single.view(outcome))
                continue
            problem = outcome if isinstance(outcome, Problem) else from_link(outcome, DIVSLY.fields)
            named = {field: rows.text(index, field) for field in ("destinationUrl", "slashTag")}
            errors.append({"index": index, **named, **DIVSLY.fault(problem)})
        data = {"created": created, "errors": errors}
        return Reply({"success": bool(created), "message": IMPORTED, "data": data})

    async def delete(self, call: Call) -> Reply:
        """POST /bulk-delete"""
        body: DeleteShortLinks = call.body
        if len(body.bulkLinks) > self._most:
            raise refused("bulkLinks", f"must have at most {self._most:,} items, this has {len(body.bulkLinks):,}")
        ids = list(dict.fromkeys(link.id for link in body.bulkLinks))
        found = set(await self._links.delete_all(ids, call.who, call.workspace, keep_codes=True))
        data: dict[str, Any] = {
            "deleted": [id_ for id_ in ids if id_ in found],
            "notFound": [id_ for id_ in ids if id_ not in found],
        }
        return Reply({"success": True, "message": ALL_DELETED, "data": data})


async def create_token(call: Call) -> Reply:
    """POST /create-token"""
    raise Problem(Failure.VALIDATION, "keys are made by the operator of this server: fingerpost keys create")
