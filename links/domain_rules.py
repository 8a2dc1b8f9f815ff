"""A registered domain, and which links may be made on it: read inside the very transaction that makes them, so that no
link gets onto a domain that is being removed.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, Protocol

import msgspec

from links import statements
from links.errors import DnsError, LinkError, invalid
from links.rows import to_json
from links.slug import folded
from links.writer import Transaction

SQL = statements.load("links", "domains")

Status = Literal["pending", "active", "failed"]


class Checked(msgspec.Struct, frozen=True):
    """What a check of a host's DNS found: whether it points here, the records that would make it, and those there are,
    as text such as ``A 203.0.113.7``. ``looked``: whether there was a check; ``False`` where none is wanted."""

    ok: bool
    expected: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    looked: bool = True


class Domain(msgspec.Struct, frozen=True):
    """One registered domain. Times are epoch milliseconds.

    ``host``: as :func:`links.hosts.host_of` makes it. ``status``: ``pending`` until its DNS was first seen to point
    here, ``failed`` when it does no longer; links are made on ``active`` ones alone. ``spare``: what a client said.
    ``redirect_status``: ``None`` is the server's; ``root_redirect``, ``not_found_redirect``: empty is the page.
    ``ignores_case``: its slugs are in lower case and looked up so. ``robots``: ``allow`` or ``disallow``.
    """

    id: int
    host: str
    workspace: int
    spare: bool
    status: Status
    expected: tuple[str, ...]
    found: tuple[str, ...]
    checked_at: int | None
    verified_at: int | None
    redirect_status: int | None
    root_redirect: str
    not_found_redirect: str
    ignores_case: bool
    robots: str
    rev: int
    created_at: int
    updated_at: int


class Placed(Protocol):
    """A link, or a bio page: what takes a slug on a domain."""

    @property
    def workspace(self) -> int: ...

    @property
    def domain(self) -> str: ...

    @property
    def slug(self) -> str: ...


async def ready_domains(tx: Transaction, links: Iterable[Placed]) -> Mapping[str, Domain]:
    """The domains of ``links`` that there are, by host, as they are inside the transaction."""
    hosts = sorted({link.domain for link in links} - {""})
    return {row[1]: domain_of(row) for row in await tx.fetch(SQL["named"], {"hosts": to_json(hosts)})} if hosts else {}


def refusal(link: Placed, domains: Mapping[str, Domain], *, named: bool) -> LinkError | None:
    """Why ``link`` cannot be on its domain; ``None`` where it can. ``named``: its slug was asked for, not drawn."""
    if not link.domain:
        return None
    domain = domains.get(link.domain)
    if domain is None or domain.workspace != link.workspace:
        return DnsError((), ())
    if domain.status != "active":
        return DnsError(domain.expected, domain.found)
    return _case_fault(link, domain) if named else None


async def check_case(tx: Transaction, link: Placed) -> None:
    """Raises :class:`LinkError` ``INVALID`` where the slug of ``link`` cannot be on its domain, which ignores case."""
    domain = (await ready_domains(tx, [link])).get(link.domain)
    if domain is not None and (fault := _case_fault(link, domain)) is not None:
        raise fault


def _case_fault(link: Placed, domain: Domain) -> LinkError | None:
    if domain.ignores_case and link.slug != folded(link.slug):
        return invalid("slug", f"must be in lower case: {link.domain} ignores case")
    return None


def domain_of(row: tuple[Any, ...]) -> Domain:
    """The domain in a row of sql/domains.sql."""
    values = dict(zip(Domain.__struct_fields__, row, strict=True))
    for name in ("expected", "found"):
        values[name] = tuple(msgspec.json.decode(values[name]))
    for name in ("spare", "ignores_case"):
        values[name] = bool(values[name])
    return Domain(**values)
