"""Domains of their own, in the database: hosts that have links, beside the server's own. Each change takes a rev, by
which the redirect workers hear of it.

Knows nothing of DNS: what a check found is handed in.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from links.allocation import take
from links.domain_rules import SQL, Checked, Domain, Status, domain_of
from links.errors import Code, LinkError, invalid
from links.folding import fold
from links.hosts import FIELD
from links.quotas import charge, refund
from links.rows import to_json
from links.store import LinkStore
from links.writer import Transaction

SETTINGS = frozenset({"redirect_status", "root_redirect", "not_found_redirect", "ignores_case", "robots"})
"""The fields of a :class:`Domain` that its owner may set."""


class DomainStore:
    """Domains in the database of a :class:`LinkStore`. ``now`` gives epoch ms. What writes is one transaction."""

    def __init__(self, store: LinkStore, now: Callable[[], int]) -> None:
        self._store = store
        self._now = now

    async def all(self) -> list[Domain]:
        """Every domain, by number."""
        return [domain_of(row) for row in await self._store.read(SQL["all"])]

    async def add(self, host: str, workspace: int, checked: Checked, *, spare: bool) -> Domain:
        """Register ``host``. Raises :class:`LinkError` ``INVALID`` where it is, or ``LIMIT``."""

        async def operation(tx: Transaction) -> Domain:
            if await tx.fetch(SQL["named"], {"hosts": to_json([host])}):
                raise invalid(FIELD, "is registered already")
            await charge(tx, workspace, "domains")
            now = self._now()
            values = _result(checked, "active" if checked.ok else "pending", now, None)
            values |= {"host": host, "workspace": workspace, "spare": spare, "rev": await take(tx, 1), "now": now}
            return await _get(tx, int((await tx.fetch(SQL["put"], values))[0][0]))

        domain: Domain = await self._store.writer.submit(operation)
        return domain

    async def set(self, id_: int, wanted: Mapping[str, Any]) -> Domain:
        """Change settings, by the names in ``SETTINGS``.

        Ignoring case from now on makes all slugs lower-case. Raises :class:`LinkError` ``NOT_FOUND``, or ``INVALID``
        (field ``ignores_case``) where two slugs would then be the same.
        """

        async def operation(tx: Transaction) -> Domain:
            domain = await _get(tx, id_)
            changed = msgspec.structs.replace(domain, **wanted)
            if changed == domain:
                return domain
            now = self._now()
            if changed.ignores_case and not domain.ignores_case:
                first = await fold(tx, domain.host, now)
            else:
                first = await take(tx, 1)
            values = {name: getattr(changed, name) for name in SETTINGS}
            await tx.fetch(SQL["set"], values | {"id": id_, "rev": first, "updated_at": now})
            return msgspec.structs.replace(changed, rev=tx.rev, updated_at=now)

        domain: Domain = await self._store.writer.submit(operation)
        return domain

    async def record(self, id_: int, checked: Checked, *, fails: bool) -> Domain:
        """Keep what a check found. A bad one leaves the status as it is unless it ``fails`` an active domain.

        Raises :class:`LinkError` ``NOT_FOUND``.
        """

        async def operation(tx: Transaction) -> Domain:
            domain = await _get(tx, id_)
            status: Status = domain.status
            if checked.ok:
                status = "active"
            elif fails and status == "active":
                status = "failed"
            values = _result(checked, status, self._now(), domain.verified_at)
            await tx.fetch(SQL["record"], values | {"id": id_, "rev": await take(tx, 1)})
            return await _get(tx, id_)

        domain: Domain = await self._store.writer.submit(operation)
        return domain

    async def remove(self, id_: int) -> int:
        """Remove a domain that has no links and no bio pages; the rev of it. Raises :class:`LinkError` ``NOT_FOUND`` or
        ``INVALID``."""

        async def operation(tx: Transaction) -> int:
            domain = await _get(tx, id_)
            if things := await _things_on(tx, domain.host):
                raise invalid(FIELD, f"has {things}: delete them first")
            await refund(tx, domain.workspace, "domains")
            rev = await take(tx, 1)
            await tx.fetch(SQL["remove"], {"id": id_, "rev": rev, "now": self._now()})
            return rev

        rev: int = await self._store.writer.submit(operation)
        return rev


async def _things_on(tx: Transaction, host: str) -> str:
    """What a domain has, such as "2 links and 1 bio page"; empty where that is nothing."""
    codes = (await tx.fetch(SQL["count_links"], {"host": host}))[0][0]
    pages = (await tx.fetch(SQL["count_pages"], {"host": host}))[0][0]
    counts = {"link": codes - pages, "bio page": pages}
    return " and ".join(f"{count} {thing}{'s' * (count != 1)}" for thing, count in counts.items() if count)


async def _get(tx: Transaction, id_: int) -> Domain:
    rows = await tx.fetch(SQL["one"], {"id": id_})
    if not rows:
        raise LinkError(Code.NOT_FOUND, "there is no such domain")
    return domain_of(rows[0])


def _result(checked: Checked, status: Status, now: int, verified_at: int | None) -> dict[str, Any]:
    return {
        "status": status,
        "expected": to_json(checked.expected),
        "found": to_json(checked.found),
        "checked_at": now if checked.looked else None,
        "verified_at": now if checked.ok and checked.looked else verified_at,
    }
