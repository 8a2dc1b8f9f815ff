"""What every caller that registers or changes domains goes through. Every method returns when all redirect workers
answer accordingly."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from links.destination import Destinations
from links.domain_rules import Checked, Domain
from links.domains import DomainStore
from links.errors import Code, DnsError, LinkError, invalid
from links.hosts import FIELD, host_of
from links.service import Followers

FAILURES = 3
"""Checks in a row that must fail before a domain that worked is taken for failed: resolvers have bad hours."""

REDIRECTS = ("root_redirect", "not_found_redirect")

_WEB = ("http", "https")


class Checker(Protocol):
    """Looks at DNS, or says that nothing is to be looked at."""

    def expected(self) -> tuple[str, ...]:
        """The records that a domain should have, as text."""

    async def check(self, host: str) -> Checked:
        """What there is. Raises :class:`LinkError` ``INVALID`` where this server's own addresses are not configured."""


class Registered:
    """The domains that there are, by host, in memory: for who has to decide without a look into the database.

    ``base_url``: of the short links, without a trailing slash. As a container it holds the authorities (``host`` and
    ``host:port``) that lead to registered domains.
    """

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self.own = parts.netloc.lower()
        self.own_host = (parts.hostname or "").removesuffix(".")
        self._port = f":{parts.port}" if parts.port else ""
        self._domains: dict[str, Domain] = {}

    def __contains__(self, authority: object) -> bool:
        host = str(authority)
        return host in self._domains or (self._port != "" and host.removesuffix(self._port) in self._domains)

    def get(self, host: str) -> Domain | None:
        """The domain of ``host``, if it is registered."""
        return self._domains.get(host)

    def all(self) -> list[Domain]:
        """Every domain, by number."""
        return sorted(self._domains.values(), key=lambda domain: domain.id)

    def put(self, domains: Iterable[Domain]) -> None:
        """``domains`` are so from now on, unless something newer is known of them."""
        for domain in domains:
            known = self._domains.get(domain.host)
            if known is None or known.rev <= domain.rev:
                self._domains[domain.host] = domain

    def drop(self, host: str) -> None:
        """``host`` is none of ours any more."""
        self._domains.pop(host, None)

    def may_have_certificate(self, name: str) -> bool:
        """Whether ``name`` (any text) is the host of the base URL, or an active domain's."""
        host = name.lower().removesuffix(".")
        domain = self._domains.get(host)
        return host == self.own_host or (domain is not None and domain.status == "active")


class DomainService:
    """Registers, checks, changes and removes domains."""

    def __init__(self, store: DomainStore, followers: Followers, registered: Registered, checker: Checker) -> None:
        self._store = store
        self._followers = followers
        self.registered = registered
        self._checker = checker
        self._failures: dict[str, int] = {}
        self._addresses = Destinations(_WEB, frozenset({registered.own}), registered)

    async def load(self) -> None:
        """Learn what domains there are; before anything else."""
        self.registered.put(await self._store.all())

    def all(self, workspace: int) -> list[Domain]:
        """The workspace's domains, by number."""
        return [domain for domain in self.registered.all() if domain.workspace == workspace]

    def get(self, id_: int, workspace: int) -> Domain:
        """The workspace's domain of that number. Raises :class:`LinkError` ``NOT_FOUND``."""
        found = next((domain for domain in self.all(workspace) if domain.id == id_), None)
        if found is None:
            raise LinkError(Code.NOT_FOUND, "there is no such domain")
        return found

    def may_have_certificate(self, name: str) -> bool:
        """As :meth:`Registered.may_have_certificate`."""
        return self.registered.may_have_certificate(name)

    def host_for(self, name: str | None, workspace: int) -> str:
        """What a link on ``name`` has as its domain: the stored form of the host, ``""`` for the server's own.

        Raises :class:`LinkError` ``INVALID`` for no host name, :class:`DnsError` where no link can be made on it.
        """
        if name is None or name.lower() == self.registered.own:
            return ""
        domain = self.registered.get(host_of(name, "domain"))
        if domain is None or domain.workspace != workspace:
            raise DnsError(self._checker.expected(), ())
        if domain.status != "active":
            raise DnsError(domain.expected, domain.found)
        return domain.host

    async def add(self, name: str, workspace: int, *, spare: bool) -> Domain:
        """Register a host; ``active`` where its DNS points here already, else ``pending``.

        Raises :class:`LinkError` ``INVALID`` (field ``host``), ``LIMIT`` or ``UNAVAILABLE``.
        """
        host = host_of(name)
        if host == self.registered.own_host:
            raise invalid(FIELD, "is this server's own: it needs no registration")
        if self.registered.get(host) is not None:  # before a question to DNS; the store decides
            raise invalid(FIELD, "is registered already")
        domain = await self._store.add(host, workspace, await self._checker.check(host), spare=spare)
        return await self._answered(domain)

    async def verify(self, id_: int, workspace: int) -> Domain:
        """Look at DNS now, and keep what is found.

        Raises :class:`DnsError` where the domain does not point here, :class:`LinkError` ``NOT_FOUND``, ``INVALID`` or
        ``UNAVAILABLE``.
        """
        domain, checked = await self._check(self.get(id_, workspace))
        if not checked.ok:
            raise DnsError(checked.expected, checked.found)
        return domain

    async def check_again(self, host: str) -> tuple[Domain, Domain] | None:
        """The domain as it was and as it is after another look at DNS; ``None`` where it has been removed. An active
        one fails at the third bad look in a row. Raises :class:`LinkError` ``INVALID`` or ``UNAVAILABLE``."""
        before = self.registered.get(host)
        if before is None:
            return None
        try:
            return before, (await self._check(before))[0]
        except LinkError as error:
            if error.code is Code.NOT_FOUND:  # removed meanwhile
                return None
            raise

    async def _check(self, domain: Domain) -> tuple[Domain, Checked]:
        checked = await self._checker.check(domain.host)
        failures = 0 if checked.ok else self._failures.get(domain.host, 0) + 1
        self._failures[domain.host] = failures
        domain = await self._store.record(domain.id, checked, fails=failures >= FAILURES)
        return await self._answered(domain), checked

    async def set(self, id_: int, workspace: int, wanted: Mapping[str, Any]) -> Domain:
        """Change settings (``links.domains.SETTINGS``). Raises :class:`LinkError` ``NOT_FOUND``, ``INVALID`` or
        ``UNAVAILABLE``."""
        self.get(id_, workspace)
        given = dict(wanted)
        for name in REDIRECTS:
            if given.get(name):
                given[name] = self._addresses.check(given[name], name)
        self._followers.check_all_present()
        return await self._answered(await self._store.set(id_, given))

    async def remove(self, id_: int, workspace: int) -> None:
        """Remove a domain without links. Raises :class:`LinkError` ``NOT_FOUND``, ``INVALID`` or ``UNAVAILABLE``."""
        domain = self.get(id_, workspace)
        self._followers.check_all_present()
        rev = await self._store.remove(id_)
        self.registered.drop(domain.host)
        self._failures.pop(domain.host, None)
        await self._followers.reached(rev)

    async def _answered(self, domain: Domain) -> Domain:
        self.registered.put([domain])
        await self._followers.reached(domain.rev)
        return domain
